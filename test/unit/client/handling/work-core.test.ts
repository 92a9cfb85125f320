import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFinished } from '../../../../src/client/handling/finished-text.ts';
import { OffsetLedger } from '../../../../src/client/handling/offset-ledger.ts';
import type { PartitionWork, WorkItem } from '../../../../src/client/handling/partition-work.ts';
import type { WorkBounds } from '../../../../src/client/handling/work-core.ts';
import { WorkCore } from '../../../../src/client/handling/work-core.ts';

const BOUNDS: WorkBounds = {
  concurrency: 8,
  maxQueuedRecords: 1000,
  maxQueuedBytes: 1_000_000,
  maxFinishedBytes: 4000,
};
const OPEN = { isPaused: false };

type Core = WorkCore<string>;
type Partition = PartitionWork<string>;
type Item = WorkItem<string>;

const coreOf = (bounds: Partial<WorkBounds> = {}): Core => new WorkCore({ ...BOUNDS, ...bounds });

const openAt = (core: Core, start = 0, finished = ''): Partition =>
  core.open({ start, known: decodeFinished(start, finished) ?? [], gate: OPEN });

/** Records from `offset` on, one a lane; NaN: in none. */
const fill = (partition: Partition, lanes: readonly number[], offset = 0, sizeBytes = 1): void => {
  for (const [at, lane] of lanes.entries()) {
    const record = `${offset + at}`;
    partition.take({
      record,
      offset: offset + at,
      sizeBytes,
      lane: Number.isNaN(lane) ? undefined : lane,
    });
  }
};

const startAll = (core: Core): Item[] => {
  const items: Item[] = [];
  for (let item = core.start(); item !== undefined; item = core.start()) items.push(item);
  return items;
};

const offsetsOf = (items: readonly Item[]): number[] => items.map(({ offset }) => offset);

describe('records of one partition', () => {
  test('of different lanes are begun at once, of one lane one after the other', () => {
    const core = coreOf();
    const partition = openAt(core);
    fill(partition, [1, 1, 2, 1, 3]);

    const begun = startAll(core);
    for (const item of begun) if (item.offset === 0) core.finish(item);

    expect(offsetsOf(begun)).toEqual([0, 2, 4]);
    expect(offsetsOf(startAll(core))).toEqual([1]);
  });

  test('of no lane are all begun at once', () => {
    const core = coreOf();
    fill(openAt(core), [Number.NaN, Number.NaN, 1, Number.NaN]);

    expect(offsetsOf(startAll(core))).toEqual([0, 1, 2, 3]);
  });

  test('behind one that is held wait when they are of its lane, until it is finished', () => {
    const core = coreOf();
    const partition = openAt(core);
    fill(partition, [1, 1, 2]);
    const [held, other] = startAll(core);
    if (held === undefined || other === undefined) throw new Error('two were to be begun');

    core.hold(held);
    core.finish(other);
    expect(offsetsOf(startAll(core))).toEqual([]);
    partition.release(held);
    const [again] = startAll(core);

    expect([again?.offset, again?.attempts]).toEqual([0, 2]);
  });

  test('are not begun while the partition is paused, nor after it was stopped', () => {
    const core = coreOf();
    const gate = { isPaused: true };
    const partition = core.open({ start: 0, known: [], gate });
    fill(partition, [1, 2]);

    expect(startAll(core)).toEqual([]);
    gate.isPaused = false;
    partition.stop();
    expect(startAll(core)).toEqual([]);
  });
});

