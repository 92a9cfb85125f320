import { describe, expect, test } from 'vitest';
import { outcomeAfter } from '../fixture.ts';
import type { TextOptions } from '../group/consumer-fixture.ts';
import { committedOf, consumerOf, runConsumer, SESSION_MS } from '../group/consumer-fixture.ts';

import type { Handled } from './run-fixture.ts';
import { begin, Gates, KEYS, metadataOf, never, put, startKeyed } from './run-fixture.ts';

describe('the order of a run', () => {
  test.each([
    ['key', ['a:0@0', 'b:1@0', 'c:4@0']],
    ['partition', ['a:0@0']],
    ['none', ['a:0@0', 'b:1@0', 'a:2@0', 'b:3@0', 'c:4@0']],
  ] as const)(
    'by %s lets those begin at once that may overtake each other',
    async (order, begun) => {
      const world = await startKeyed(1, KEYS);

      const handled = begin(consumerOf(world), never, { order });
      await world.clock.settle(1000);

      expect(handled.begun).toEqual(begun);
    },
  );

  test('by key is none among records without one', async () => {
    const world = await startKeyed(1, ['', '', 'a', '']);

    const handled = begin(consumerOf(world), never);
    await world.clock.settle(1000);

    expect(handled.begun).toHaveLength(4);
  });

  test('is over as many at once as `concurrency` says', async () => {
    const world = await startKeyed(3, ['a', 'b', 'c']);

    const handled = begin(consumerOf(world), never, { concurrency: 5 });
    await world.clock.settle(1000);

    expect(handled.begun).toHaveLength(5);
  });

  test('lets a slow key hold up itself only', async () => {
    const world = await startKeyed(1, ['slow', 'a', 'slow', 'a', 'b', 'a']);
    const consumer = consumerOf(world, { autoCommitIntervalMs: 500 });

    const handled = begin(consumer, (name) => (name.startsWith('slow') ? never() : undefined));
    await world.clock.settle(1000);

    expect(handled.finished).toEqual(['a:1@0', 'b:4@0', 'a:3@0', 'a:5@0']);
    expect([committedOf(world, 0), metadataOf(world)]).toEqual([0, 'done1=BBBD']);
  });
});

describe('what is finished is not repeated', () => {
  const afterClose = async (options: Partial<TextOptions>): Promise<Handled> => {
    const world = await startKeyed(1, KEYS);
    const first = consumerOf(world, options);
    begin(first, (name) => (name === 'a:0@0' ? never() : undefined), { drainTimeoutMs: 1000 });
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 5000, first.close());

    const second = begin(consumerOf(world, options), () => {});
    await world.clock.settle(SESSION_MS * 2);
    return second;
  };

  test('by the next member, which goes on with what is not', async () => {
    const second = await afterClose({});

    expect(second.finished).toEqual(['a:0@0', 'a:2@0']);
  });

  test('by the next member, also where the group began at the end', async () => {
    const world = await startKeyed(2);
    const options = { offsetReset: 'latest' } as const;
    const first = consumerOf(world, options);
    begin(first, (name) => (name.startsWith('a:0') ? never() : undefined), { drainTimeoutMs: 100 });
    await world.clock.settle(1000);
    put(world, KEYS);
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 5000, first.close());

    const consumer = consumerOf(world, options);
    const second = begin(consumer, () => {});
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 1000, consumer.close());

    expect(second.finished).toEqual(['a:0@0', 'a:2@0']);
    expect(metadataOf(world)).toBe('partitions at the start: 2');
  });

  test('by the next run of the same consumer, committed or not', async () => {
    const world = await startKeyed(1, KEYS);
    const consumer = consumerOf(world, { autoCommit: false });
    const stop = new AbortController();
    const isFirst = (name: string): boolean => name === 'a:0@0';
    const first = begin(consumer, (name) => (isFirst(name) ? never() : undefined), {
      signal: stop.signal,
      drainTimeoutMs: 100,
    });
    await world.clock.settle(1000);
    stop.abort();
    await world.clock.settle(1000);

    const second = begin(consumer, () => {});
    await world.clock.settle(1000);

    expect(first.isDone).toBe(true);
    expect(second.finished).toEqual(['a:0@0', 'a:2@0']);
    expect(committedOf(world, 0)).toBeUndefined();
  });

  test('an iteration that knows nothing of it repeats some, and skips none', async () => {
    const world = await startKeyed(1, KEYS);
    const first = consumerOf(world);
    begin(first, (name) => (name === 'b:1@0' ? never() : undefined), { drainTimeoutMs: 100 });
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 5000, first.close());

    const second = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    expect(second.values).toEqual(['b:1', 'a:2', 'b:3', 'c:4']);
  });

  test('a seek back has it handled again', async () => {
    const world = await startKeyed(1, KEYS);
    const consumer = consumerOf(world);
    const handled = begin(consumer, () => {});
    await world.clock.settle(1000);

    consumer.seek(0, 3);
    await world.clock.settle(1000);

    expect(handled.finished.slice(5)).toEqual(['b:3@0', 'c:4@0']);
  });
});

