import { describe, expect, it } from 'vitest';
import { Acknowledgements } from '../../../deploy/demo/acknowledgements.ts';
import { Audit } from '../../../deploy/demo/audit.ts';
import type { ReadPiece } from '../../../deploy/demo/merge.ts';
import { mergePieces } from '../../../deploy/demo/merge.ts';
import type { Piece } from '../../../deploy/demo/pieces.ts';
import { decodePieceKey, encodePieceKey, PieceCutter } from '../../../deploy/demo/pieces.ts';
import type { DemoOutcome } from '../../../deploy/demo/report.ts';
import { renderReport, shortcomings } from '../../../deploy/demo/report.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const cut = (chunks: readonly Uint8Array[], maxBytes: number): Piece[] => {
  const cutter = new PieceCutter(maxBytes);
  return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.end()];
};

const join = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(
    pieces.flatMap(({ bytes, endsWithLf }) => (endsWithLf ? [bytes, Buffer.from('\n')] : [bytes])),
  );

const texts = (pieces: readonly Piece[]): string[] =>
  pieces.map(({ bytes, endsWithLf }) => `${Buffer.from(bytes)}${endsWithLf ? '$' : ''}`);

describe('PieceCutter', () => {
  it('gives a piece a line, empty ones too, and marks where an LF was', () => {
    expect(texts(cut([Buffer.from('a\n\nbc\r\nd')], 100))).toEqual(['a$', '$', 'bc\r$', 'd']);
  });

  it('joins a line that crosses chunks', () => {
    expect(texts(cut([Buffer.from('ab'), Buffer.from('cd\ne')], 100))).toEqual(['abcd$', 'e']);
  });

  it('cuts a line that is too long, and one of just that length not', () => {
    expect(texts(cut([Buffer.from('abcd\nabcde\n')], 4))).toEqual(['abcd$', 'abcd', 'e$']);
  });

  it('makes nothing of an empty file', () => {
    expect(cut([], 4)).toEqual([]);
  });

  it('loses no byte of any input, however it is chunked', () => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 200; round += 1) {
      const chunks = Array.from({ length: random.below(8) }, () =>
        Buffer.from(random.bytes(random.below(40)).map((byte) => (byte < 80 ? 0x0a : byte))),
      );

      const pieces = cut(chunks, 1 + random.below(12));

      expect(join(pieces)).toEqual(Buffer.concat(chunks));
    }
  });
});

describe('a piece key', () => {
  it.each([
    [0, true],
    [1, false],
    [2 ** 40 + 5, true],
  ])('comes back as it was: %s %s', (number, endsWithLf) => {
    expect(decodePieceKey(encodePieceKey(number, endsWithLf))).toEqual({ number, endsWithLf });
  });

  it('is refused when it is none', () => {
    expect(() => decodePieceKey(Buffer.from('abc'))).toThrow(/not of this demo/);
  });
});

describe('Audit', () => {
  const audit = (expected: number, records: readonly (readonly [number, number])[]) => {
    const it = new Audit(expected);
    for (const [partition, number] of records) it.add(partition, number);
    return it.result();
  };

  it('finds nothing wrong with partitions that interleave', () => {
    const result = audit(4, [
      [0, 0],
      [0, 2],
      [1, 1],
      [1, 3],
    ]);

    expect(result).toEqual({ read: 4, missing: 0, duplicated: 0, outOfOrder: 0 });
  });

  it('counts what is missing', () => {
    expect(audit(3, [[0, 0]])).toMatchObject({ missing: 2 });
  });

  it('counts what came twice', () => {
    const records = [0, 2, 0].map((number) => [0, number] as const);

    expect(audit(2, records)).toMatchObject({ duplicated: 1, outOfOrder: 0 });
  });

  it('counts what came after a later one of its partition', () => {
    const records = [0, 4, 2].map((number) => [0, number] as const);

    expect(audit(5, records)).toMatchObject({ duplicated: 0, outOfOrder: 1 });
  });

  it('does not take a record that was never sent for a missing one', () => {
    expect(audit(1, [[0, 1_000_000]])).toMatchObject({ read: 1, missing: 1 });
  });
});

const piece = (number: number): ReadPiece => ({
  number,
  bytes: new Uint8Array(0),
  endsWithLf: true,
});

async function* groups(...numbers: readonly (readonly number[])[]) {
  for (const group of numbers) yield group.map(piece);
}

const merged = async (...sources: AsyncGenerator<ReadPiece[]>[]): Promise<number[]> => {
  const numbers: number[] = [];
  for await (const group of mergePieces(sources)) numbers.push(...group.map((it) => it.number));
  return numbers;
};