describe('partitions', () => {
  test('take turns, and are begun as many at once as there may be in all', () => {
    const core = coreOf({ concurrency: 4 });
    const partitions = [openAt(core), openAt(core), openAt(core)];
    for (const partition of partitions) fill(partition, [1, 2, 3]);

    const begun = startAll(core).map(({ partition }) => partitions.indexOf(partition));

    expect(begun).toEqual([0, 1, 2, 0]);
  });

  test('have room up to their share of what may be queued, by count and by bytes', () => {
    const core = coreOf({ maxQueuedRecords: 8, maxQueuedBytes: 100 });
    const [many, large, other] = [openAt(core), openAt(core), openAt(core)];
    fill(many, [1, 1, 1]);
    fill(large, [1], 0, 40);
    fill(other, [1, 1], 0, 16);

    expect([many, large, other].map((partition) => core.hasRoom(partition))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('that are given up keep their handlers busy until these are done', () => {
    const core = coreOf({ concurrency: 1 });
    const gone = openAt(core);
    fill(gone, [1, 2]);
    const [item] = startAll(core);
    core.close(gone);
    fill(openAt(core), [1]);

    expect(startAll(core)).toEqual([]);
    if (item !== undefined) core.finish(item);
    expect(startAll(core)).toHaveLength(1);
  });
});

describe('a text that may not grow', () => {
  test('holds back all but the record at the floor', () => {
    const core = coreOf({ maxFinishedBytes: 20, concurrency: 100 });
    const partition = openAt(core);
    fill(partition, Array(40).fill(Number.NaN));

    const begun = startAll(core);
    expect(begun.length).toBeLessThan(5);
    const [atFloor, ...others] = begun;
    for (const item of others) core.finish(item);
    if (atFloor !== undefined) core.finish(atFloor);

    expect(startAll(core).length).toBeGreaterThan(0);
  });

  test('costs nothing for what is finished in a row behind one that is stuck', () => {
    const core = coreOf({ maxFinishedBytes: 40 });
    const partition = openAt(core);
    fill(partition, [1]);
    startAll(core);

    for (let offset = 1; offset < 20_000; offset += 1) {
      fill(partition, [2], offset);
      const [item] = startAll(core);
      if (item !== undefined) core.finish(item);
    }

    expect(partition.progress).toEqual({ nextOffset: 0, finished: 'done1=B_wT' });
    expect(partition.openCount).toBe(1);
  });
});

interface Step {
  readonly kind: 'take' | 'start' | 'finish' | 'hold' | 'release' | 'restart';
  readonly pick: number;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('take', 'start', 'start', 'finish', 'finish', 'hold', 'release', 'restart'),
  pick: fc.nat(1000),
});

/** A partition, what its handlers have done, and a member that is now and then replaced. */
class Model {
  readonly maxFinishedBytes: number;
  readonly lanesCount: number;
  readonly lanes = new Map<number, number | undefined>();
  readonly finished = new Set<number>();
  readonly order: number[] = [];
  running: Item[] = [];
  held: Item[] = [];
  core: Core;
  partition: Partition;
  nextOffset = 0;
  /** Offsets that are in the log; others are gaps. */
  readonly log: number[] = [];

  constructor(maxFinishedBytes: number, lanesCount: number) {
    this.maxFinishedBytes = maxFinishedBytes;
    this.lanesCount = lanesCount;
    this.core = coreOf({ maxFinishedBytes, concurrency: 30 });
    this.partition = openAt(this.core);
  }

  step({ kind, pick }: Step): void {
    switch (kind) {
      case 'take':
        this.#take(pick);
        break;
      case 'start':
        for (const item of startAll(this.core)) this.#begin(item);
        break;
      case 'finish':
        this.#finish(pick);
        break;
      case 'hold':
        this.#hold(pick);
        break;
      case 'release':
        for (const item of this.held.splice(0, 1)) item.partition.release(item);
        break;
      case 'restart':
        if (pick % 10 === 0) this.#restart();
        break;
    }
    this.#check();
  }

  #take(pick: number): void {
    for (let count = 0; count < 1 + (pick % 20); count += 1) {
      const offset = this.nextOffset;
      this.nextOffset += 1 + (pick % 7 === 0 ? pick % 3 : 0);
      const lane = (offset * 7 + pick) % (this.lanesCount + 1);
      this.lanes.set(offset, lane === 0 ? undefined : lane);
      this.log.push(offset);
      this.#give(offset);
    }
    this.partition.takeUpTo(this.nextOffset);
  }

  #give(offset: number): void {
    const lane = this.lanes.get(offset);
    this.partition.take({ record: `${offset}`, offset, sizeBytes: 1, lane });
  }

  #begin(item: Item): void {
    expect(this.finished.has(item.offset), 'finished is not begun again').toBe(false);
    if (item.lane !== undefined) {
      const before = this.log.filter(
        (offset) => offset < item.offset && this.lanes.get(offset) === item.lane,
      );
      expect(
        before.every((offset) => this.finished.has(offset)),
        'all before it of its lane is finished',
      ).toBe(true);
    }
    this.running.push(item);
  }

  #finish(pick: number): void {
    if (this.running.length === 0) return;
    const [item] = this.running.splice(pick % this.running.length, 1);
    if (item === undefined) return;
    this.core.finish(item);
    this.finished.add(item.offset);
  }

  #hold(pick: number): void {
    if (this.running.length === 0) return;
    const [item] = this.running.splice(pick % this.running.length, 1);
    if (item === undefined) return;
    this.core.hold(item);
    this.held.push(item);
  }

  /** Another member goes on where this one has committed. */
  #restart(): void {
    const { nextOffset, finished } = this.partition.progress;
    this.running = [];
    this.held = [];
    this.core = coreOf({ maxFinishedBytes: this.maxFinishedBytes, concurrency: 30 });
    this.partition = openAt(this.core, nextOffset, finished);
    // Some of it only: the rest of what was finished is still to be met.
    for (const offset of this.log) if (offset >= nextOffset) this.#give(offset);
    this.partition.takeUpTo(this.nextOffset);
  }

  #check(): void {
    const { nextOffset, finished } = this.partition.progress;
    const open = this.log.filter((offset) => !this.finished.has(offset));
    expect(nextOffset).toBe(open[0] ?? this.nextOffset);
    expect(finished.length).toBeLessThanOrEqual(this.maxFinishedBytes);
    const told = decodeFinished(nextOffset, finished) ?? [];
    const isTold = (offset: number): boolean =>
      told.some(({ start, end }) => start <= offset && offset < end);
    for (const offset of this.log) {
      if (offset >= nextOffset) expect(isTold(offset)).toBe(this.finished.has(offset));
    }
  }

  /** All that is left is begun and finished, whatever was held back. */
  drain(): void {
    for (const item of this.held.splice(0)) item.partition.release(item);
    for (let round = 0; round <= this.log.length; round += 1) {
      for (const item of startAll(this.core)) this.#begin(item);
      if (this.running.length === 0) break;
      this.#finish(round);
      this.#check();
    }
    expect(this.finished.size).toBe(this.log.length);
  }
}

