import { describe, expect, test } from 'vitest';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import type {
  BatchFailurePolicy,
  BatchOptions,
} from '../../../../src/client/handling/batch-options.ts';
import type { RecordBatch } from '../../../../src/client/handling/marked-batch.ts';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, valuesIn } from '../fixture.ts';
import type { TextConsumer, TextOptions } from '../group/consumer-fixture.ts';
import { committedOf, consumerOf } from '../group/consumer-fixture.ts';
import { begin, Gates, metadataOf, never, put, startKeyed } from './run-fixture.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const DEAD = { deadLetter: { topic: 'dead' } } as const;

interface Batches {
  /** Values of each batch that was handed out. */
  readonly begun: string[];
  readonly attempts: number[];
  error: unknown;
  isDone: boolean;
}

type TextBatch = RecordBatch<string, string>;

const beginBatches = (
  consumer: TextConsumer,
  work: (batch: TextBatch) => Promise<void> | void,
  options: Partial<BatchOptions<string, string>> = {},
): Batches => {
  const batches: Batches = { begun: [], attempts: [], error: undefined, isDone: false };
  const running = consumer.eachBatch({
    handler: (batch, { attempt }) => {
      batches.begun.push(batch.records.map(({ value }) => value).join(' '));
      batches.attempts.push(attempt);
      return work(batch);
    },
    retryBackoff: { firstMs: 100, maxMs: 400 },
    ...options,
  });
  running
    .catch((error: unknown) => {
      batches.error = error;
    })
    .finally(() => {
      batches.isDone = true;
    });
  return batches;
};

/** Says of those with these values that they are to be retried, of others that they are done. */
const failingAt =
  (...bad: readonly string[]) =>
  (batch: TextBatch): void => {
    for (const record of batch.records) {
      if (bad.includes(record.value ?? ''))
        batch.retry(record, new Error(`${record.value} is bad`));
      else batch.done(record);
    }
  };

const startWith = async (keys: readonly string[] = KEYS): Promise<World> => {
  const world = await startKeyed(1, keys);
  for (const name of ['dead', 'parked']) world.cluster.createTopic(name, { partitions: 1 });
  return world;
};

const quick = (world: World, options: Partial<TextOptions> = {}): TextConsumer =>
  consumerOf(world, { autoCommitIntervalMs: 500, ...options });

