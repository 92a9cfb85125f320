import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGEST_WORDS } from '../../../../src/broker/dedup/id-rows.ts';
import { IdWindow } from '../../../../src/broker/dedup/id-window.ts';

/** Of a few first words only, so that ids meet in the table; told apart by their last. */
const digestOf = (id: number): Uint32Array => {
  const digest = new Uint32Array(DIGEST_WORDS);
  digest[0] = id % 3 === 0 ? 0xffff_ffff : id % 7;
  digest[DIGEST_WORDS - 1] = id;
  return digest;
};

/** As ids are: one first word to each. */
const spread = (id: number): Uint32Array => Uint32Array.of(Math.imul(id, 0x9e37_79b1), 0, 0, id);

const add = (window: IdWindow, id: number, offset: number, timeMs = 0): number =>
  window.add({ digests: digestOf(id), at: 0, offset, isHeld: false, timeMs });

const offsetOf = (window: IdWindow, id: number): number | undefined =>
  window.find(digestOf(id), 0, 0)?.offset;

describe('a window of ids', () => {
  it('finds an id among others of the same array, and whether its record was held', () => {
    const window = new IdWindow(10);
    const digests = new Uint32Array([...digestOf(1), ...digestOf(2)]);

    window.add({ digests, at: DIGEST_WORDS, offset: 42, isHeld: true, timeMs: 0 });

    expect(window.find(digests, DIGEST_WORDS, 0)).toEqual({ offset: 42, isHeld: true });
    expect(window.find(digests, 0, 0)).toBeUndefined();
  });

  it('forgets what was appended before a moment, and not at it', () => {
    const window = new IdWindow(10);
    add(window, 1, 0, 100);
    add(window, 2, 1, 200);

    window.expire(200, 10);

    expect([offsetOf(window, 1), offsetOf(window, 2)]).toEqual([undefined, 1]);
    expect(window.firstOffset).toBe(1);
  });

  it('forgets no more at once than it may, and finds nothing that is to be forgotten', () => {
    const window = new IdWindow(100);
    for (let id = 0; id < 20; id += 1) add(window, id, id, 10 * id);

    window.expire(150, 6);
    const found = Array.from({ length: 20 }, (_, id) => window.find(digestOf(id), 0, 150)?.offset);

    expect(window.count).toBe(14);
    expect(window.since(150)).toEqual({ count: 5, firstOffset: 15 });
    expect(window.since(1000)).toEqual({ count: 0, firstOffset: undefined });
    expect(found.filter((offset) => offset !== undefined)).toEqual([15, 16, 17, 18, 19]);
  });

  it('counts what comes with an earlier time as appended with the one before it', () => {
    const window = new IdWindow(10);
    add(window, 1, 0, 100);
    add(window, 2, 1, 50);

    window.expire(100, 10);

    expect(window.count).toBe(2);
  });

  it('forgets what lies at or above the end that a log was cut to', () => {
    const window = new IdWindow(10);
    for (const id of [1, 2, 3]) add(window, id, id);

    window.truncate(2);

    expect([1, 2, 3].map((id) => offsetOf(window, id))).toEqual([1, undefined, undefined]);
  });

  it('forgets the oldest id, and says so, where it has as many as it may', () => {
    const window = new IdWindow(2);
    add(window, 1, 0);

    const gone = [add(window, 2, 1), add(window, 3, 2)];

    expect(gone).toEqual([0, 1]);
    expect([1, 2, 3].map((id) => offsetOf(window, id))).toEqual([undefined, 1, 2]);
  });

  it('keeps the later one of two records with one id when the earlier one goes', () => {
    const window = new IdWindow(10);
    add(window, 1, 0, 100);
    add(window, 1, 5, 200);

    window.expire(150, 10);

    expect(offsetOf(window, 1)).toBe(5);
  });

  it('finds those of thousands that are left, and no other, however it has grown and shrunk', () => {
    const window = new IdWindow(4000);
    const left = (): number[] => {
      const found = Array.from({ length: 9000 }, (_, id) => window.find(spread(id), 0, 0)?.offset);
      const ids = found.flatMap((offset, id) => (offset === id ? [id] : []));
      return [found.filter((offset) => offset !== undefined).length, ids[0] ?? -1, ids.length];
    };
    for (let id = 0; id < 9000; id += 1) {
      window.add({ digests: spread(id), at: 0, offset: id, isHeld: false, timeMs: id });
    }
    const full = left();

    window.expire(6000, 9000);
    const expired = left();
    window.truncate(8000);
    const cut = left();
    window.dropBelow(7990);

    expect([full, expired, cut, left()]).toEqual([
      [4000, 5000, 4000],
      [3000, 6000, 3000],
      [2000, 6000, 2000],
      [10, 7990, 10],
    ]);
  });

  it('takes no more room at once than for some hundred ids, however many it has', () => {
    const window = new IdWindow(300_000);
    let [largest, before] = [0, process.memoryUsage().arrayBuffers];
    for (let id = 0; id < 300_000; id += 1) {
      window.add({ digests: spread(id), at: 0, offset: id, isHeld: false, timeMs: id });
      if (id % 100 !== 0) continue;
      const { arrayBuffers } = process.memoryUsage();
      largest = Math.max(largest, arrayBuffers - before);
      before = arrayBuffers;
    }

    expect(largest).toBeLessThan(100_000);
  });

  it('does in any order of changes what a list of records does', () => {
    const change = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('add'), by: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire'), by: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate'), by: fc.nat(10) }) },
    );
    const maxCount = 500;
    fc.assert(
      fc.property(fc.array(change, { minLength: 200, maxLength: 1500 }), (changes) => {
        const window = new IdWindow(maxCount);
        let model: { id: number; offset: number; timeMs: number }[] = [];
        let [nextOffset, nextId, nowMs] = [0, 0, 0];
        for (const { kind, by } of changes) {
          if (kind === 'add') {
            nowMs += by;
            nextId += 1 + (by % 3);
            add(window, nextId, nextOffset, nowMs);
            model.push({ id: nextId, offset: nextOffset, timeMs: nowMs });
            model = model.slice(-maxCount);
            nextOffset += 1;
          } else if (kind === 'expire') {
            window.expire(nowMs - by * 100, maxCount);
            model = model.filter(({ timeMs }) => timeMs >= nowMs - by * 100);
          } else {
            nextOffset = Math.max(0, nextOffset - by);
            window.truncate(nextOffset);
            model = model.filter(({ offset }) => offset < nextOffset);
          }
        }
        expect(window.count).toBe(model.length);
        const known = new Map(model.map(({ id, offset }) => [id, offset]));
        for (let id = 0; id <= nextId; id += 1) expect(offsetOf(window, id)).toBe(known.get(id));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('counts what came in a part, and says of what it forgot there that it was some', () => {
    const window = new IdWindow(3);
    for (const offset of [2, 4, 5, 9, 12]) add(window, offset, offset);

    const counts = [
      [0, 9],
      [4, 10],
      [5, 9],
      [9, 13],
      [13, 20],
    ].map(([start = 0, end = 0]) => window.countIn(start, end));

    expect(counts).toEqual([2, 3, 1, 2, 0]);
  });
});
