import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { CommitOffsetsResponse, CommittedOffset } from '../../gen/ottla.ts';
import { GroupService } from '../../gen/ottla.ts';
import type { LimitOptions } from '../backlog/backlog-options.ts';
import { isPartitionNumber } from '../cluster/cluster-view.ts';
import type { ClientContext } from '../context.ts';
import type { DegradeOptions } from '../degrade/degrade.ts';
import type { TimedCallOptions } from '../env.ts';
import { CoordinatorCalls } from '../group/coordinator-calls.ts';
import { codeOfAll } from '../group/group-offsets.ts';
import { named } from '../timing.ts';
import type { ConfigValue } from './admin-types.ts';
import type { GroupConfigs } from './group-degrade.ts';
import { degradeChanges, degradeIn } from './group-degrade.ts';
import { lagOfGroup } from './group-lag.ts';
import { memberDescription } from './group-member.ts';
import { overflowChanges, sharingIn, sharingTold, standbyChanges } from './group-sharing.ts';
import type {
  GroupDescription,
  GroupLag,
  GroupList,
  GroupOffset,
  GroupSharing,
  GroupStateName,
  GroupTopicPartition,
  OffsetMove,
  OffsetReset,
} from './group-types.ts';
import { listGroups } from './list-groups.ts';
import { planMoves } from './offset-moves.ts';

/**
 * Administration of consumer groups. Every call looks for the group's coordinator, follows it where
 * it moves, and retries what is retriable until `timeoutMs`; then it throws the last failure.
 */
export class GroupAdmin {
  readonly #context: ClientContext;
  readonly #configs: GroupConfigs;

  /** Made by `Admin`. */
  constructor(context: ClientContext, configs: GroupConfigs) {
    this.#context = context;
    this.#configs = configs;
  }

  /**
   * All groups of the cluster that its brokers can tell of, and which of these could not until
   * `timeoutMs`: groups that they coordinate may be missing. Throws where none could.
   */
  list(options: TimedCallOptions = {}): Promise<GroupList> {
    return named('groups.list', options.signal, () => listGroups(this.#context, options));
  }

  /** Throws GROUP_ID_NOT_FOUND where there is none. */
  async describe(groupId: string, options: TimedCallOptions = {}): Promise<GroupDescription> {
    const calls = this.#calls(groupId);
    const found = await named('groups.describe', options.signal, () =>
      calls.call(GroupService.describeGroup, {
        ...options,
        request: { groupId },
        codeOf,
        what: 'describing',
        describe: refusals(groupId),
      }),
    );
    const sharing = sharingTold(found.sharing);
    return {
      groupId,
      state: found.state as GroupStateName,
      protocolType: found.protocolType,
      ...sharing,
      coordinatorId: calls.coordinatorId ?? NONE,
      generation: found.generation,
      assignor: found.protocol,
      members: found.members.map((member) =>
        memberDescription(member, found.protocolType, sharing),
      ),
    };
  }

  /** With all it has committed. Throws NON_EMPTY_GROUP while it has members, GROUP_ID_NOT_FOUND. */
  async delete(groupId: string, options: TimedCallOptions = {}): Promise<void> {
    await named('groups.delete', options.signal, () =>
      this.#calls(groupId).call(GroupService.deleteGroup, {
        ...options,
        request: { groupId },
        codeOf,
        what: 'deleting',
        describe: refusals(groupId),
      }),
    );
  }

  /**
   * Has every member that is an SDK's leave out what is named, within seconds, and those that come
   * later too; what is not named is left out no more, `{}` ends it. It is a setting of the cluster,
   * which needs no group by that name, and outlives it.
   */
  async degrade(
    groupId: string,
    degrade: DegradeOptions,
    options: TimedCallOptions = {},
  ): Promise<void> {
    const changes = degradeChanges(groupId, degrade);
    await named('groups.degrade', options.signal, () =>
      this.#configs.alterConfigs(changes, options),
    );
  }

  /** What was set by `degrade`. */
  async degraded(groupId: string, options: TimedCallOptions = {}): Promise<DegradeOptions> {
    return degradeIn(await this.#settings('groups.degraded', groupId, options));
  }

  /**
   * Has members with one of these labels give their partitions to the others within seconds, and
   * get none while there is another that can take them; none: they get their share again. Where
   * there is no other they keep what they have until one comes. As with `degrade` it is a setting
   * of the cluster: members that restart stay on standby. Takes a group whose leader is an SDK's.
   */
  async standby(
    groupId: string,
    labels: readonly string[],
    options: TimedCallOptions = {},
  ): Promise<void> {
    const changes = standbyChanges(groupId, labels);
    await named('groups.standby', options.signal, () =>
      this.#configs.alterConfigs(changes, options),
    );
  }

  /**
   * When members of the overflow lane get partitions: where the backlog of the group is above one
   * of `above` for `forMs`, until it is at or below all of `below` (default half of `above`) for
   * `forMs` (default 10000). Undefined: never, while there are others. A setting as in `standby`.
   */
  async overflow(
    groupId: string,
    limits: LimitOptions | undefined,
    options: TimedCallOptions = {},
  ): Promise<void> {
    const changes = overflowChanges(groupId, limits);
    await named('groups.overflow', options.signal, () =>
      this.#configs.alterConfigs(changes, options),
    );
  }

  /** What was set by `standby` and `overflow`. */
  async sharing(groupId: string, options: TimedCallOptions = {}): Promise<GroupSharing> {
    return sharingIn(await this.#settings('groups.sharing', groupId, options));
  }

  /** What the group has committed, by topic and partition; nothing where there is no such group. */
  async offsets(groupId: string, options: TimedCallOptions = {}): Promise<GroupOffset[]> {
    const { offsets } = await named('groups.offsets', options.signal, () =>
      this.#calls(groupId).call(GroupService.fetchCommitted, {
        ...options,
        request: { groupId, all: true, partitions: [] },
        codeOf,
        what: 'fetching offsets',
      }),
    );
    return offsets.map(groupOffset);
  }

