import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/client/admin/group-diagnosis.ts';
import type {
  Diagnosis,
  GroupMeasurement,
  PartitionPace,
  RemedyName,
} from '../../../src/client/admin/group-diagnosis-types.ts';

const WINDOW_MS = 10_000;
const TEN_MINUTES_MS = 600_000;

/** Partition 0 of a topic, a member on it: 100 a second come, 50 are handled. */
const pace = (change: Partial<PartitionPace> = {}): PartitionPace => ({
  topic: 't',
  partition: 0,
  arrivedCount: 1000,
  consumedCount: 500,
  lagCount: 30_000,
  lagMs: 60_000,
  memberId: 'm0',
  ...change,
});

const measured = (
  partitions: readonly PartitionPace[],
  change: Partial<GroupMeasurement> = {},
): GroupMeasurement => ({
  windowMs: WINDOW_MS,
  partitions,
  memberCount: 1,
  assignor: 'cooperative-sticky',
  standbyMemberCount: 0,
  overflowMemberCount: 0,
  handlerTimes: [],
  hottest: undefined,
  ...change,
});

const judged = (measurement: GroupMeasurement, isTotalOrder = false): Diagnosis =>
  diagnose(measurement, { drainWithinMs: TEN_MINUTES_MS, isTotalOrder });

const remedy = (diagnosis: Diagnosis, name: RemedyName) =>
  diagnosis.remedies.find((it) => it.name === name);

/** Two partitions with one member, as `pace` each. */
const twoPartitions = [pace(), pace({ partition: 1 })];

describe('the verdict on a group', () => {
  it.each([
    ['noBacklog', 'has read all', [pace({ lagCount: 0, lagMs: 0 })], {}],
    ['noBacklog', 'is as far as its commits go', [pace({ consumedCount: 1000, lagMs: 900 })], {}],
    [
      'noMembers',
      'nobody reads',
      [pace({ consumedCount: 0, memberId: undefined })],
      { memberCount: 0 },
    ],
    ['stalled', 'commits nothing', [pace({ consumedCount: 0 })], {}],
    ['drains', 'gains on it fast enough', [pace({ consumedCount: 2000 })], {}],
    ['tooSlow', 'gains on it too slowly', [pace({ consumedCount: 1100 })], {}],
    ['tooSlow', 'falls behind', [pace()], {}],
  ] as const)('is %s where it %s', (verdict, _, partitions, change) => {
    const diagnosis = judged(measured(partitions, change));

    expect(diagnosis.verdict).toBe(verdict);
    expect(diagnosis.remedies.length > 0).toBe(verdict === 'tooSlow');
  });

  it('tells the rates, what is needed, and when the backlog is gone', () => {
    const diagnosis = judged(measured([pace({ consumedCount: 1100 })]));

    expect(diagnosis).toMatchObject({
      arrivalPerSecond: 100,
      consumptionPerSecond: 110,
      neededPerSecond: 150,
      drainMs: 3_000_000,
    });
  });

  it('never ends for one that falls behind', () => {
    expect(judged(measured([pace()])).drainMs).toBeUndefined();
  });

  it('names the partition that most comes to, where that is far more than its part', () => {
    const quiet = [1, 2, 3].map((partition) => pace({ partition, arrivedCount: 100 }));

    expect(judged(measured([pace(), ...quiet])).skew).toMatchObject({
      partition: 0,
      evenShare: 0.25,
    });
    expect(judged(measured(twoPartitions)).skew).toBeUndefined();
  });
});

