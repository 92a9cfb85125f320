import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../../src/base/errors.ts';
import type { ClientContext } from '../../../../src/client/context.ts';
import { resolveConsumerOptions } from '../../../../src/client/group/consumer-options.ts';
import type { GroupOffsets, OwnCommit } from '../../../../src/client/group/group-offsets.ts';
import { Holdings } from '../../../../src/client/group/holdings.ts';
import type { PartitionCursor } from '../../../../src/client/reader/partition-cursor.ts';
import type { World } from '../fixture.ts';
import { startWorld } from '../fixture.ts';

const PLACE = { topic: 't', partition: 0 };

/** Holdings of a group that has committed offset 1; commits stay on their way until answered. */
const startHoldings = (world: World, refusals: OttlaError[] = []) => {
  const commits: Array<{ readonly offsets: readonly OwnCommit[]; readonly answer: () => void }> =
    [];
  const cursors: PartitionCursor[] = [];
  const errors: OttlaError[] = [];
  const offsets = {
    fetch: async () => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      return new Map([['t/0', { offset: 1, metadata: '' }]]);
    },
    commit: (own: readonly OwnCommit[]) =>
      new Promise<void>((answer) => commits.push({ offsets: own, answer })),
  };
  const topics = new Map([['t', { topicId: 'one', partitions: [{}] }]]);
  const metadata = { refresh: async () => {}, view: { topics } };
  const holdings = new Holdings({
    context: { ...world.env, metadata } as unknown as ClientContext,
    settings: resolveConsumerOptions({ topics: ['t'], offsetReset: 'earliest' }, 'c'),
    source: { fetch: (cursor) => cursors.push(cursor), remove: () => {}, wake: () => {} },
    offsets: offsets as unknown as GroupOffsets,
    companions: { topic: undefined },
    onError: (error) => errors.push(error),
  });
  return { holdings, commits, cursors, errors };
};

describe('a partition whose beginning is refused', () => {
  test.each(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'INVALID_PARTITIONS'] as const)(
    'with %s, for good, is asked about again: it may be made anew, or taken away',
    async (code) => {
      const world = await startWorld();
      const refusal = new OttlaError(code, 'it is gone', { retriable: false });
      const { holdings, cursors, errors } = startHoldings(world, [refusal]);

      holdings.onAssigned([PLACE], 1);
      await world.clock.settle(5000);

      expect(cursors.map(({ position }) => position)).toEqual([1]);
      expect(errors).toEqual([]);
    },
  );

  test('for another reason, for good, ends the consumer', async () => {
    const world = await startWorld();
    const refusal = new OttlaError('INVALID_GROUP_ID', 'no such group');
    const { holdings, cursors, errors } = startHoldings(world, [refusal]);

    holdings.onAssigned([PLACE], 1);
    await world.clock.settle(5000);

    expect([cursors, errors]).toEqual([[], [refusal]]);
  });
});

describe('a commit that is answered when its partition was lost and given anew', () => {
  test('tells nothing of what is committed now: the same offset is committed again', async () => {
    const world = await startWorld();
    const { holdings, commits, cursors } = startHoldings(world);
    const give = async (): Promise<void> => {
      holdings.onAssigned([PLACE], 1);
      await world.clock.settle(100);
      cursors.at(-1)?.advance(2);
    };
    await give();
    void holdings.commitHandled();
    holdings.onLost([PLACE]);
    await give();

    commits[0]?.answer();
    await world.clock.settle(100);
    void holdings.commitHandled();

    expect(commits.map(({ offsets }) => offsets[0]?.nextOffset)).toEqual([2, 2]);
  });
});
