import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { ChunkJoiner, chunkBytesOf, chunkOf } from '../../../src/cli/chunks.ts';
import type { LineSink, ProduceLinesOptions } from '../../../src/cli/produce-lines.ts';
import { LineProducer, pieceBytesOf } from '../../../src/cli/produce-lines.ts';
import type { ProducerRecord } from '../../../src/client/producer/producer-record.ts';
import { readLines } from '../../../src/platform/line-reader.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';

type Sent = ProducerRecord<Uint8Array, Uint8Array>;

/** Takes what it is given; may be full now and then, or fail records by number. */
class MemorySink implements LineSink {
  readonly records: Sent[] = [];
  fullEvery = 0;
  failAt = -1;
  #offers = 0;

  enqueue(record: Sent, onDelivery: (error: OttlaError | undefined) => void): boolean {
    this.#offers += 1;
    if (this.fullEvery > 0 && this.#offers % this.fullEvery === 0) return false;
    // Views into the reader's buffer are the sink's only during the call.
    this.records.push({ ...record, value: record.value?.slice() ?? null });
    const failed = this.records.length - 1 === this.failAt;
    onDelivery(failed ? new OttlaError('NOT_ENOUGH_REPLICAS', 'two replicas are down') : undefined);
    return true;
  }

  hasRoom = (): Promise<void> => Promise.resolve();
  flush = (): Promise<void> => Promise.resolve();
}

const OPTIONS: ProduceLinesOptions = {
  topic: 't',
  partitionCount: 3,
  maxMessageBytes: 1024,
  newId: () => 'id',
};

const produce = async (input: Buffer, change: Partial<ProduceLinesOptions> = {}) => {
  const options = { ...OPTIONS, ...change };
  const sink = new MemorySink();
  const pieces = readLines(asChunks(input), pieceBytesOf(options));
  const summary = await new LineProducer(sink, options).run(pieces);
  return { summary, records: sink.records };
};

async function* asChunks(input: Buffer, chunkBytes = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < input.length; at += chunkBytes) yield input.subarray(at, at + chunkBytes);
}

const headersOf = ({ headers = {} }: Sent) =>
  Object.entries(headers).map(([key, value]) => ({ key, value: Buffer.from(value ?? '') }));

/** What a consumer prints of these records. */
const consumed = (records: readonly Sent[]): Buffer => {
  const joiner = new ChunkJoiner({ maxHeldBytes: 1e9 });
  const parts = records.flatMap((record) => {
    const { partition = 0, value } = record;
    const whole = joiner.add({ partition, value, headers: headersOf(record) });
    return whole === undefined ? [] : [...whole, Buffer.from('\n')];
  });
  return Buffer.concat(parts);
};

const text = (bytes: Uint8Array | null | undefined): string | undefined =>
  bytes === null || bytes === undefined ? undefined : Buffer.from(bytes).toString();

