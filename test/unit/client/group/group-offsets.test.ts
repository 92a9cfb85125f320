import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { errorNumber, OttlaError } from '../../../../src/base/errors.ts';
import type { ClientContext } from '../../../../src/client/context.ts';
import type { CoordinatorCalls } from '../../../../src/client/group/coordinator-calls.ts';
import type { OwnCommit } from '../../../../src/client/group/group-offsets.ts';
import { GroupOffsets } from '../../../../src/client/group/group-offsets.ts';
import type { CommitOffsetsRequest } from '../../../../src/gen/ottla.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

interface Asked {
  readonly offsets: readonly number[];
  answer(code: ErrorCode): void;
  fail(error: OttlaError): void;
}

/** A member's view of its offsets; the coordinator is the test. */
const startOffsets = () => {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const member = { identity: { memberId: 'm1', generation: 1 }, isRebalancing: false };
  const calls = {
    groupId: 'g',
    call: (_: unknown, { request }: { request: CommitOffsetsRequest }) =>
      new Promise((resolve, reject) => {
        const { offsets } = request;
        asked.push({
          offsets: offsets.map(({ offset }) => offset),
          answer: (code) => resolve({ errorCodes: offsets.map(() => errorNumber(code)) }),
          fail: reject,
        });
      }),
  } as unknown as CoordinatorCalls;
  const context = {
    clock,
    random: new SeededRandom(1),
    requestTimeoutMs: 30_000,
  } as unknown as ClientContext;
  const offsets = new GroupOffsets({ context, calls, instanceId: undefined, member });
  return { clock, asked, member, offsets };
};

const commitOf = (nextOffset: number, isMine = (): boolean => true): OwnCommit => ({
  topic: 't',
  partition: 0,
  nextOffset,
  isMine,
});

const codeOf = (work: Promise<void>): { code: string | undefined } => {
  const outcome: { code: string | undefined } = { code: undefined };
  work.then(
    () => Object.assign(outcome, { code: 'NONE' }),
    ({ code }: OttlaError) => Object.assign(outcome, { code }),
  );
  return outcome;
};

describe('a commit', () => {
  test('of a partition that went to another member is not asked for', async () => {
    const { clock, asked, offsets } = startOffsets();

    const outcome = codeOf(offsets.commit([commitOf(1), commitOf(5, () => false)]));
    await clock.settle(1000);

    expect(outcome.code).toBe('ILLEGAL_GENERATION');
    expect(asked).toEqual([]);
  });

  test('that met a rebalance is asked for again in the next generation', async () => {
    const { clock, asked, member, offsets } = startOffsets();
    const outcome = codeOf(offsets.commit([commitOf(5)]));
    await clock.settle(0);

    member.isRebalancing = true;
    asked[0]?.answer('REBALANCE_IN_PROGRESS');
    await clock.settle(1000);
    asked[1]?.answer('NONE');
    await clock.settle(0);

    expect(outcome.code).toBe('NONE');
    expect(asked.map((each) => each.offsets)).toEqual([[5], [5]]);
  });

  test('that met the end of a rebalance is asked for again', async () => {
    const { clock, asked, member, offsets } = startOffsets();
    member.isRebalancing = true;
    const outcome = codeOf(offsets.commit([commitOf(5)]));
    await clock.settle(0);

    member.isRebalancing = false;
    asked[0]?.answer('REBALANCE_IN_PROGRESS');
    await clock.settle(1000);
    asked[1]?.answer('NONE');
    await clock.settle(0);

    expect(outcome.code).toBe('NONE');
  });

  test('that met a rebalance in which its partition went is not asked for again', async () => {
    const { clock, asked, member, offsets } = startOffsets();
    let isMine = true;
    const outcome = codeOf(offsets.commit([commitOf(5, () => isMine)]));
    await clock.settle(0);

    member.isRebalancing = true;
    asked[0]?.answer('REBALANCE_IN_PROGRESS');
    isMine = false;
    await clock.settle(1000);

    expect(outcome.code).toBe('ILLEGAL_GENERATION');
    expect(asked).toHaveLength(1);
  });

  test('goes on its way when the one before it was answered', async () => {
    const { clock, asked, offsets } = startOffsets();
    const outcomes = [5, 6].map((nextOffset) => codeOf(offsets.commit([commitOf(nextOffset)])));
    await clock.settle(1000);
    const before = asked.map((each) => each.offsets);

    asked[0]?.answer('NONE');
    await clock.settle(0);
    asked[1]?.answer('NONE');
    await clock.settle(0);

    expect(before).toEqual([[5]]);
    expect(asked.map((each) => each.offsets)).toEqual([[5], [6]]);
    expect(outcomes.map(({ code }) => code)).toEqual(['NONE', 'NONE']);
  });

  test('goes on its way though the one before it failed', async () => {
    const { clock, asked, offsets } = startOffsets();
    const outcomes = [5, 6].map((nextOffset) => codeOf(offsets.commit([commitOf(nextOffset)])));
    await clock.settle(0);

    asked[0]?.fail(new OttlaError('NETWORK_EXCEPTION', 'no luck'));
    await clock.settle(0);
    asked[1]?.answer('NONE');
    await clock.settle(0);

    expect(outcomes.map(({ code }) => code)).toEqual(['NETWORK_EXCEPTION', 'NONE']);
  });
});
