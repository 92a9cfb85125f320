import { describe, expect, test } from 'vitest';
import type { HandlerContext } from '../../../../src/client/handling/run-options.ts';
import { committedOf, consumerOf } from '../group/consumer-fixture.ts';
import { begin, Gates, KEYS, metadataOf, startKeyed } from './run-fixture.ts';

describe('a handler that throws', () => {
  const failing =
    (bad: string, times: number) =>
    (name: string, { attempt }: HandlerContext): void => {
      if (name === bad && attempt <= times) throw new Error(`attempt ${attempt}`);
    };

  test('ends the run with its error, after the others were waited for', async () => {
    const world = await startKeyed(1, KEYS);
    const gates = new Gates();
    const handled = begin(consumerOf(world), async (name) => {
      if (name === 'b:1@0') throw new Error('no luck');
      await gates.pass(name);
    });
    await world.clock.settle(1000);
    expect(handled.isDone).toBe(false);

    gates.open('a:0@0', 'c:4@0');
    await world.clock.settle(1000);

    expect(handled.error).toEqual(new Error('no luck'));
    expect(handled.finished).toEqual(['a:0@0', 'c:4@0']);
    expect([committedOf(world, 0), metadataOf(world)]).toEqual([1, 'done1=DB']);
  });

  test('is called again where it is to be retried, before what follows in its order', async () => {
    const world = await startKeyed(1, KEYS);

    const handled = begin(consumerOf(world), failing('a:0@0', 3), {
      onFailure: () => 'retry',
      retryBackoff: { firstMs: 1000, maxMs: 4000 },
    });
    await world.clock.settle(500);
    expect(handled.finished).toEqual(['b:1@0', 'c:4@0', 'b:3@0']);
    await world.clock.settle(10_000);

    expect(handled.finished.slice(3)).toEqual(['a:0@0', 'a:2@0']);
    expect(handled.begun.filter((name) => name === 'a:0@0')).toHaveLength(4);
  });

  test('counts as finished where it is to be skipped, after the attempts of the user', async () => {
    const world = await startKeyed(1, KEYS);
    const attempts: number[] = [];

    const handled = begin(consumerOf(world, { autoCommitIntervalMs: 500 }), failing('a:0@0', 9), {
      onFailure: async ({ attempt }) => {
        attempts.push(attempt);
        return attempt < 3 ? 'retry' : 'skip';
      },
    });
    await world.clock.settle(5000);

    expect(attempts).toEqual([1, 2, 3]);
    expect(handled.finished).toContain('a:2@0');
    expect(committedOf(world, 0)).toBe(5);
  });

  test('ends the run with what `onFailure` throws', async () => {
    const world = await startKeyed(1, KEYS);

    const handled = begin(consumerOf(world), failing('a:0@0', 9), {
      onFailure: () => {
        throw new Error('worse');
      },
    });
    await world.clock.settle(1000);

    expect(handled.error).toEqual(new Error('worse'));
  });

  test('ends the run where `onFailure` says what is none of its words', async () => {
    const world = await startKeyed(1, KEYS);

    const handled = begin(consumerOf(world), failing('a:0@0', 9), {
      onFailure: () => 'dead' as 'skip',
    });
    await world.clock.settle(1000);

    expect(handled.error).toMatchObject({ code: 'CONFIG' });
  });

  test.each(['skip', 'stop'] as const)(
    'because its signal fired is no failure: the next run handles it again, and none is given up by %s',
    async (giveUp) => {
      const world = await startKeyed(1, ['a']);
      const consumer = consumerOf(world, { autoCommitIntervalMs: 500 });
      const obedient = (_: string, { signal }: HandlerContext): Promise<void> =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      const stop = new AbortController();
      const handled = begin(consumer, obedient, {
        drainTimeoutMs: 100,
        onFailure: { attempts: 1, giveUp },
        signal: stop.signal,
      });
      await world.clock.settle(1000);

      stop.abort();
      await world.clock.settle(1000);
      const next = begin(consumer, () => {});
      await world.clock.settle(10_000);

      expect([handled.isDone, handled.error]).toEqual([true, undefined]);
      expect(next.finished).toEqual(['a:0@0']);
    },
  );
});