describe('a rebalance', () => {
  test('takes a partition when its handlers are done, and what they did is not repeated', async () => {
    const world = await startKeyed(2, KEYS);
    const gates = new Gates();
    const first = begin(consumerOf(world), gates.pass, { concurrency: 100 });
    await world.clock.settle(1000);
    expect(first.begun).toHaveLength(6);

    const second = begin(consumerOf(world), () => {});
    await world.clock.settle(5000);
    expect(second.begun).toEqual([]);
    gates.open(...first.begun);
    await world.clock.settle(5000);

    const given = second.begun[0]?.endsWith('@1') ? 1 : 0;
    expect(second.finished).toEqual([`a:2@${given}`, `b:3@${given}`]);
    expect(first.finished).toHaveLength(6);
  });

  test('waits for a handler no longer than `drainTimeoutMs`, and tells it', async () => {
    const world = await startKeyed(2, KEYS);
    const first = begin(consumerOf(world), never, { drainTimeoutMs: 3000 });
    await world.clock.settle(1000);

    const second = begin(consumerOf(world), never);
    await world.clock.settle(2500);
    expect(second.begun).toEqual([]);
    await world.clock.settle(5000);

    expect(second.begun).toHaveLength(3);
    for (const name of first.begun) {
      expect(first.contexts.get(name)?.signal.aborted).toBe(second.begun.includes(name));
    }
  });

  test.each(Array.from({ length: 30 }, (_, at) => at * 100))(
    'repeats nothing that finished where a member leaves %i ms after another has come',
    async (delayMs) => {
      const world = await startKeyed(2, KEYS, KEYS, KEYS);
      const pace = (): Promise<void> => world.sleep(250);
      const consumer = consumerOf(world);
      const first = begin(consumer, pace);
      await world.clock.settle(1000);
      const second = begin(consumerOf(world), pace);
      await world.clock.settle(delayMs);

      const closed = await outcomeAfter(world.clock, 10_000, consumer.close());

      const finished = [...first.finished, ...second.finished];
      expect([finished.length, new Set(finished).size]).toEqual([30, 30]);
      expect(closed.isPending).toBe(false);
    },
  );

  test('does not take a member for dead whose handlers are slow', async () => {
    const world = await startKeyed(1, KEYS);
    const slow = begin(consumerOf(world, { maxPollIntervalMs: 20_000 }), never, {
      drainTimeoutMs: 0,
    });

    await world.clock.settle(SESSION_MS * 20);

    expect(slow.begun).toHaveLength(3);
    expect([...slow.contexts.values()].some(({ signal }) => signal.aborted)).toBe(false);
  });

  test('tells handlers whose consumer was closed at once, and counts nothing they do', async () => {
    const world = await startKeyed(1, ['a']);
    const gates = new Gates();
    const consumer = consumerOf(world, { autoCommitIntervalMs: 500 });
    const handled = begin(consumer, gates.pass);
    await world.clock.settle(1000);
    const context = handled.contexts.get('a:0@0');

    await outcomeAfter(world.clock, 1000, consumer.close({ signal: AbortSignal.abort() }));
    gates.open('a:0@0');
    await world.clock.settle(1000);

    expect(context?.signal.aborted).toBe(true);
    expect([handled.isDone, committedOf(world, 0)]).toEqual([true, 0]);
  });
});

