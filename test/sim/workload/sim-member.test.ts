import { expect, it } from 'vitest';
import type { ConsumerOptions } from '../../../src/client/group/consumer-options.ts';
import type { ReaderBatch } from '../../../src/client/reader/record-source.ts';
import { History } from '../../chaos/checker/history.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { WorkloadContext } from './context.ts';
import type { SimMemberOptions } from './sim-member.ts';
import { SimMember } from './sim-member.ts';

const batchAt = (offset: number): ReaderBatch =>
  ({
    topic: 't',
    partition: 0,
    records: [{ offset, value: Buffer.from(`v${offset}|`) }],
    nextOffset: offset + 1,
  }) as unknown as ReaderBatch;

/** A member that takes 10 ms for each batch, and the consumer that it believes to have. */
const memberAt = (clock: ManualClock, batches: readonly ReaderBatch[]) => {
  const history = new History();
  let listener: ConsumerOptions['listener'];
  const consumer = {
    batches: async function* () {
      yield* batches;
    },
  };
  const context = {
    world: { nowMs: 0, observer: { mark: () => {} } },
    history,
    topics: [{ name: 't', label: 't', keeps: 'all', isKept: true, partitionCount: 1 }],
  };
  const options = {
    client: {
      clock,
      sdk: {
        consumer: (given: ConsumerOptions) => {
          listener = given.listener;
          return consumer;
        },
      },
    },
    process: 'g0m0.1',
    // It is slow each time.
    random: { chance: () => true, below: () => 10 },
    group: { groupId: 'g0', topics: ['t'], assignors: ['range'], commits: 'automatic' },
    member: { name: 'g0m0', isStatic: false, joinsAtMs: 0 },
  };
  const member = new SimMember(
    context as unknown as WorkloadContext,
    options as unknown as SimMemberOptions,
  );
  return { member, history, tell: () => listener };
};

const AT = [{ topic: 't', partition: 0 }];

it('counts for a partition that it lost and got again only what it was given since', async () => {
  const clock = new ManualClock();
  const { member, history, tell } = memberAt(clock, [batchAt(7), batchAt(5)]);
  await tell()?.onAssigned?.(AT, 1);
  member.start();
  await clock.settle(5);

  // While record 7 is in hand.
  await tell()?.onLost?.(AT);
  await tell()?.onAssigned?.(AT, 2);
  await clock.settle(20);

  const polls = history.operations.filter((operation) => operation.f === 'poll');
  expect(polls.map(({ type, polled }) => [type, polled[0]?.records[0]?.[0]])).toEqual([
    ['info', 7],
    ['ok', 5],
  ]);
});
