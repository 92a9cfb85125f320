import { describe, expect, test } from 'vitest';
import type { DeadReport } from '../../../../src/client/failure/failure-policy.ts';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import { KeyValueParkStore } from '../../../../src/client/parking/key-value-park-store.ts';
import type { DrainOptions } from '../../../../src/client/parking/park-worker.ts';
import { string } from '../../../../src/client/serde/serde.ts';
import { MemoryStores } from '../../../support/memory-store.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, valuesIn } from '../fixture.ts';
import { committedOf, consumerOf } from '../group/consumer-fixture.ts';
import { startKeyed } from '../handling/run-fixture.ts';

type TextDrain = DrainOptions<string, string>;

const startParked = async (): Promise<{ world: World; store: KeyValueParkStore }> => {
  const world = await startKeyed(1, ['a', 'b', 'c']);
  world.cluster.createTopic('dead', { partitions: 1 });
  const store = new KeyValueParkStore(await new MemoryStores().open('/p'));
  void consumerOf(world, { autoCommitIntervalMs: 500 }).eachBatch({
    handler: (batch) => {
      const [, second] = batch.records;
      if (second !== undefined) batch.retry(second, new Error('once'));
    },
    onFailure: { partial: { park: store }, attempts: 3 },
    retryBackoff: { firstMs: 1000, maxMs: 1000 },
  });
  await world.clock.settle(400);
  return { world, store };
};

const drain = (
  world: World,
  options: Pick<TextDrain, 'store' | 'handler'> & Partial<TextDrain>,
): { error: unknown; isDone: boolean; readonly stop: AbortController } => {
  const stop = new AbortController();
  const drained = { error: undefined as unknown, isDone: false, stop };
  world.client
    .drainParked<string, string>({
      signal: stop.signal,
      pollIntervalMs: 100,
      retryBackoff: { firstMs: 100, maxMs: 100 },
      deserializers: { key: string, value: string },
      ...options,
    })
    .catch((error: unknown) => {
      drained.error = error;
    })
    .finally(() => {
      drained.isDone = true;
    });
  return drained;
};

describe('records parked in a store', () => {
  test('are handled as they were, when they are due, with their attempts counted on', async () => {
    const { world, store } = await startParked();
    const handled: unknown[] = [];

    const drained = drain(world, {
      store,
      handler: ({ topic, partition, offset, key, value }, { attempt }) => {
        handled.push([topic, partition, offset, key, value, attempt]);
      },
    });
    await world.clock.settle(50);
    expect(handled).toEqual([]);
    await world.clock.settle(5000);
    drained.stop.abort();
    await world.clock.settle(100);

    expect(handled).toEqual([['t', 0, 1, 'b', 'b:1', 2]]);
    expect(committedOf(world, 0)).toBe(3);
    expect([drained.isDone, drained.error]).toEqual([true, undefined]);
    expect(await store.due(1e15, 10)).toEqual([]);
  });

  test('that go on failing go the way of the policy, with the alarm', async () => {
    const { world, store } = await startParked();
    const reports: DeadReport[] = [];

    drain(world, {
      store,
      handler: () => Promise.reject(new Error('still')),
      onFailure: {
        attempts: 4,
        giveUp: { deadLetter: { topic: 'dead' } },
        onDead: (report) => void reports.push(report),
      },
    });
    await world.clock.settle(10_000);

    const [letter] = world.cluster.partition('dead').records;
    expect(valuesIn(world, 'dead')).toEqual(['b:1']);
    expect(splitTrail(letter?.headers ?? [])?.trail).toMatchObject({ offset: 1, attempts: 4 });
    expect(reports).toMatchObject([{ topic: 't', offset: 1, outcome: 'deadLettered' }]);
    expect(await store.due(1e15, 10)).toEqual([]);
  });

  test('stay in the store where the policy is to stop', async () => {
    const { world, store } = await startParked();

    const drained = drain(world, {
      store,
      handler: () => Promise.reject(new Error('still')),
      onFailure: { attempts: 2 },
    });
    await world.clock.settle(10_000);

    expect(drained.error).toEqual(new Error('still'));
    expect(await store.due(1e15, 10)).toMatchObject([{ offset: 1, attempts: 2 }]);
  });

  test('are left alone when their client closes, after the handlers under way', async () => {
    const { world, store } = await startParked();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const drained = drain(world, { store, handler: () => gate });
    await world.clock.settle(5000);

    const closing = world.client.close();
    await world.clock.settle(1000);
    expect(drained.isDone).toBe(false);
    open();
    await outcomeAfter(world.clock, 1000, closing);

    expect([drained.isDone, drained.error]).toEqual([true, undefined]);
    expect(await store.due(1e15, 10)).toEqual([]);
  });

  test('stay as they are where their handler throws because it is to end', async () => {
    const { world, store } = await startParked();
    const drained = drain(world, {
      store,
      handler: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      onFailure: { attempts: 2, giveUp: 'skip' },
    });
    await world.clock.settle(5000);

    drained.stop.abort();
    await world.clock.settle(1000);

    expect([drained.isDone, drained.error]).toEqual([true, undefined]);
    expect(await store.due(1e15, 10)).toMatchObject([{ offset: 1, attempts: 1 }]);
  });

  test('that another client cannot decode count as failed', async () => {
    const { world, store } = await startParked();
    const value = {
      name: 'picky',
      deserialize: (): string => {
        throw new Error('not this one');
      },
    };

    const drained = drain(world, {
      store,
      handler: () => {},
      deserializers: { key: string, value },
      onFailure: { attempts: 2, giveUp: 'skip' },
    });
    await world.clock.settle(10_000);

    expect(drained.error).toBeUndefined();
    expect(await store.due(1e15, 10)).toEqual([]);
  });
});
