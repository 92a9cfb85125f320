import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { Meter } from '../../env/meter.ts';
import type { Random } from '../../env/random.ts';
import { randomId } from '../../env/random.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { OFFSETS_TOPIC } from '../../metadata/internal-topics.ts';
import type { ControllerChannel } from '../controller-channel.ts';
import type { Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition, PartitionWatcher } from '../replication/partition.ts';
import { describeGroup, unknownGroup } from './describe-group.ts';
import { GroupMetrics } from './group-metrics.ts';
import type { GroupSettings } from './group-settings.ts';
import { GroupShard } from './group-shard.ts';
import type {
  CommitAsk,
  CoordinatorPlace,
  DescribedGroup,
  FetchedOffsets,
  Groups,
  HeartbeatAsk,
  JoinAsk,
  JoinReply,
  LeaveAsk,
  LeaveReply,
  ListedGroups,
  OffsetsReply,
  SyncAsk,
  SyncReply,
} from './groups.ts';
import type { HostedGroup } from './hosted-group.ts';
import type { AskBacklog } from './lag-watch.ts';
import { LagWatch } from './lag-watch.ts';
import { groupPartition } from './offsets-topic.ts';
import type { MakerOptions } from './offsets-topic-maker.ts';
import { OffsetsTopicMaker } from './offsets-topic-maker.ts';
import { joinRefusal, leaveRefusal, offsetsRefusal, syncRefusal } from './replies.ts';
import { isStorable, isStorableJoin } from './storable.ts';
import type { TopicPartitionName } from './types.ts';

/** Of the name that a member id begins with. */
const MEMBER_NAME_CHARACTERS = 100;

export interface GroupCoordinatorOptions {
  readonly config: GroupSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly channel: ControllerChannel;
  readonly image: () => MetadataImage;
  readonly untilImage: MakerOptions['untilImage'];
  /** See `LeadershipProof.prove`. */
  readonly proveLeadership: (partition: Partition) => Promise<void>;
  readonly askBacklog: AskBacklog;
  readonly onFatal: OnFatal;
}

/**
 * The groups that this broker coordinates: one shard for each partition of `__consumer_offsets`
 * that it leads, loaded when a leadership begins and given up when it ends.
 */