describe('a run', () => {
  test('commits without telling what is finished above where brokers allow it less room', async () => {
    const world = await startKeyed(1, Array(6000).fill(''));
    const consumer = consumerOf(world, { autoCommitIntervalMs: 500 });
    const isStuck = (name: string): boolean => name !== ':0@0' && Number(name.slice(1, -2)) % 2 > 0;
    begin(consumer, (name) => (isStuck(name) ? never() : undefined), {
      concurrency: 6000,
      maxMetadataBytes: 60_000,
    });

    await world.clock.settle(2000);

    expect([committedOf(world, 0), metadataOf(world)]).toEqual([1, '']);
  });

  test('takes in no more than may be queued, and goes on as records are finished', async () => {
    const world = await startKeyed(1, ...Array(20).fill(['a', 'a']));
    const gates = new Gates();
    const consumer = consumerOf(world);
    const handled = begin(consumer, gates.pass, { maxQueuedRecords: 4 });
    await world.clock.settle(1000);
    expect(consumer.position(0)).toBe(4);

    for (let count = 0; count < 40; count += 1) {
      gates.open(`a:${count}@0`);
      await world.clock.settle(10);
    }

    expect(handled.finished).toHaveLength(40);
  });

  test('begins nothing of what is paused, until it is resumed', async () => {
    const world = await startKeyed(1, KEYS);
    const gates = new Gates();
    const consumer = consumerOf(world);
    const handled = begin(consumer, gates.pass);
    await world.clock.settle(1000);

    consumer.pause();
    gates.open('a:0@0');
    await world.clock.settle(1000);
    expect(handled.begun).toHaveLength(3);
    consumer.resume();
    await world.clock.settle(1000);

    expect(handled.begun).toEqual(['a:0@0', 'b:1@0', 'c:4@0', 'a:2@0']);
  });

  test('is one iteration at a time', async () => {
    const world = await startKeyed(1, KEYS);
    const consumer = consumerOf(world);
    begin(consumer, never);

    const second = begin(consumer, never);
    const iteration = runConsumer(consumer);
    await world.clock.settle(1000);

    expect(second.error).toMatchObject({ code: 'CONFIG' });
    expect(iteration.error).toMatchObject({ code: 'CONFIG' });
  });

  test('can be committed by hand, what is in hand not included', async () => {
    const world = await startKeyed(1, KEYS);
    const consumer = consumerOf(world, { autoCommit: false });
    begin(consumer, (name) => (name === 'b:1@0' ? never() : undefined));
    await world.clock.settle(1000);

    await outcomeAfter(world.clock, 1000, consumer.commit());

    expect([committedOf(world, 0), metadataOf(world)]).toEqual([1, 'done1=BBBB']);
  });

  test('ends at a record that cannot be decoded, with all before it finished', async () => {
    const world = await startKeyed(1, KEYS);
    const value = {
      name: 'picky',
      deserialize: (bytes: Uint8Array): string => {
        const text = Buffer.from(bytes).toString();
        if (text === 'b:3') throw new Error('not this one');
        return text;
      },
    };
    const consumer = consumerOf(world, {
      deserializers: { key: { ...value, deserialize: String }, value },
    });
    const handled = begin(consumer, () => {});
    await world.clock.settle(1000);

    expect(handled.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(handled.finished).toEqual(['a:0@0', 'b:1@0', 'a:2@0']);
    expect(committedOf(world, 0)).toBe(3);
  });

  test.each([
    [{ order: 'keys' }, /^run option order=keys is none of key, partition, none$/],
    [{ concurrency: 0 }, /^run option concurrency=0 /],
    [{ concurency: 5 }, /^unknown run option: concurency, did you mean concurrency\?$/],
    [{ handler: undefined }, /^run option handler is no function$/],
    [{ retryBackoff: { first: 1 } }, /^unknown key of retryBackoff: first/],
    [{ drainTimeoutMs: 300_001 }, /above the consumer's maxPollIntervalMs=300000/],
    [{ maxMetadataBytes: 10 }, /^run option maxMetadataBytes=10 /],
  ])('refuses %o by name', async (options, message) => {
    const world = await startKeyed(1);

    const running = consumerOf(world).run({ handler: () => {}, ...(options as object) });

    await expect(running).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(running).rejects.toThrow(message);
  });
});
