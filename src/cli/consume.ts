import { OttlaError } from '../base/errors.ts';
import type { Offset, PartitionId } from '../base/ids.ts';
import type { OttlaClient } from '../client/client.ts';
import type { Reader } from '../client/reader/reader.ts';
import { writeError, writeOut } from '../platform/process.ts';
import { ChunkJoiner } from './chunks.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { jsonOfRecord } from './record-text.ts';

export interface ConsumeVerb extends ClusterVerb {
  readonly fromBeginning?: boolean;
  readonly exitAtEnd?: boolean;
  readonly partition?: readonly PartitionId[];
  readonly maxMessages?: number;
}

type Batches = ReturnType<Reader['batches']>;
type Batch = Batches extends AsyncGenerator<infer T> ? T : never;

const MAX_HELD_BYTES = 1024 * 1024 * 1024;
const LINE_FEED = Buffer.from('\n');
/** Written at once: a write costs more than a copy of a short value. */
const WRITE_BYTES = 256 * 1024;

export const run = (topic: string, options: ConsumeVerb): Promise<void> =>
  withClient(options, async (client) => {
    const partitions = await partitionsOf(client, topic, options);
    const from = options.fromBeginning === true ? 'earliest' : 'latest';
    await using reader = client.reader({
      assignments: partitions.map((partition) => ({ topic, partition })),
      from,
    });
    const open =
      options.exitAtEnd === true ? await openEnds(client, { topic, partitions, from }) : undefined;
    const printer = new Printer(options);
    if (open?.size !== 0) await printAll(reader, printer, open);
    await printer.flush();
    if (printer.brokenCount > 0) {
      writeError(`ottla: ${printer.brokenCount} line(s) left out, of which a chunk was missing`);
    }
  });

const partitionsOf = async (
  client: OttlaClient,
  topic: string,
  { partition: asked }: ConsumeVerb,
): Promise<PartitionId[]> => {
  const { partitions } = await client.admin().describeTopic(topic);
  const missing = asked?.find((partition) => partition >= partitions.length);
  if (missing !== undefined) {
    throw new OttlaError(
      'INVALID_PARTITIONS',
      `topic ${topic} has partitions 0 to ${partitions.length - 1}, not ${missing}`,
    );
  }
  return asked === undefined ? partitions.map(({ partition }) => partition) : [...new Set(asked)];
};

interface Range {
  readonly topic: string;
  readonly partitions: readonly PartitionId[];
  readonly from: 'earliest' | 'latest';
}

/** The ends of the partitions that have something before them. */
const openEnds = async (
  client: OttlaClient,
  { topic, partitions, from }: Range,
): Promise<Map<PartitionId, Offset>> => {
  const ask = (at: 'earliest' | 'latest') =>
    client.admin().listOffsets(partitions.map((partition) => ({ topic, partition, at })));
  const ends = await ask('latest');
  const starts = from === 'latest' ? ends : await ask('earliest');
  const startOf = new Map(starts.map(({ partition, offset = 0 }) => [partition, offset]));
  return new Map(
    ends
      .map(({ partition, offset = 0 }) => [partition, offset] as const)
      .filter(([partition, end]) => end > (startOf.get(partition) ?? 0)),
  );
};

/** Until the reader ends, the printer has enough, or every open end was reached. */
const printAll = async (
  reader: Reader,
  printer: Printer,
  open: Map<PartitionId, Offset> | undefined,
): Promise<void> => {
  for await (const batch of reader.batches()) {
    const end = open?.get(batch.partition);
    await printer.print(batch, open === undefined ? Number.POSITIVE_INFINITY : (end ?? 0));
    if (printer.isDone) return;
    if (open === undefined) {
      await printer.flush();
    } else if (end !== undefined && batch.nextOffset >= end) {
      open.delete(batch.partition);
      reader.pause([batch.partition]);
      if (open.size === 0) return;
    }
  }
};

/** Writes values as lines, as fast as standard output takes them. */
class Printer {
  readonly #joiner = new ChunkJoiner({ maxHeldBytes: MAX_HELD_BYTES });
  readonly #json: boolean;
  #remaining: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor({ json, maxMessages }: ConsumeVerb) {
    this.#json = json === true;
    this.#remaining = maxMessages ?? Number.POSITIVE_INFINITY;
  }

  get isDone(): boolean {
    return this.#remaining <= 0;
  }

  get brokenCount(): number {
    return this.#joiner.brokenCount;
  }

  /** The records before `endOffset`. */
  async print({ partition, records }: Batch, endOffset: Offset): Promise<void> {
    for (const record of records) {
      if (record.offset >= endOffset || this.isDone) return;
      if (this.#json) {
        const text = JSON.stringify({ partition, ...jsonOfRecord(record) });
        this.#line([Buffer.from(text)]);
      } else {
        const { value, headers } = record;
        const whole = this.#joiner.add({ partition, value, headers });
        if (whole !== undefined) this.#line(whole);
      }
      if (this.#bytes >= WRITE_BYTES) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#parts.length === 0) return;
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    await writeOut(bytes);
  }

  #line(parts: readonly Uint8Array[]): void {
    for (const part of [...parts, LINE_FEED]) {
      this.#parts.push(part);
      this.#bytes += part.length;
    }
    this.#remaining -= 1;
  }
}