describe('the remedies for a group that is too slow', () => {
  it('are all nine, by name', () => {
    expect(judged(measured([pace()])).remedies.map(({ name }) => name)).toEqual([
      'consumers',
      'partitions',
      'handler',
      'degrade',
      'dedicate',
      'batch',
      'concurrency',
      'aggregateBatch',
      'aggregateConcurrency',
    ]);
  });

  it('tell how many consumers are needed, as far as partitions go', () => {
    const four = [0, 1, 2, 3].map((partition) =>
      pace({ partition, arrivedCount: 250, consumedCount: 250, lagCount: 7500 }),
    );

    const consumers = remedy(judged(measured(four)), 'consumers');

    expect(consumers).toMatchObject({ applies: true, drainMs: 300_000 });
    expect(consumers?.advice).toContain('run 2 members in place of 1');
  });

  it('tell how many partitions are needed where every one has a member', () => {
    const partitions = [pace(), pace({ partition: 1, memberId: 'm1' })];

    const diagnosis = judged(measured(partitions, { memberCount: 3 }));

    expect(remedy(diagnosis, 'consumers')).toMatchObject({ applies: false });
    expect(remedy(diagnosis, 'consumers')?.advice).toContain('more would be idle, as 1 are');
    const growth = remedy(diagnosis, 'partitions')?.advice;
    expect(growth).toContain('grow to 6 partitions');
    expect(growth).toContain('copy the topic, key by key, into a wider one, and cut over');
  });

  it('count neither who is on standby nor the overflow lane as idle, and name them as hands', () => {
    const partitions = [0, 1, 2, 3].map((partition) =>
      pace({ partition, arrivedCount: 250, consumedCount: 250, lagCount: 7500 }),
    );
    const waiting = { memberCount: 5, standbyMemberCount: 1, overflowMemberCount: 2 };

    const diagnosis = judged(measured(partitions, waiting));

    expect(diagnosis).toMatchObject({ busyMemberCount: 1, idleMemberCount: 1 });
    expect(remedy(diagnosis, 'consumers')?.advice).toMatch(
      /run 2 members in place of 1, .*; 2 wait in the overflow lane: .*; 1 are on standby/,
    );
  });

  it('tell the concurrency and the batch that reach the rate', () => {
    const diagnosis = judged(measured([pace()]));

    expect(remedy(diagnosis, 'concurrency')).toMatchObject({ drainMs: TEN_MINUTES_MS });
    expect(remedy(diagnosis, 'concurrency')?.advice).toContain('concurrency: 3');
    expect(remedy(diagnosis, 'batch')?.advice).toContain('handle 3 records');
    expect(remedy(diagnosis, 'handler')?.advice).toContain('takes a member 20 ms: make it 6.67 ms');
    expect(remedy(diagnosis, 'degrade')?.advice).toContain('leave out 67 %');
  });

  it('tell beside it how long the handlers of the members take, as these report', () => {
    const times = { callCount: 100, recordCount: 100, p50Ms: 4, p99Ms: 9 };
    const few = { callCount: 10, recordCount: 10, p50Ms: 40, p99Ms: 90 };

    const diagnosis = judged(measured([pace()], { handlerTimes: [few, times] }));

    expect(diagnosis.handler).toEqual({ callCount: 110, recordCount: 110, p50Ms: 4, p99Ms: 90 });
    expect(remedy(diagnosis, 'handler')?.advice).toContain(
      'its handler takes p50 4.00 ms, p99 90 ms',
    );
    expect(judged(measured([pace()])).handler).toBeUndefined();
  });

  it('tell the concurrency by how many handlers are at work, and the batch by how large it is', () => {
    const times = { callCount: 100, recordCount: 100, p50Ms: 100, p99Ms: 200 };
    const inBatches = { callCount: 10, recordCount: 40, p50Ms: 100, p99Ms: 200 };

    const [each, many] = [times, inBatches].map((it) =>
      judged(measured([pace()], { handlerTimes: [it] })),
    ) as [Diagnosis, Diagnosis];

    // 50 a second of 100 ms are 5 at once, and 150 are needed.
    expect(remedy(each, 'concurrency')?.advice).toBe(
      "run({ concurrency: 15, order: 'key' }), where 5.0 handlers of a member are at work now",
    );
    expect(remedy(many, 'concurrency')?.advice).toContain('concurrency: 4, ');
    expect(remedy(many, 'batch')?.advice).toBe(
      'handle 12 records or more at the cost of one call (eachBatch), where a call has 4.0 now',
    );
  });

  it('tell what members that do nothing else have to be worth', () => {
    const dedicate = remedy(judged(measured([pace()])), 'dedicate');

    expect(dedicate).toMatchObject({ applies: true, drainMs: TEN_MINUTES_MS });
    expect(dedicate?.advice).toContain('helps where that makes them 3.0 times as fast');
  });

  it.each([
    ['aggregateBatch', 'put 3 items or more into a record, and handle each at once'],
    ['aggregateConcurrency', 'put 3 items or more into a record, and run its items concurrently'],
  ] as const)(
    'tell with %s how many items a record needs, and when that is enough',
    (name, advice) => {
      const faster = pace({ consumedCount: 900 });

      const [behind, gaining] = [pace(), faster].map((it) => remedy(judged(measured([it])), name));

      expect(behind?.advice).toContain(advice);
      // 33 a second come then, 50 are handled: what is there already is gone at the difference.
      expect(behind?.drainMs).toBeCloseTo((30_000 / (50 - 100 / 3)) * 1000, -1);
      expect(gaining?.drainMs).toBeCloseTo((30_000 / (90 - 100 / 2)) * 1000, -1);
    },
  );

  it('tell what a hot key bounds', () => {
    const hottest = { topic: 't', key: new Uint8Array([1]), share: 0.5 };

    const diagnosis = judged(measured([pace()], { hottest }));

    expect(diagnosis.hotKey).toBe(hottest);
    expect(remedy(diagnosis, 'concurrency')).toMatchObject({ drainMs: undefined });
    expect(remedy(diagnosis, 'concurrency')?.advice).toContain('lets through 100/s at most');
  });

  it('tell what a hot key bounds where others are handled beside it', () => {
    const hottest = { topic: 't', key: new Uint8Array([1]), share: 0.5 };
    const handlerTimes = [{ callCount: 500, recordCount: 500, p50Ms: 40, p99Ms: 50 }];

    const diagnosis = judged(measured([pace()], { hottest, handlerTimes }));

    // Two handlers are at work, of which the key has one: 25 a second, and as many of others.
    expect(remedy(diagnosis, 'concurrency')?.advice).toContain('lets through 50/s at most');
    expect(remedy(diagnosis, 'consumers')?.advice).toContain('more would be idle');
  });

  it('leave out, in total order, what would break it, and say why', () => {
    const diagnosis = judged(measured([pace()]), true);

    const names = (applies: boolean) =>
      diagnosis.remedies.filter((it) => it.applies === applies).map(({ name }) => name);
    expect(names(true)).toEqual(['handler', 'degrade', 'dedicate']);
    expect(names(false)).toEqual([
      'consumers',
      'partitions',
      'batch',
      'concurrency',
      'aggregateBatch',
      'aggregateConcurrency',
    ]);
    expect(remedy(diagnosis, 'aggregateBatch')?.advice).toContain('pointless');
  });

  it('are those of total order where one member has everything by its assignor, unsaid', () => {
    const diagnosis = judged(measured([pace()], { assignor: 'single-active' }));

    expect(diagnosis).toMatchObject({ isTotalOrder: true });
    expect(diagnosis.remedies).toEqual(judged(measured([pace()]), true).remedies);
  });
});