describe('whatever comes in whatever order', () => {
  test('nothing finished is begun again, lanes keep their order, the floor passes nothing open, and the text tells exactly what is finished', () => {
    fc.assert(
      fc.property(
        fc.array(STEP, { maxLength: 120 }),
        fc.constantFrom(30, 80, 4000),
        fc.constantFrom(0, 1, 5, 40),
        (steps, maxFinishedBytes, lanesCount) => {
          const model = new Model(maxFinishedBytes, lanesCount);
          for (const step of steps) model.step(step);
          model.drain();
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a ledger', () => {
  test('keeps what was finished before and is not met yet', () => {
    const known = decodeFinished(10, 'done1=BCBC') ?? [];
    const ledger = new OffsetLedger(10, known, 4000);

    expect([10, 11, 12].map((offset) => ledger.take(offset))).toEqual([true, false, false]);

    expect(ledger.text).toBe('done1=BCBC');
  });

  // By moving all that follow with each, three hundred thousand took minutes.
  test('finishes as many as there are in a row within the turn of one event', () => {
    const count = 300_000;
    const partition = openAt(coreOf());
    fill(partition, Array<number>(count).fill(1));

    const finished = partition.finishWhile(() => true);

    expect(finished).toHaveLength(count);
    expect(partition.progress).toEqual({ nextOffset: count, finished: '' });
  });
});
