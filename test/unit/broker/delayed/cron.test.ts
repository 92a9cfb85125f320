import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { changeDelayed, getDelayed } from '../../../../src/broker/client/delayed.ts';
import { askedDelay } from '../../../../src/broker/delayed/delay-headers.ts';
import { metadataVersionRecord } from '../../../../src/metadata/records.ts';
import { nextTick } from '../../../../src/record/cron/cron-ticks.ts';
import type { SentRecord } from './delayed-cluster.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const CLEANER_PAUSE_MS = 16_000;

/** A second schedule: ticks are whole seconds of the wall clock. */
const every = (value: string, headers: Readonly<Record<string, string>> = {}): SentRecord => ({
  value,
  key: 'job',
  headers: { 'ottla-cron': '* * * * * *', ...headers },
});

const ticksOf = (world: DelayedCluster, brokerId: number): number[] =>
  world.records(brokerId).flatMap(({ headers }) => {
    const tick = headers.find(({ key }) => key === 'ottla-cron-tick')?.value;
    return tick === undefined ? [] : [Number(Buffer.from(tick ?? []).toString())];
  });

/** So many seconds, one after the other, and the first of them. */
const expectEachSecond = (ticks: readonly number[], atLeast: number): void => {
  const [first = 0] = ticks;
  expect(ticks).toEqual(ticks.map((_, index) => first + index * 1000));
  expect(first % 1000).toBe(0);
  expect(ticks.length).toBeGreaterThanOrEqual(atLeast);
};

const header = (key: string, value: string) => ({ key, value: Buffer.from(value) });
const at = (text: string): number => Date.parse(text);