describe('a batch', () => {
  test('has as many records as there may be, or as came in time', async () => {
    const world = await startWith(KEYS.slice(0, 5));

    const batches = beginBatches(quick(world), () => {}, { maxRecords: 2, maxWaitMs: 1000 });
    await world.clock.settle(500);
    expect(batches.begun).toEqual(['a:0 b:1', 'c:2 d:3']);
    await world.clock.settle(1500);

    expect(batches.begun[2]).toBe('e:4');
    expect(committedOf(world, 0)).toBe(5);
  });

  test('has as many bytes as there may be, a larger record by itself', async () => {
    const world = await startWith(['a', 'b', 'long'.repeat(20), 'c']);

    const batches = beginBatches(quick(world), () => {}, { maxBytes: 8, maxWaitMs: 0 });
    await world.clock.settle(1000);

    expect(batches.begun.map((text) => text.split(' ').length)).toEqual([2, 1, 1]);
  });

  test('is of one partition, and one of it at a time', async () => {
    const world = await startKeyed(2, ['a', 'b'], ['c', 'd']);

    const batches = beginBatches(quick(world), never, { maxRecords: 3, maxWaitMs: 100 });
    await world.clock.settle(5000);

    expect(batches.begun).toHaveLength(2);
    expect(batches.begun.every((text) => text.split(' ').length === 3)).toBe(true);
  });

  test('takes no more handlers at once than `concurrency` says', async () => {
    const world = await startKeyed(3, ['a']);

    const batches = beginBatches(quick(world), never, { concurrency: 2 });
    await world.clock.settle(1000);

    expect(batches.begun).toHaveLength(2);
  });

  test('is given out at once where no more may be taken in', async () => {
    const world = await startWith();

    const options = { maxRecords: 500, maxQueuedRecords: 4, maxWaitMs: 60_000 };
    const batches = beginBatches(quick(world), () => {}, options);
    await world.clock.settle(1000);

    expect(batches.begun.length).toBeGreaterThan(0);
  });

  test('leaves out what a run before it has finished', async () => {
    const world = await startWith();
    const first = quick(world);
    begin(first, (name) => (name === 'b:1@0' ? never() : undefined), { drainTimeoutMs: 100 });
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 5000, first.close());

    const batches = beginBatches(quick(world), () => {});
    await world.clock.settle(1000);

    expect(batches.begun).toEqual(['b:1']);
    expect([committedOf(world, 0), metadataOf(world)]).toEqual([6, '']);
  });

  test('that is with its handler when the consumer closes is waited for', async () => {
    const world = await startWith();
    const gates = new Gates();
    const consumer = quick(world);
    const batches = beginBatches(consumer, () => gates.pass('all'));
    await world.clock.settle(1000);

    const closing = consumer.close();
    await world.clock.settle(1000);
    gates.open('all');
    const closed = await outcomeAfter(world.clock, 1000, closing);

    expect([closed.isPending, batches.isDone, committedOf(world, 0)]).toEqual([false, true, 6]);
  });

  test('is not waited for in a pause before its retry, and what of it counts is committed', async () => {
    const world = await startWith();
    const consumer = quick(world);
    const batches = beginBatches(consumer, failingAt('c:2'), {
      retryBackoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    await world.clock.settle(1000);

    const closed = await outcomeAfter(world.clock, 1000, consumer.close());

    expect([closed.isPending, batches.isDone, committedOf(world, 0)]).toEqual([false, true, 2]);
  });

  test('refuses a mark for a record of another one', async () => {
    const world = await startWith();
    const strange = { offset: 0 } as ReaderRecord<string, string>;

    const batches = beginBatches(quick(world), (batch) => batch.done(strange), {
      onFailure: { attempts: 1 },
    });
    await world.clock.settle(1000);

    expect(batches.error).toMatchObject({ code: 'CONFIG' });
  });

  test.each([
    [{ maxRecords: 0 }, /^eachBatch option maxRecords=0 /],
    [{ maxRecord: 1 }, /^unknown eachBatch option: maxRecord, did you mean maxRecords\?$/],
    [{ onFailure: { partial: 'some' } }, /^onFailure.partial=some is none of prefix, whole, /],
    [{ onFailure: { partial: { park: {} } } }, /^onFailure.partial.park names no topic/],
    [{ onFailure: { partial: { park: { topic: 't' } } } }, /names t, which this consumer reads/],
  ])('refuses %o by name', async (options, message) => {
    const world = await startWith();

    const running = quick(world).eachBatch({ handler: () => {}, ...(options as object) });

    await expect(running).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(running).rejects.toThrow(message);
  });
});

describe('a batch that failed in part', () => {
  test('by prefix goes on at the first that failed, until its attempts are used up', async () => {
    const world = await startWith();
    const onFailure: BatchFailurePolicy = { attempts: 2, giveUp: DEAD };

    const batches = beginBatches(quick(world), failingAt('c:2'), { onFailure });
    await world.clock.settle(5000);

    expect(batches.begun).toEqual(['a:0 b:1 c:2 d:3 e:4 f:5', 'c:2 d:3 e:4 f:5']);
    expect(batches.attempts).toEqual([1, 2]);
    expect([valuesIn(world, 'dead'), committedOf(world, 0)]).toEqual([['c:2'], 6]);
  });

  test('by prefix counts the failures of each record for itself', async () => {
    const world = await startWith();
    const onFailure: BatchFailurePolicy = { attempts: 2, giveUp: DEAD };
    const times = new Map<string, number>();

    const batches = beginBatches(
      quick(world),
      (batch) => {
        const [first] = batch.records;
        for (const record of batch.records) {
          const value = record.value ?? '';
          // Those behind the first that fails are not even tried.
          if (record !== first) break;
          times.set(value, (times.get(value) ?? 0) + 1);
          if (value === 'a:0' || value === 'b:1') throw new Error('bad');
          batch.done(record);
        }
      },
      { onFailure, maxRecords: 2 },
    );
    await world.clock.settle(5000);

    expect(times.get('a:0')).toBe(2);
    expect(batches.error).toBeUndefined();
    expect(valuesIn(world, 'dead')).toEqual(['a:0', 'b:1']);
  });

  test('as a whole is handed out whole again, and nothing of it counts meanwhile', async () => {
    const world = await startWith();
    const onFailure: BatchFailurePolicy = { partial: 'whole', attempts: 3 };

    const batches = beginBatches(quick(world), failingAt('c:2'), { onFailure });
    await world.clock.settle(5000);

    expect(batches.begun).toEqual(Array(3).fill('a:0 b:1 c:2 d:3 e:4 f:5'));
    expect(batches.error).toEqual(new Error('c:2 is bad'));
    expect(committedOf(world, 0)).toBe(0);
  });

  test('as a whole counts when its failures are put aside at the limit', async () => {
    const world = await startWith();
    const onFailure: BatchFailurePolicy = { partial: 'whole', attempts: 2, giveUp: DEAD };

    beginBatches(quick(world), failingAt('c:2', 'e:4'), { onFailure });
    await world.clock.settle(5000);

    expect(valuesIn(world, 'dead')).toEqual(['c:2', 'e:4']);
    expect(committedOf(world, 0)).toBe(6);
  });

  test('parks what failed in a topic, goes on, and the worker counts the attempts on', async () => {
    const world = await startWith();
    const park = { topic: 'parked' };
    const attempts: number[] = [];

    beginBatches(quick(world), failingAt('c:2'), {
      onFailure: { partial: { park }, attempts: 3 },
    });
    const worker = consumerOf(world, { topics: ['parked'], groupId: 'w' });
    const seen: unknown[] = [];
    void worker.runParked({
      handler: (record, { attempt }) => {
        attempts.push(attempt);
        seen.push([record.topic, record.partition, record.offset, record.headers]);
        throw new Error('still bad');
      },
      onFailure: { attempts: 3, giveUp: DEAD },
    });
    await world.clock.settle(10_000);

    expect([valuesIn(world, 'parked'), committedOf(world, 0)]).toEqual([['c:2'], 6]);
    expect(attempts).toEqual([2, 3]);
    expect(seen[0]).toEqual(['t', 0, 2, []]);
    const [letter] = world.cluster.partition('dead').records;
    const { headers, trail } = splitTrail(letter?.headers ?? []) ?? {};
    expect(headers).toEqual([]);
    expect(trail).toMatchObject({ topic: 't', offset: 2, attempts: 3, errorMessage: 'still bad' });
  });

  test('finishes nothing that could not be parked', async () => {
    const world = await startWith();
    const problem = new Error('no room');
    const park = {
      put: () => Promise.reject(problem),
      due: () => Promise.resolve([]),
      remove: () => Promise.resolve(),
    };

    const batches = beginBatches(quick(world), failingAt('a:0'), {
      onFailure: { partial: { park } },
    });
    await world.clock.settle(5000);

    expect(batches.error).toBe(problem);
    expect([committedOf(world, 0), metadataOf(world)]).toEqual([0, 'done1=BF']);
  });

  test.each(['prefix', 'whole'] as const)(
    'by %s puts those that are dead aside without another attempt',
    async (partial) => {
      const world = await startWith();
      const onFailure: BatchFailurePolicy = { partial, giveUp: DEAD };

      const batches = beginBatches(
        quick(world),
        (batch) => {
          const [, second] = batch.records;
          if (second !== undefined) batch.dead(second, new Error('never'));
        },
        { onFailure },
      );
      await world.clock.settle(5000);

      expect(batches.begun).toHaveLength(1);
      expect([valuesIn(world, 'dead'), committedOf(world, 0)]).toEqual([['b:1'], 6]);
    },
  );

  test('of which the handler threw, fails with those that were not said to be done', async () => {
    const world = await startWith();

    const batches = beginBatches(
      quick(world),
      (batch) => {
        const [first] = batch.records;
        if (first?.value !== 'a:0') return;
        batch.done(first);
        throw new Error('power');
      },
      {},
    );
    await world.clock.settle(5000);

    expect(batches.begun[1]).toBe('b:1 c:2 d:3 e:4 f:5');
    expect(committedOf(world, 0)).toBe(6);
  });
});

test.each(['skip', 'stop'] as const)(
  'a batch whose handler throws because its signal fired is not given up by %s',
  async (giveUp) => {
    const world = await startWith(['a', 'b']);
    const consumer = quick(world);
    const stop = new AbortController();
    const batches = beginBatches(consumer, () => {}, {
      handler: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      drainTimeoutMs: 100,
      onFailure: { attempts: 1, giveUp },
      signal: stop.signal,
    });
    await world.clock.settle(1000);

    stop.abort();
    await world.clock.settle(1000);
    const next = beginBatches(consumer, () => {});
    await world.clock.settle(10_000);

    expect([batches.isDone, batches.error]).toEqual([true, undefined]);
    expect(next.begun).toEqual(['a:0 b:1']);
  },
);

describe('records behind a batch', () => {
  test('wait for it, and come in the next one', async () => {
    const world = await startWith(['a']);
    const gates = new Gates();
    const batches = beginBatches(quick(world), () => gates.pass('x'), { maxWaitMs: 100 });
    await world.clock.settle(1000);
    put(world, ['b', 'c']);
    await world.clock.settle(1000);
    expect(batches.begun).toEqual(['a:0']);

    gates.open('x');
    await world.clock.settle(1000);

    expect(batches.begun).toEqual(['a:0', 'b:1 c:2']);
  });
});
