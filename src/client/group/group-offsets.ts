import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { CommitOffsetsResponse } from '../../gen/ottla.ts';
import { GroupService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { backoffMs, Deadline, pause, RETRY_BACKOFF } from '../timing.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';
import type { CoordinatorCalls } from './coordinator-calls.ts';
import type { MemberIdentity } from './member-types.ts';
import { nameOf } from './partition-sets.ts';

/** Where a group goes on in a partition. */
export interface OffsetCommit {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Offset of the next record to be handled: one more than that of the last one that was. */
  readonly nextOffset: Offset;
  /** The caller's own words; offset.metadata.max.bytes (4096) at most. */
  readonly metadata?: string;
}

/** By `topic/partition`. */
export type CommittedOffsets = ReadonlyMap<
  string,
  { readonly offset: Offset; readonly metadata: string }
>;

/** A commit, and whether the partition is still the member's that it was when it began. */
export interface OwnCommit extends OffsetCommit {
  readonly isMine: () => boolean;
}

export interface GroupOffsetsDeps {
  readonly context: ClientContext;
  readonly calls: CoordinatorCalls;
  readonly instanceId: string | undefined;
  readonly member: { readonly identity: MemberIdentity; readonly isRebalancing: boolean };
}

/** Faults of the coordinator as a whole: each offset of the request has the same one. */
const OF_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'REQUEST_TIMED_OUT',
]);
/** What a commit meets between two generations; the next one takes it. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
]);

/** What a group has committed, as one of its members sees and changes it. */
export class GroupOffsets {
  readonly #deps: GroupOffsetsDeps;
  /** Commits go one after the other: two on their way could change places. */
  #tail: Promise<void> = Promise.resolve();

  constructor(deps: GroupOffsetsDeps) {
    this.#deps = deps;
  }

  /** All that the group has committed. */
  async fetch(options: TimedCallOptions = {}): Promise<CommittedOffsets> {
    const { calls } = this.#deps;
    const { offsets } = await calls.call(GroupService.fetchCommitted, {
      ...options,
      request: { groupId: calls.groupId, all: true, partitions: [] },
      codeOf: ({ errorCode }) => errorCodeOf(errorCode),
      what: 'fetching offsets',
    });
    return new Map(offsets.map((each) => [nameOf(each), each]));
  }

  /**
   * Resolves when all are on the disks of the in-sync replicas. Throws ILLEGAL_GENERATION where a
   * partition went to another member meanwhile: that one handles its records again.
   */
  commit(commits: readonly OwnCommit[], options: TimedCallOptions = {}): Promise<void> {
    const done = this.#tail.then(() => this.#commit(commits, options));
    this.#tail = done.catch(() => {});
    return done;
  }

  async #commit(commits: readonly OwnCommit[], options: TimedCallOptions): Promise<void> {
    const { clock, random, requestTimeoutMs } = this.#deps.context;
    const deadline = new Deadline(clock, options.timeoutMs ?? requestTimeoutMs);
    let open = commits;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      throwUnlessMine(open, this.#deps.calls.groupId);
      const { identity: before, isRebalancing: wasRebalancing } = this.#deps.member;
      const codes = await this.#send(open, { ...options, timeoutMs: deadline.remainingMs });
      // The generation may have begun while the answer was on its way.
      const isPassing = wasRebalancing || this.#isBetweenGenerations(before);
      const refused = open.flatMap((commit, at) => {
        const code = codes[at] ?? 'UNKNOWN_SERVER_ERROR';
        return code === 'NONE' ? [] : [{ commit, code }];
      });
      const final = refused.find(({ code }) => !PASSING.has(code) || !isPassing);
      if (final !== undefined) throw this.#refusal(final);
      open = refused.map(({ commit }) => commit);
      const [first] = refused;
      if (first === undefined) return;
      if (deadline.hasPassed) throw this.#refusal(first);
      const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
      await pause(clock, Math.min(delayMs, deadline.remainingMs), options.signal);
    }
  }

  #isBetweenGenerations({ memberId, generation }: MemberIdentity): boolean {
    const { member } = this.#deps;
    const { identity } = member;
    return (
      member.isRebalancing || identity.memberId !== memberId || identity.generation !== generation
    );
  }

  async #send(
    commits: readonly OffsetCommit[],
    options: TimedCallOptions,
  ): Promise<readonly ErrorCode[]> {
    const { calls, member, instanceId } = this.#deps;
    const { errorCodes } = await calls.call(GroupService.commitOffsets, {
      ...options,
      request: {
        groupId: calls.groupId,
        ...member.identity,
        instanceId: instanceId ?? '',
        offsets: commits.map(({ topic, partition, nextOffset, metadata = '' }) => ({
          topic,
          partition,
          offset: nextOffset,
          leaderEpoch: NONE,
          metadata,
        })),
      },
      codeOf: codeOfAll,
      what: 'committing offsets',
    });
    return errorCodes.map(errorCodeOf);
  }

  #refusal({ commit, code }: { commit: OffsetCommit; code: ErrorCode }): OttlaError {
    const { groupId } = this.#deps.calls;
    if (PASSING.has(code) || code === 'UNKNOWN_MEMBER_ID') return notMine(commit, groupId);
    const { topic, partition, nextOffset } = commit;
    const place = `offset ${nextOffset} of ${topic} partition ${partition}`;
    return new OttlaError(code, `${place} was not committed for group ${groupId}: ${code}`);
  }
}

/** What is said of all of them at once; the coordinator has not looked at any then. */
export const codeOfAll = ({ errorCodes: [first = 0] }: CommitOffsetsResponse): ErrorCode => {
  const code = errorCodeOf(first);
  return OF_ALL.has(code) ? code : 'NONE';
};

const throwUnlessMine = (commits: readonly OwnCommit[], groupId: string): void => {
  const gone = commits.find(({ isMine }) => !isMine());
  if (gone !== undefined) throw notMine(gone, groupId);
};

const notMine = ({ topic, partition }: TopicPartitionName, groupId: string): OttlaError =>
  new OttlaError(
    'ILLEGAL_GENERATION',
    `${topic} partition ${partition} is not this member's any more in group ${groupId}: what was not committed is handled again by another`,
  );