describe('LineProducer', () => {
  it('sends a record a line: empty lines, CR and a last line without LF too', async () => {
    const { records, summary } = await produce(Buffer.from('a\n\nb\r\nc'));

    expect(records.map(({ value }) => text(value))).toEqual(['a', '', 'b\r', 'c']);
    expect(summary).toEqual({ lines: 4, records: 4, bytes: 4 });
  });

  it('passes bytes that are no UTF-8', async () => {
    const { records } = await produce(Buffer.from([0xff, 0x00, 0xc3, 0x0a]));

    expect([...(records[0]?.value ?? [])]).toEqual([0xff, 0x00, 0xc3]);
  });

  it('takes what stands before the separator as key, and none where it is missing', async () => {
    const { records } = await produce(Buffer.from('k::v::w\nplain\n::x\n'), { keySeparator: '::' });

    expect(records.map(({ key, value }) => [text(key), text(value)])).toEqual([
      ['k', 'v::w'],
      [undefined, 'plain'],
      ['', 'x'],
    ]);
  });

  it('cuts a long line in chunks of one partition that a consumer joins again', async () => {
    const input = Buffer.from(`short\n${'x'.repeat(5000)}y\nend\n`);

    const { records, summary } = await produce(input);

    expect(consumed(records)).toEqual(input);
    expect(summary).toMatchObject({ lines: 3, records: records.length });
    const chunks = records.filter((record) => headersOf(record).length > 0);
    expect(chunks.length).toBeGreaterThan(5);
    expect(new Set(chunks.map(({ partition }) => partition)).size).toBe(1);
  });

  it('sends chunks of a line with a key by that key', async () => {
    const input = Buffer.from(`user=${'x'.repeat(5000)}\n`);

    const { records } = await produce(input, { keySeparator: '=' });

    expect(new Set(records.map(({ key }) => text(key)))).toEqual(new Set(['user']));
    expect(records.every(({ partition }) => partition === undefined)).toBe(true);
    expect(text(consumed(records))).toBe(`${'x'.repeat(5000)}\n`);
  });

  it.each([undefined, '='])(
    'keeps every chunk below max.message.bytes (key separator %s)',
    async (keySeparator) => {
      const key = 'k'.repeat(200);
      const input = Buffer.from(`${key}=${'x'.repeat(9000)}\n`);

      const { records } = await produce(input, { keySeparator });

      for (const record of records) {
        const batch = new BatchBuilder({ maxBytes: 1 });
        batch.append({
          key: record.key ?? null,
          value: record.value,
          headers: headersOf(record),
          timestampMs: 1.7e12,
        });
        expect(batch.sizeBytes).toBeLessThanOrEqual(OPTIONS.maxMessageBytes);
      }
    },
  );

  it('names the line whose key is too long for chunks', async () => {
    const input = Buffer.from(`a=b\n${'k'.repeat(500)}=${'x'.repeat(9000)}\n`);

    const sending = produce(input, { keySeparator: '=' });

    await expect(sending).rejects.toThrow(/line 2: a key of 500 bytes is too long/);
  });

  it('waits for room and loses nothing', async () => {
    const sink = new MemorySink();
    sink.fullEvery = 2;
    const input = Buffer.from('a\nb\nc\nd\n');

    const pieces = readLines(asChunks(input), 100);
    await new LineProducer(sink, OPTIONS).run(pieces);

    expect(sink.records.map(({ value }) => text(value))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stops at the first failure and says how many records it concerns', async () => {
    const sink = new MemorySink();
    sink.failAt = 1;

    const sending = new LineProducer(sink, OPTIONS).run(
      readLines(asChunks(Buffer.from('a\nb\nc\nd\n')), 100),
    );

    await expect(sending).rejects.toThrow(
      /1 of 2 records were not acknowledged: two replicas are down/,
    );
  });
});

describe('ChunkJoiner', () => {
  const chunk = (id: string, number: string, value: string, partition = 0) => ({
    partition,
    value: Buffer.from(value),
    headers: [
      { key: 'ottla-chunk-id', value: Buffer.from(id) },
      { key: 'ottla-chunk', value: Buffer.from(number) },
    ],
  });
  const joined = (joiner: ChunkJoiner, record: Parameters<ChunkJoiner['add']>[0]) => {
    const parts = joiner.add(record);
    return parts === undefined ? undefined : Buffer.concat([...parts]).toString();
  };

  it('passes an ordinary record, and null as nothing', () => {
    const joiner = new ChunkJoiner({ maxHeldBytes: 10 });

    expect(joined(joiner, { partition: 0, headers: [], value: Buffer.from('a') })).toBe('a');
    expect(joined(joiner, { partition: 0, headers: [], value: null })).toBe('');
  });

  it('joins lines whose chunks interleave', () => {
    const joiner = new ChunkJoiner({ maxHeldBytes: 100 });

    const results = [
      chunk('x', '1/*', 'a'),
      chunk('y', '1/*', 'b'),
      chunk('x', '2/2', 'c'),
      chunk('y', '2/2', 'd'),
    ].map((record) => joined(joiner, record));

    expect(results).toEqual([undefined, undefined, 'ac', 'bd']);
    expect(joiner.openCount).toBe(0);
  });

  it('leaves out a line whose first chunk it did not see, and counts it once', () => {
    const joiner = new ChunkJoiner({ maxHeldBytes: 100 });

    expect(joined(joiner, chunk('x', '2/*', 'b'))).toBeUndefined();
    expect(joined(joiner, chunk('x', '3/3', 'c'))).toBeUndefined();

    expect(joiner.brokenCount).toBe(1);
  });

  it('takes a chunk that comes twice once', () => {
    const joiner = new ChunkJoiner({ maxHeldBytes: 100 });
    joined(joiner, chunk('x', '1/*', 'a'));
    joined(joiner, chunk('x', '1/*', 'a'));

    expect(joined(joiner, chunk('x', '2/2', 'b'))).toBe('ab');
  });

  it('holds no more than its bound', () => {
    const joiner = new ChunkJoiner({ maxHeldBytes: 3 });
    joined(joiner, chunk('x', '1/*', 'ab'));

    expect(() => joined(joiner, chunk('y', '1/*', 'cd'))).toThrow(/more than 3 bytes/);
  });

  it('takes a header of another shape for no chunk', () => {
    expect(chunkOf(chunk('x', 'one/two', ''))).toBeUndefined();
  });
});

describe('chunkBytesOf', () => {
  it('refuses a limit that leaves no room, naming it', () => {
    expect(() => chunkBytesOf(300)).toThrow(/max.message.bytes of 300 leaves no room/);
  });
});