describe('a record with a cron expression', () => {
  it('is delivered at each tick, not before, and at none twice', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([every('a')]));
    await world.run(5500);

    expectEachSecond(ticksOf(world, 1), 5);
    for (const { timestampMs, headers, value } of world.records(1)) {
      const header = headers.find(({ key }) => key === 'ottla-cron-tick');
      const tick = Number(Buffer.from(header?.value ?? []).toString());
      expect(timestampMs).toBeGreaterThanOrEqual(tick);
      expect(timestampMs).toBeLessThan(tick + 50);
      expect(Buffer.from(value ?? []).toString()).toBe('a');
      // A copy of it starts no schedule of its own.
      expect(headers.map(({ key }) => key)).toEqual([
        'ottla-held-timestamp',
        'ottla-cron-tick',
        'ottla-cron-next',
        'ottla-held-offset',
      ]);
    }
    world.cluster.expectHealthy();
  });

  it.each([false, true])('misses none when its leader dies (power cut: %s)', async (power) => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([every('a'), delayed('b', 2500), every('c')]));
    await world.run(2200);

    cluster.broker(1).crash({ power });
    await world.run(1500);
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(1500);
    await cluster.broker(1).start();
    await world.run(3000);

    const ticks = ticksOf(world, 2);
    expectEachSecond(
      ticks.filter((_, index) => index % 2 === 0),
      7,
    );
    expect(ticks.filter((_, index) => index % 2 === 1)).toEqual(
      ticks.filter((_, index) => index % 2 === 0),
    );
    expect(world.values(2).filter((value) => value === 'b')).toHaveLength(1);
    cluster.expectHealthy();
  });

  it.each([false, true])('misses none when all lose their power (index lost: %s)', async (wipe) => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([every('a')]));
    await world.run(2200);

    for (const broker of cluster.brokers) {
      broker.crash({ power: true });
      if (wipe) broker.stores.wipe('/data/delayed');
    }
    await world.run(2000);
    for (const broker of cluster.brokers) await broker.start();
    await world.run(4000);

    expectEachSecond(ticksOf(world, 1), 7);
    cluster.expectHealthy();
  });

  it('has each tick once wherever between delivery and holding anew its leader dies', async () => {
    for (let stepMs = 0; stepMs < 12; stepMs += 1) {
      const world = await DelayedCluster.start();
      const { cluster } = world;
      world.send(1, sentBatch([every('a')]));
      await world.run(100);
      const { log } = cluster.broker(1).replica('t');
      while (log.logEndOffset < 2) await world.run(0.5);
      await world.run(stepMs * 0.4);

      cluster.broker(1).crash({ power: true });
      cluster.controller.change('t', { leader: 2, isr: [2, 3] });
      await world.run(3000);

      expectEachSecond(ticksOf(world, 2), 3);
      cluster.expectHealthy();
    }
  });

  it('is not delivered again where its delivery is compacted away and its index lost', async () => {
    const world = await DelayedCluster.start(3, {
      'cleanup.policy': 'compact',
      'segment.bytes': '600',
      'min.cleanable.dirty.ratio': '0',
      'delete.retention.ms': '1000',
    });
    const { cluster } = world;
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        world.send(1, sentBatch([{ key: `other ${index % 3}`, value: 'x'.repeat(50) }]));
      }
      await world.run(2 * CLEANER_PAUSE_MS);
    };
    const ofJob = (): string[] =>
      world
        .records(1)
        .filter(({ key }) => Buffer.from(key ?? []).toString() === 'job')
        .map(({ value }) => Buffer.from(value ?? []).toString());
    world.send(1, sentBatch([every('tick', { 'ottla-cron': '0 * * * *' })]));
    await world.run(100);
    cluster.clock.jumpWall(3_600_000 - 2000);
    await world.run(5000);
    world.send(1, sentBatch([{ value: 'over it', key: 'job' }]));
    const before = ofJob();
    await fill();
    await fill();
    const compacted = ofJob();
    for (const broker of cluster.brokers) {
      broker.crash({ power: true });
      broker.stores.wipe('/data/delayed');
    }
    for (const broker of cluster.brokers) await broker.start();
    await world.run(50_000);
    const rebuilt = ofJob();
    cluster.clock.jumpWall(3_600_000 - 200_000);
    await world.run(200_000);

    expect(before).toEqual(['tick']);
    expect(compacted).toEqual(['over it']);
    expect(rebuilt).toEqual(['over it']);
    // It goes on.
    expect(ofJob()).toEqual(['over it', 'tick']);
    cluster.expectHealthy();
  });

  it('is found, moved and cancelled where it was held first, also after many ticks', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([every('a')]));
    await world.run(3500);
    const context = cluster.broker(1).node.clientContext();
    const place = { topicId: 't', partition: 0, offset: 0 };
    const answers: string[] = [];
    const change = async (dueMs: number | undefined) => {
      void changeDelayed(context, { ...place, dueMs, timeoutMs: 3000 }).then(({ errorCode }) => {
        answers.push(errorCodeOf(errorCode) ?? '');
      });
      await world.run(100);
    };
    let headers: readonly string[] = [];
    void getDelayed(context, place).then(({ record }) => {
      headers = (record?.headers ?? []).map(({ key }) => key);
    });
    await world.run(100);
    const count = ticksOf(world, 1).length;
    const later = Math.floor(cluster.clock.wallMs() / 1000) * 1000 + 3500;
    await change(later);
    await world.run(2000);
    const meanwhile = ticksOf(world, 1).length;
    await world.run(3000);
    const after = ticksOf(world, 1);
    await change(undefined);
    const end = ticksOf(world, 1).length;
    await world.run(3000);

    expect(headers).toEqual(['ottla-cron']);
    expect(answers).toEqual(['NONE', 'NONE']);
    expect(meanwhile).toBe(count);
    // The moment it was given, and from there on by its schedule.
    expect(after[count]).toBe(later);
    expect(after[count + 1]).toBe(later + 500);
    expect(ticksOf(world, 1)).toHaveLength(end);
    cluster.expectHealthy();
  });

  it('makes up for an hour, and no more, when the clock is set forth', async () => {
    const world = await DelayedCluster.start(1);
    world.send(1, sentBatch([every('a', { 'ottla-cron': '0 * * * * *' })]));
    await world.run(100);
    world.cluster.clock.jumpWall(30 * 24 * 3_600_000);
    await world.run(5000);

    const ticks = ticksOf(world, 1);
    expect(ticks.length).toBeGreaterThanOrEqual(60);
    expect(ticks.length).toBeLessThan(64);
    expect(new Set(ticks).size).toBe(ticks.length);
  });

  it('is refused from the 101st of a batch on, and no other record for that', async () => {
    const world = await DelayedCluster.start(1);
    const hundred = Array.from({ length: 100 }, (_, n) => every(`n${n}`));
    const taken = world.send(1, sentBatch([...hundred, { value: 'plain' }]));
    const refused = world.send(1, sentBatch([...hundred, { value: 'plain' }, every('more')]));
    await world.run(100);

    expect(taken.outcome).toMatchObject({ code: 'NONE' });
    expect(refused.outcome).toMatchObject({
      code: 'INVALID_RECORD',
      refusedRecords: [{ index: 101, reason: expect.stringContaining('send fewer') }],
    });
    expect(world.values(1)).toEqual(['plain']);
  });

  it('is looked up a hundred times a batch, those that are refused among them', async () => {
    const world = await DelayedCluster.start(1);
    const never = Array.from({ length: 60 }, () => every('n', { 'ottla-cron': '0 0 30 2 *' }));
    const more = Array.from({ length: 60 }, () => every('more'));
    const sent = world.send(1, sentBatch([...never, ...more]));
    await world.run(100);

    const reasons = sent.outcome?.refusedRecords?.map(({ reason }) => reason) ?? [];
    expect(reasons).toHaveLength(80);
    expect(reasons.filter((reason) => reason?.includes('send fewer'))).toHaveLength(20);
  });

  it('is refused while an older node of the cluster would deliver it at once', async () => {
    const world = await DelayedCluster.start(1);
    world.cluster.controller.commit([metadataVersionRecord(2)]);
    await world.run(100);

    const sent = world.send(1, sentBatch([{ value: 'ok' }, every('repeats')]));
    await world.run(100);

    expect(sent.outcome).toMatchObject({
      code: 'INVALID_RECORD',
      refusedRecords: [{ index: 1, reason: expect.stringContaining('needs metadata.version 3') }],
    });
  });

  it('is refused by its place where it says no schedule', async () => {
    const world = await DelayedCluster.start(1);
    const sent = world.send(
      1,
      sentBatch([{ value: 'ok' }, every('bad', { 'ottla-cron': '61 * * * *' })]),
    );
    await world.run(100);

    expect(sent.outcome).toMatchObject({
      code: 'INVALID_RECORD',
      refusedRecords: [
        { index: 1, reason: expect.stringContaining('Invalid value for minute: 61') },
      ],
    });
    expect(world.values(1)).toEqual([]);
  });
});

