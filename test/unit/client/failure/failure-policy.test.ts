import { describe, expect, test } from 'vitest';
import type { DeadReport, FailurePolicy } from '../../../../src/client/failure/failure-policy.ts';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import type { HandlerContext } from '../../../../src/client/handling/run-options.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, text, valuesIn } from '../fixture.ts';
import { committedOf, consumerOf } from '../group/consumer-fixture.ts';
import type { Handled, TextRun } from '../handling/run-fixture.ts';
import { begin, KEYS, startKeyed } from '../handling/run-fixture.ts';

const DEAD = { deadLetter: { topic: 'dead' } } as const;

const startWithDead = async (keys: readonly string[] = KEYS): Promise<World> => {
  const world = await startKeyed(1, ...(keys.length === 0 ? [] : [keys]));
  world.cluster.createTopic('dead', { partitions: 1 });
  return world;
};

/** The records of these names fail each time. */
const beginFailing = (
  world: World,
  bad: readonly string[],
  onFailure: FailurePolicy,
  options: Partial<TextRun> = {},
): Handled & { readonly attempts: number[] } => {
  const attempts: number[] = [];
  const work = (name: string, { attempt }: HandlerContext): void => {
    if (!bad.includes(name)) return;
    attempts.push(attempt);
    throw new TypeError(`${name} is bad`);
  };
  const consumer = consumerOf(world, { autoCommitIntervalMs: 500 });
  const retryBackoff = { firstMs: 100, maxMs: 400 };
  const handled = begin(consumer, work, { onFailure, retryBackoff, ...options });
  return Object.assign(handled, { attempts });
};

describe('a record whose attempts are used up', () => {
  test('ends the run by default, and is not committed past', async () => {
    const world = await startWithDead();

    const handled = beginFailing(world, ['b:1@0'], { attempts: 3 });
    await world.clock.settle(5000);

    expect(handled.attempts).toEqual([1, 2, 3]);
    expect(handled.error).toEqual(new TypeError('b:1@0 is bad'));
    expect(committedOf(world, 0)).toBe(1);
    expect(valuesIn(world, 'dead')).toEqual([]);
  });

  test('counts as finished where it is to be skipped', async () => {
    const world = await startWithDead();

    const handled = beginFailing(world, ['b:1@0'], { attempts: 2, giveUp: 'skip' });
    await world.clock.settle(5000);

    expect(handled.attempts).toEqual([1, 2]);
    expect([handled.isDone, committedOf(world, 0)]).toEqual([false, 5]);
  });

  test('goes to the dead-letter topic byte for byte, with what there is to know', async () => {
    const world = await startWithDead([]);
    const value = Uint8Array.of(0x61, 0xc3, 0xa9);
    const headers = [
      { key: 'h', value: Uint8Array.of(0xff) },
      { key: 'h', value: null },
    ];
    const builder = new BatchBuilder({ maxBytes: 1000 });
    builder.append({ key: Buffer.from('k'), value, headers, timestampMs: 77 });
    world.cluster.partition('t').append(builder.build());

    beginFailing(world, ['aé@0'], { attempts: 2, giveUp: DEAD });
    await world.clock.settle(5000);

    const [letter] = world.cluster.partition('dead').records;
    const found = splitTrail(letter?.headers ?? []);
    expect([text(letter?.key ?? null), letter?.value]).toEqual(['k', value]);
    expect(found?.headers.map((it) => [it.key, it.value?.[0]])).toEqual([
      ['h', 0xff],
      ['h', undefined],
    ]);
    expect(found?.trail).toMatchObject({
      topic: 't',
      partition: 0,
      offset: 0,
      timestampMs: 77,
      groupId: 'g',
      attempts: 2,
      errorName: 'TypeError',
      errorMessage: 'aé@0 is bad',
      errorStack: expect.stringContaining('failure-policy.test'),
    });
    const { firstFailureMs = 0, lastFailureMs = 0 } = found?.trail ?? {};
    expect(lastFailureMs).toBeGreaterThan(firstFailureMs);
    expect(letter?.timestampMs).toBeGreaterThanOrEqual(lastFailureMs);
    expect(committedOf(world, 0)).toBe(1);
  });

  test('holds its key until the dead letter is acknowledged, while others go on', async () => {
    const world = await startWithDead();
    const dead = world.cluster.partition('dead');
    const { leader } = dead;
    dead.moveTo(99);

    const handled = beginFailing(world, ['a:0@0'], { attempts: 2, giveUp: DEAD });
    await world.clock.settle(20_000);
    expect([...handled.finished, committedOf(world, 0)]).toEqual(['b:1@0', 'c:4@0', 'b:3@0', 0]);
    dead.moveTo(leader);
    await world.clock.settle(60_000);

    expect(handled.finished.at(-1)).toBe('a:2@0');
    expect([valuesIn(world, 'dead'), committedOf(world, 0)]).toEqual([['a:0'], 5]);
  });

  test('in order by partition is retried in place, and goes nowhere unless asked', async () => {
    const world = await startWithDead();

    const handled = beginFailing(world, ['b:1@0'], { attempts: 4 }, { order: 'partition' });
    await world.clock.settle(10_000);

    expect(handled.begun).toEqual(['a:0@0', 'b:1@0', 'b:1@0', 'b:1@0', 'b:1@0']);
    expect(handled.error).toBeInstanceOf(TypeError);
    expect(valuesIn(world, 'dead')).toEqual([]);
  });

  test('in order by partition, where asked, is followed by the next when it is put aside', async () => {
    const world = await startWithDead();
    const onFailure = { attempts: 2, giveUp: DEAD };

    const handled = beginFailing(world, ['b:1@0'], onFailure, { order: 'partition' });
    await world.clock.settle(10_000);

    expect(handled.begun.slice(1, 4)).toEqual(['b:1@0', 'b:1@0', 'a:2@0']);
    expect(valuesIn(world, 'dead')).toEqual(['b:1']);
  });

  test('that is too large for the dead-letter topic ends the run, and is not lost', async () => {
    const world = await startWithDead();
    world.cluster.partition('dead').maxMessageBytes = 200;
    const reports: DeadReport[] = [];
    const onDead = (report: DeadReport): void => void reports.push(report);

    const handled = beginFailing(world, ['a:0@0'], { attempts: 1, giveUp: DEAD, onDead });
    await world.clock.settle(10_000);

    expect(handled.error).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(committedOf(world, 0)).toBe(0);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['stopped']);
  });

  test('is refused a topic that the consumer reads itself', async () => {
    const world = await startWithDead();
    const onFailure = { giveUp: { deadLetter: { topic: 't' } } };

    const running = consumerOf(world).run({ handler: () => {}, onFailure });

    await expect(running).rejects.toThrow(/names t, which this consumer reads itself/);
  });

  test.each([
    [{ attempts: 0 }, /^onFailure.attempts=0 /],
    [{ attemps: 2 }, /^unknown key of onFailure: attemps, did you mean attempts\?$/],
    [{ giveUp: 'die' }, /^onFailure.giveUp=die is none of stop, skip, /],
    [{ giveUp: { deadLetter: {} } }, /^onFailure.giveUp.deadLetter names no topic/],
    [{ onDead: 'example' }, /^onFailure.onDead=example is neither /],
  ])('refuses %o by name', async (onFailure, message) => {
    const world = await startWorld();

    const running = consumerOf(world).run({ handler: () => {}, onFailure: onFailure as object });

    await expect(running).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(running).rejects.toThrow(message);
  });
});