describe('mergePieces', () => {
  it('brings the partitions into the order of the file', async () => {
    expect(await merged(groups([0, 2], [4]), groups([1], [3, 5]))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('ends with partitions of different lengths', async () => {
    expect(await merged(groups([0, 3]), groups([1]), groups([2]))).toEqual([0, 1, 2, 3]);
  });

  it('passes over a record that is missing', async () => {
    expect(await merged(groups([0, 4]), groups([1, 3, 5]))).toEqual([0, 1, 3, 4, 5]);
  });

  it('leaves out a record that comes twice', async () => {
    expect(await merged(groups([0, 2, 2, 0, 4]), groups([1, 3]))).toEqual([0, 1, 2, 3, 4]);
  });

  it('ends at once when all is empty', async () => {
    expect(await merged(groups(), groups())).toEqual([]);
  });
});

describe('Acknowledgements', () => {
  const setUp = () => {
    const clock = { nowMs: 0 };
    return { clock, acks: new Acknowledgements(() => clock.nowMs) };
  };

  it('measure the longest time in which something waited', () => {
    const { clock, acks } = setUp();
    acks.onSent(0);
    acks.onSent(0);
    clock.nowMs = 100;
    acks.onAcknowledged(0);
    clock.nowMs = 400;
    acks.onAcknowledged(0);

    expect([acks.longestGapMs, acks.longestGapAfterMs]).toEqual([300, 100]);
  });

  it('do not count time in which nothing waited', () => {
    const { clock, acks } = setUp();
    acks.onSent(0);
    clock.nowMs = 10;
    acks.onAcknowledged(0);
    clock.nowMs = 5000;
    acks.onSent(0);
    clock.nowMs = 5020;
    acks.onAcknowledged(0);

    expect(acks.longestGapMs).toBe(20);
  });

  it('tell when the last partition of a killed leader is back', () => {
    const { clock, acks } = setUp();
    acks.onLeaderGone([1, 2], 50);
    for (const partition of [0, 1, 2, 1]) acks.onSent(partition);
    for (const [nowMs, partition] of [
      [100, 0],
      [300, 1],
      [700, 2],
      [900, 1],
    ] as const) {
      clock.nowMs = nowMs;
      acks.onAcknowledged(partition);
    }

    expect(acks.failoverMs).toBe(650);
  });

  it('do not take for a successor what the dead leader had still sent', () => {
    const { clock, acks } = setUp();
    acks.onSent(1);
    acks.onSent(1);
    acks.onLeaderGone([1], 50);
    acks.onSent(1);
    for (const nowMs of [53, 54, 800]) {
      clock.nowMs = nowMs;
      acks.onAcknowledged(1);
    }

    expect(acks.failoverMs).toBe(750);
  });

  it('do not count as failover the time in which nothing was there to be acknowledged', () => {
    const { clock, acks } = setUp();
    acks.onLeaderGone([1], 50);
    clock.nowMs = 1550;
    acks.onSent(1);
    clock.nowMs = 1630;
    acks.onAcknowledged(1);

    expect(acks.failoverMs).toBe(80);
  });

  it('say nothing of a failover when no record was sent after the kill', () => {
    const { clock, acks } = setUp();
    acks.onSent(1);
    acks.onLeaderGone([1], 50);
    clock.nowMs = 53;
    acks.onAcknowledged(1);

    expect(acks.failoverMs).toBeUndefined();
    const outcome = { ...GOOD, failoverMs: acks.failoverMs };
    expect(renderReport(outcome).join('\n')).toMatch(/kill to next .*not measured/);
  });
});

const GOOD: DemoOutcome = {
  input: 'book.txt',
  inputBytes: 2_000_000,
  killedNodeId: 2,
  ledPartitions: [1, 4],
  unsentShare: 0.6,
  sent: 1000,
  acknowledged: 1000,
  longestGapMs: 700,
  longestGapAfterMs: 800,
  killAfterMs: 800,
  failoverMs: 800,
  sendMs: 2000,
  isPaced: false,
  audit: { read: 1000, missing: 0, duplicated: 0, outOfOrder: 0 },
  readMs: 500,
  sentSha256: 'aa',
  readSha256: 'aa',
};

describe('the demo’s verdict', () => {
  it('is good when everything holds', () => {
    expect(shortcomings(GOOD)).toEqual([]);
    expect(renderReport(GOOD).join('\n')).toContain('1.0 MB/s over 2.00 s');
  });

  it.each<[string, Partial<DemoOutcome>]>([
    ['a record is not acknowledged', { acknowledged: 999 }],
    ['a record is missing', { audit: { ...GOOD.audit, missing: 1 } }],
    ['a record came twice', { audit: { ...GOOD.audit, duplicated: 1, read: 1001 } }],
    ['the order changed', { audit: { ...GOOD.audit, outOfOrder: 1 } }],
    ['the sums differ', { readSha256: 'bb' }],
    ['the kill came late', { unsentShare: 0.2 }],
  ])('is bad when %s', (_, change) => {
    const outcome = { ...GOOD, ...change };

    expect(shortcomings(outcome)).not.toEqual([]);
    expect(renderReport(outcome).at(-1)).toMatch(/^FAILED/);
  });
});