  /**
   * How far the group is behind, in records and in time, in what it has committed something of, or
   * its members have; `totalLag` adds it up. What is gone, and by a member's assignment is there
   * still, is left out. Of a partition that nothing was committed of all records wait.
   */
  lag(groupId: string, options: TimedCallOptions = {}): Promise<GroupLag[]> {
    return named('groups.lag', options.signal, () => this.#lag(groupId, options));
  }

  async #lag(groupId: string, options: TimedCallOptions): Promise<GroupLag[]> {
    const { members } = await this.describe(groupId, options);
    const committed = await this.offsets(groupId, options);
    return lagOfGroup(this.#context, { members, committed }, options);
  }

  /**
   * Has the group go on elsewhere; when it resolves, that is on the disks of the in-sync replicas.
   * A group that does not exist is made. Throws NON_EMPTY_GROUP while it has members, who go on
   * where they are; OFFSET_OUT_OF_RANGE for an offset that the log does not have.
   */
  resetOffsets(
    groupId: string,
    reset: OffsetReset,
    options: TimedCallOptions = {},
  ): Promise<OffsetMove[]> {
    return named('groups.resetOffsets', options.signal, () =>
      this.#resetOffsets(groupId, reset, options),
    );
  }

  async #resetOffsets(
    groupId: string,
    reset: OffsetReset,
    options: TimedCallOptions,
  ): Promise<OffsetMove[]> {
    const committed = await this.offsets(groupId, options);
    const moves = await planMoves(this.#context, { groupId, committed, reset, options });
    if (reset.dryRun === true || moves.length === 0) return moves;
    const { errorCodes } = await this.#calls(groupId).call(GroupService.commitOffsets, {
      ...options,
      request: {
        groupId,
        memberId: '',
        instanceId: '',
        generation: NONE,
        offsets: moves.map(({ topic, partition, to }) => ({
          topic,
          partition,
          offset: to,
          leaderEpoch: NONE,
          metadata: '',
        })),
      },
      codeOf: asOfNoMember,
      what: 'resetting offsets',
      describe: refusals(groupId),
    });
    throwRefused(groupId, moves, errorCodes);
    return moves;
  }

  /**
   * Forgets what the group has committed of these partitions. Throws GROUP_SUBSCRIBED_TO_TOPIC
   * while a member reads the topic, GROUP_ID_NOT_FOUND, INVALID_PARTITIONS for what is no number.
   */
  async deleteOffsets(
    groupId: string,
    partitions: readonly GroupTopicPartition[],
    options: TimedCallOptions = {},
  ): Promise<void> {
    for (const { topic, partition } of partitions) {
      if (isPartitionNumber(partition)) continue;
      const message = `deleting offsets: ${topic} can have no partition ${partition}: give its number`;
      throw new OttlaError('INVALID_PARTITIONS', message);
    }
    const { partitionErrorCodes } = await named('groups.deleteOffsets', options.signal, () =>
      this.#calls(groupId).call(GroupService.deleteCommitted, {
        ...options,
        request: { groupId, partitions },
        codeOf,
        what: 'deleting offsets',
        describe: refusals(groupId),
      }),
    );
    throwRefused(groupId, partitions, partitionErrorCodes);
  }

  #settings(what: string, groupId: string, options: TimedCallOptions): Promise<ConfigValue[]> {
    const resource = { type: 'group', name: groupId } as const;
    return named(what, options.signal, () => this.#configs.describeConfigs(resource, options));
  }

  #calls(groupId: string): CoordinatorCalls {
    if (groupId !== '') return new CoordinatorCalls(this.#context, groupId);
    throw new OttlaError('INVALID_GROUP_ID', 'a group has a name: it cannot be empty');
  }
}

const codeOf = ({ errorCode }: { readonly errorCode: number }): ErrorCode => errorCodeOf(errorCode);

/** A commit by no member is refused so where there are some. */
const asOfNoMember = (response: CommitOffsetsResponse): ErrorCode => {
  const code = errorCodeOf(response.errorCodes[0] ?? 0);
  const hasMembers = code === 'UNKNOWN_MEMBER_ID' || code === 'ILLEGAL_GENERATION';
  return hasMembers ? 'NON_EMPTY_GROUP' : codeOfAll(response);
};

const refusals =
  (groupId: string) =>
  (code: ErrorCode): string | undefined => {
    if (code === 'GROUP_ID_NOT_FOUND') return `group ${groupId} does not exist: check the name`;
    if (code === 'NON_EMPTY_GROUP') return `group ${groupId} has members: stop them first`;
    return undefined;
  };

const throwRefused = (
  groupId: string,
  partitions: readonly GroupTopicPartition[],
  errorCodes: readonly number[],
): void => {
  const at = errorCodes.findIndex((errorCode) => errorCode !== 0);
  const place = partitions[at];
  if (place === undefined) return;
  const code = errorCodeOf(errorCodes[at] ?? 0);
  const where = `${place.topic} partition ${place.partition} of group ${groupId}`;
  const why =
    code === 'GROUP_SUBSCRIBED_TO_TOPIC' ? 'members read the topic, stop them first' : code;
  throw new OttlaError(code, `${where}: ${why}`);
};

const groupOffset = (committed: CommittedOffset): GroupOffset => ({
  topic: committed.topic,
  partition: committed.partition,
  nextOffset: committed.offset,
  metadata: committed.metadata,
  committedAtMs: committed.committedAtMs,
});