describe('the alarm', () => {
  test.each([
    ['stop', 'stopped'],
    ['skip', 'skipped'],
    [DEAD, 'deadLettered'],
  ] as const)('on %o tells that the record was %s, before it counts', async (giveUp, outcome) => {
    const world = await startWithDead();
    const told: unknown[] = [];
    const onDead = (report: DeadReport, error: unknown): void => {
      told.push({ ...report, error, committed: committedOf(world, 0) });
    };

    beginFailing(world, ['a:0@0'], { attempts: 2, giveUp, onDead });
    await world.clock.settle(5000);

    const letter =
      outcome === 'deadLettered' ? { topic: 'dead', partition: 0, offset: 0 } : undefined;
    expect(told).toEqual([
      expect.objectContaining({
        topic: 't',
        partition: 0,
        offset: 0,
        groupId: 'g',
        attempts: 2,
        errorMessage: 'a:0@0 is bad',
        outcome,
        error: new TypeError('a:0@0 is bad'),
        committed: undefined,
        ...(letter === undefined ? {} : { deadLetter: letter }),
      }),
    ]);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('no pager'))],
    ['never ends', () => new Promise<void>(() => {})],
  ])('that %s changes nothing', async (_, onDead) => {
    const world = await startWithDead();
    const policy = { attempts: 1, giveUp: DEAD, onDead, onDeadTimeoutMs: 1000 };

    const handled = beginFailing(world, ['a:0@0'], policy);
    await world.clock.settle(5000);

    expect(valuesIn(world, 'dead')).toEqual(['a:0']);
    expect([handled.isDone, committedOf(world, 0)]).toEqual([false, 5]);
  });

  test('goes to an address as JSON, in time', async () => {
    const posts: Array<{ address: string; json: string; timeoutMs: number }> = [];
    const world = await startWithDead();
    const { OttlaClient } = await import('../../../../src/client/client.ts');
    const webhooks = {
      post: async (address: string, json: string, timeoutMs: number): Promise<void> => {
        posts.push({ address, json, timeoutMs });
      },
    };
    const { bootstrap } = world.cluster;
    const client = new OttlaClient({ ...world.env, webhooks }, { bootstrap });
    const onDead = 'http://127.0.0.1:1/pager';

    beginFailing({ ...world, client }, ['a:0@0'], { attempts: 1, giveUp: 'skip', onDead });
    await world.clock.settle(5000);
    await outcomeAfter(world.clock, 1000, client.close());

    expect(posts.map(({ address, timeoutMs }) => [address, timeoutMs])).toEqual([[onDead, 5000]]);
    expect(JSON.parse(posts[0]?.json ?? '')).toMatchObject({ topic: 't', outcome: 'skipped' });
  });
});