describe('what a cron expression asks for', () => {
  const now = at('2026-03-28T12:00:00Z');
  const reasonOf = (...headers: ReturnType<typeof header>[]): string => {
    const asked = askedDelay(headers, now);
    return asked.kind === 'refused' ? asked.reason : asked.kind;
  };

  it.each([
    ['', /is no schedule/],
    ['2027-01-01T00:00:00Z', /fewer than five fields/],
    ['@reboot', /is no schedule/],
    [`${'1,'.repeat(300)}1 * * * *`, /longer than 256/],
    ['0 0 30 2 *', /names no moment to come/],
    ['0 0 0 1 1 * 2027', /leave out the year/],
    ['0 0 0 31 2,4,6,9,11 +1 2026-9999', /leave out the year/],
  ])('is refused: %s', (expression, reason) => {
    expect(reasonOf(header('ottla-cron', expression))).toMatch(reason);
  });

  it('is refused in a zone without a name, which is not that of the machine', () => {
    expect(reasonOf(header('ottla-cron', '0 8 * * *'), header('ottla-cron-tz', ''))).toMatch(
      /is no schedule/,
    );
  });

  it('is refused beside another delay, in a zone that is none, and as a zone alone', () => {
    const cron = header('ottla-cron', '0 8 * * *');

    expect(reasonOf(cron, header('ottla-delay-ms', '5'))).toMatch(/ottla-cron and ottla-delay-ms/);
    expect(reasonOf(cron, header('ottla-cron-tz', 'Mars/Olympus'))).toMatch(/"Mars\/Olympus"/);
    expect(reasonOf(header('ottla-cron-tz', 'Europe/Berlin'))).toMatch(/no ottla-cron/);
  });

  it('is once a day by the clock of its zone, where an hour is left out or comes twice', () => {
    const schedule = { expression: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const spring = nextTick(schedule, at('2026-03-28T12:00:00Z')) ?? 0;
    const autumn = nextTick(schedule, at('2026-10-24T12:00:00Z')) ?? 0;

    expect(spring).toBe(at('2026-03-29T01:00:00Z'));
    expect(nextTick(schedule, spring)).toBe(at('2026-03-30T00:30:00Z'));
    expect(autumn).toBe(at('2026-10-25T00:30:00Z'));
    expect(nextTick(schedule, autumn)).toBe(at('2026-10-26T01:30:00Z'));
  });

  it('is every hour that there is, where one comes twice', () => {
    const schedule = { expression: '0 * * * *', timeZone: 'Europe/Berlin' };
    const first = nextTick(schedule, at('2026-10-24T23:10:00Z')) ?? 0;
    const second = nextTick(schedule, first) ?? 0;

    expect(second - first).toBe(3_600_000);
  });
});