export class GroupCoordinator implements Groups {
  readonly #options: GroupCoordinatorOptions;
  readonly #metrics: GroupMetrics;
  readonly #topic: OffsetsTopicMaker;
  readonly #shards = new Map<PartitionId, GroupShard>();
  readonly #watcher: PartitionWatcher;
  readonly #lagWatch: LagWatch;
  #expiryTimer: Timer | undefined;
  #isClosed = false;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    this.#topic = new OffsetsTopicMaker(options);
    this.#metrics = new GroupMetrics(options.meter, () => this.#all());
    this.#lagWatch = new LagWatch({ ...options, groups: () => this.#all() });
    this.#watcher = {
      onLeadership: (partition) => options.clock.defer(() => this.#follow(partition)),
    };
    this.#armExpiry();
  }

  /** For reading. */
  get shards(): Iterable<GroupShard> {
    return this.#shards.values();
  }

  /** A replica has come to this broker. */
  onPartition(partition: Partition): void {
    if (partition.topicName === OFFSETS_TOPIC) partition.watch(this.#watcher);
  }

  /** What was committed of a deleted topic is forgotten. */
  onImage(next: MetadataImage, previous: MetadataImage): void {
    if (next.topics === previous.topics || this.#shards.size === 0) return;
    const deleted = [...previous.topics.values()].filter(
      ({ topicId }) => !next.topics.has(topicId),
    );
    if (deleted.length === 0) return;
    const names = deleted.map(({ name }) => name);
    for (const shard of this.#shards.values()) shard.onTopicsDeleted(names);
  }

  close(): void {
    this.#isClosed = true;
    this.#expiryTimer?.cancel();
    this.#lagWatch.close();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  async findCoordinator(groupId: string): Promise<CoordinatorPlace> {
    const topic = await this.#topic.ensure();
    if ('code' in topic) return { ...topic, brokerId: NONE, partition: NONE };
    const partition = groupPartition(groupId, topic.partitions.length);
    const leader = topic.partitions[partition]?.leader ?? NONE;
    if (this.#options.image().brokers.get(leader)?.isFenced === false) {
      return { code: 'NONE', message: '', brokerId: leader, partition };
    }
    const message = `${OFFSETS_TOPIC}-${partition} has no leader: ask again`;
    return { code: 'COORDINATOR_NOT_AVAILABLE', brokerId: NONE, message, partition };
  }

  async join(groupId: string, request: JoinAsk): Promise<JoinReply> {
    const { memberId, clientId, instanceId } = request;
    const refuse = (code: ErrorCode): JoinReply => joinRefusal(code, memberId);
    if (groupId === '') return refuse('INVALID_GROUP_ID');
    if (!isStorableJoin(request)) return refuse('INVALID_REQUEST');
    const shard = this.#shardOf(groupId);
    if (typeof shard === 'string') return refuse(shard);
    const isNew = !shard.groups.has(groupId);
    if (isNew && memberId !== '') return refuse('UNKNOWN_MEMBER_ID');
    const group = shard.groupOrNew(groupId);
    const proposedMemberId = this.#newMemberId(instanceId ?? clientId);
    return group.ask('join', (requestId) =>
      group.core.join({ ...request, requestId, proposedMemberId }, this.#nowMs()),
    );
  }

  async sync(groupId: string, request: SyncAsk): Promise<SyncReply> {
    if (groupId === '') return syncRefusal('INVALID_GROUP_ID');
    const group = this.#find(groupId);
    // Its generation may be over: who joins anew with the same wishes is given the one there is.
    if (group === 'COORDINATOR_LOAD_IN_PROGRESS') return syncRefusal('REBALANCE_IN_PROGRESS');
    if (typeof group === 'string') return syncRefusal(group);
    if (group === undefined) return syncRefusal('UNKNOWN_MEMBER_ID');
    return group.ask('sync', (requestId) => group.core.sync({ ...request, requestId }));
  }

  async heartbeat(groupId: string, request: HeartbeatAsk, waitMs = 0): Promise<ErrorCode> {
    if (groupId === '') return 'INVALID_GROUP_ID';
    const group = this.#find(groupId);
    if (group === 'COORDINATOR_LOAD_IN_PROGRESS') return 'NONE';
    if (typeof group === 'string') return group;
    if (group === undefined) return 'UNKNOWN_MEMBER_ID';
    const { code } = await group.ask('heartbeat', (requestId) =>
      group.core.heartbeat({ ...request, requestId }),
    );
    return code === 'NONE' && waitMs > 0 ? group.untilNews(request, waitMs) : code;
  }

  async leave(groupId: string, request: LeaveAsk): Promise<LeaveReply> {
    if (groupId === '') return leaveRefusal('INVALID_GROUP_ID');
    const group = this.#find(groupId);
    if (typeof group === 'string') return leaveRefusal(group);
    if (group === undefined) {
      const members = request.members.map(({ memberId, instanceId }) => ({
        memberId,
        instanceId,
        code: 'UNKNOWN_MEMBER_ID' as const,
      }));
      return { ...leaveRefusal('NONE'), members };
    }
    return group.ask('leave', (requestId) =>
      group.core.leave({ ...request, requestId }, this.#nowMs()),
    );
  }

  async commit(groupId: string, request: CommitAsk): Promise<OffsetsReply> {
    const shard = this.#shardOf(groupId);
    const refuse = (code: ErrorCode): OffsetsReply =>
      offsetsRefusal('commit', code, request.offsets);
    if (typeof shard === 'string') return refuse(shard);
    const isNew = !shard.groups.has(groupId);
    if (isNew && request.generation >= 0) return refuse('GROUP_ID_NOT_FOUND');
    const { topicIdsByName } = this.#options.image();
    const isKnown = ({ topic }: TopicPartitionName): boolean => topicIdsByName.has(topic);
    const known = request.offsets.filter(isKnown);
    if (known.length === 0 && request.offsets.length > 0) {
      return { ...refuse('UNKNOWN_TOPIC_OR_PARTITION'), code: 'NONE' };
    }
    const group = shard.groupOrNew(groupId);
    const reply = await group.ask('commit', (requestId) =>
      group.core.commit({ ...request, offsets: known, requestId }, this.#nowMs()),
    );
    const taken = reply.partitions.filter(({ code }) => code === 'NONE').length;
    if (taken > 0) this.#metrics.offsetCommits.add(taken);
    const outcomes = [...reply.partitions];
    const partitions = request.offsets.map((at) => {
      const { topic, partition } = at;
      const unknown = { topic, partition, code: 'UNKNOWN_TOPIC_OR_PARTITION' } as const;
      return (isKnown(at) ? outcomes.shift() : undefined) ?? unknown;
    });
    return { ...reply, partitions };
  }

  async fetchOffsets(
    groupId: string,
    partitions: readonly TopicPartitionName[] | undefined,
  ): Promise<FetchedOffsets> {
    const code = await this.#prove(groupId);
    const group = code === 'NONE' ? this.#find(groupId) : code;
    if (typeof group === 'string') return { code: group, offsets: [] };
    if (partitions === undefined) {
      const all = group === undefined ? [] : [...group.core.allCommitted()];
      const offsets = all.map(({ topic, partition, value }) => ({
        topic,
        partition,
        committed: value,
      }));
      return { code: 'NONE', offsets };
    }
    const offsets = partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      committed: group?.core.committed({ topic, partition }),
    }));
    return { code: 'NONE', offsets };
  }

  listGroups(): ListedGroups {
    // One whose leadership is over is told of by whoever leads it now.
    const missing = [...this.#shards.values()].map(({ code }) => code).find(isMissing);
    const groups = [...this.#all()].map(({ core }) => ({
      groupId: core.groupId,
      protocolType: core.protocolType ?? '',
      state: core.state,
    }));
    return { code: missing ?? 'NONE', groups };
  }

  describeGroup(groupId: string): DescribedGroup {
    const group = this.#find(groupId);
    if (typeof group === 'string') return unknownGroup(groupId, group);
    return group === undefined ? unknownGroup(groupId, 'NONE') : describeGroup(group.core);
  }

  async deleteGroup(groupId: string): Promise<ErrorCode> {
    const group = this.#find(groupId);
    if (typeof group === 'string') return group;
    if (group === undefined) return 'GROUP_ID_NOT_FOUND';
    const count = [...group.core.allCommitted()].length;
    const { code } = await group.ask('deleteGroup', (requestId) =>
      group.core.deleteGroup(requestId),
    );
    if (code === 'NONE' && count > 0) this.#metrics.offsetDeletions.add(count);
    return code;
  }

  async deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartitionName[],
  ): Promise<OffsetsReply> {
    const group = this.#find(groupId);
    const refusal = typeof group === 'string' ? group : 'GROUP_ID_NOT_FOUND';
    if (typeof group === 'string' || group === undefined) {
      return offsetsRefusal('deleteOffsets', refusal, partitions);
    }
    const reply = await group.ask('deleteOffsets', (requestId) =>
      group.core.deleteOffsets({ requestId, partitions }),
    );
    const deleted = reply.partitions.filter(({ code }) => code === 'NONE').length;
    if (deleted > 0) this.#metrics.offsetDeletions.add(deleted);
    return reply;
  }

  /** A leadership has begun or ended; called outside of the partition's own events. */
  #follow(partition: Partition): void {
    if (this.#isClosed) return;
    const { partition: number, isLeader, core } = partition;
    const shard = this.#shards.get(number);
    const isSame = shard?.partition === partition;
    if (isSame && isLeader && shard.leaderEpoch === core.leaderEpoch) return;
    // The replica before it, set aside or deleted, has nothing to say of its successor.
    if (shard !== undefined && (isSame || isLeader)) {
      shard.close();
      this.#shards.delete(number);
    }
    if (!isLeader) return;
    const next = new GroupShard({ ...this.#options, partition, metrics: this.#metrics });
    this.#shards.set(number, next);
    void next.load();
  }

  /**
   * One that was deposed without hearing of it has only what it took for committed: whoever begins
   * there would handle again, and commit anew, what its successor has as done. No client takes
   * another code than this one for a passing one.
   */
  async #prove(groupId: string): Promise<ErrorCode> {
    const shard = this.#shardOf(groupId);
    if (typeof shard === 'string') return shard;
    try {
      await this.#options.proveLeadership(shard.partition);
      return 'NONE';
    } catch (error) {
      if (error instanceof OttlaError) return 'NOT_COORDINATOR';
      throw error;
    }
  }

  /** Undefined: there is no such group. */
  #find(groupId: string): HostedGroup | undefined | ErrorCode {
    const shard = this.#shardOf(groupId);
    return typeof shard === 'string' ? shard : shard.groups.get(groupId);
  }

  #shardOf(groupId: string): GroupShard | ErrorCode {
    if (!isStorable(groupId)) return 'INVALID_GROUP_ID';
    const count = this.#topic.topic?.partitions.length ?? 0;
    const shard = count === 0 ? undefined : this.#shards.get(groupPartition(groupId, count));
    if (shard === undefined) return 'NOT_COORDINATOR';
    return shard.code === 'NONE' ? shard : shard.code;
  }

  *#all(): Generator<HostedGroup, void, undefined> {
    for (const shard of this.#shards.values()) yield* shard.groups.values();
  }

  #newMemberId(name: string): string {
    const characters = [...name].slice(0, MEMBER_NAME_CHARACTERS);
    return `${characters.join('')}-${randomId(this.#options.random)}`;
  }

  #nowMs(): number {
    return this.#options.clock.wallMs();
  }

  #armExpiry(): void {
    const { clock, config } = this.#options;
    this.#expiryTimer = clock.setTimer(config.retentionCheckIntervalMs, () => {
      for (const shard of this.#shards.values()) shard.expireOffsets();
      this.#armExpiry();
    });
  }
}

const isMissing = (code: ErrorCode): boolean => code !== 'NONE' && code !== 'NOT_COORDINATOR';
