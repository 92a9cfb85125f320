import type { ErrorCode } from '../../../src/base/errors.ts';
import { GroupCore } from '../../../src/broker/groups/group-core.ts';
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
} from '../../../src/broker/groups/groups.ts';
import type {
  GroupConfig,
  GroupEffect,
  GroupRecord,
  GroupReply,
  TimerKey,
  TopicPartitionName,
} from '../../../src/broker/groups/types.ts';
import type { Clock, Timer } from '../../../src/env/clock.ts';

const CONFIG: GroupConfig = {
  initialRebalanceDelayMs: 0,
  minSessionTimeoutMs: 1000,
  maxSessionTimeoutMs: 1_800_000,
  maxMemberCount: 1000,
  maxOffsetMetadataBytes: 4096,
};

/** One group: the real core, timers of the clock, and a log in memory that every broker shares. */
class FakeGroup {
  readonly core: GroupCore;
  readonly #clock: Clock;
  readonly #log: GroupRecord[];
  readonly #timers = new Map<TimerKey, Timer>();
  readonly #waiting = new Map<number, (reply: GroupReply) => void>();
  #nextRequestId = 1;

  constructor(groupId: string, clock: Clock, log: GroupRecord[]) {
    this.#clock = clock;
    this.#log = log;
    this.core = new GroupCore({ groupId, config: CONFIG, nowMs: clock.wallMs() });
    for (const record of log) this.core.restore(record);
    this.perform(this.core.onRestored());
  }

  ask<Reply extends GroupReply>(
    act: (requestId: number) => readonly GroupEffect[],
  ): Promise<Reply> {
    const requestId = this.#nextRequestId++;
    return new Promise<Reply>((resolve) => {
      this.#waiting.set(requestId, (reply) => resolve(reply as Reply));
      this.perform(act(requestId));
    });
  }

  perform(effects: readonly GroupEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  /** The coordinator moves away: whoever waits is told. */
  end(): void {
    this.perform(this.core.resign(this.#clock.wallMs()));
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #performOne(effect: GroupEffect): void {
    const wallMs = this.#clock.wallMs();
    switch (effect.kind) {
      case 'reply':
        this.#waiting.get(effect.requestId)?.(effect.reply);
        this.#waiting.delete(effect.requestId);
        break;
      case 'setTimer':
        this.#timers.get(effect.key)?.cancel();
        this.#timers.set(
          effect.key,
          this.#clock.setTimer(effect.delayMs, () =>
            this.perform(this.core.onTimer(effect.key, this.#clock.wallMs())),
          ),
        );
        break;
      case 'cancelTimer':
        this.#timers.get(effect.key)?.cancel();
        break;
      case 'write':
        this.#log.push(...effect.records);
        this.perform(this.core.onWritten(effect.writeId, 'NONE', wallMs));
        break;
    }
  }
}

/**
 * Groups of a cluster in memory, which all brokers share: one is the coordinator of all, and may be
 * moved. What it answers is what the real core says.
 */
export class FakeGroups {
  coordinatorId = 1;
  /** What brokers answer a listing with. */
  readonly listFailures = new Map<number, ErrorCode>();
  /** Instead of a coordinator. */
  noCoordinator: { readonly code: ErrorCode; readonly message: string } | undefined;
  commitCount = 0;
  /** What a commit is answered with instead of being taken. */
  commitRefusal: ErrorCode | undefined;
  readonly #clock: Clock;
  readonly #groups = new Map<string, FakeGroup>();
  readonly #logs = new Map<string, GroupRecord[]>();
  #nextMember = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  group(groupId: string): GroupCore {
    return this.#find(groupId).core;
  }

  /** Members and offsets as they were stored; whoever waits hears that it is not there any more. */
  moveTo(brokerId: number): void {
    this.coordinatorId = brokerId;
    for (const group of this.#groups.values()) group.end();
    this.#groups.clear();
  }

  /** What a topic's deletion does to what was committed of it. */
  onTopicDeleted(topic: string): void {
    for (const group of this.#groups.values()) group.perform(group.core.onTopicDeleted(topic));
  }

  /** As a broker serves them. */
  at(brokerId: number): Groups {
    const isHere = (): boolean => this.coordinatorId === brokerId;
    const elsewhere: ErrorCode = 'NOT_COORDINATOR';
    return {
      findCoordinator: async (): Promise<CoordinatorPlace> => ({
        ...(this.noCoordinator ?? { code: 'NONE', message: '' }),
        brokerId: this.coordinatorId,
        partition: 0,
      }),
      join: async (groupId, ask) =>
        isHere() ? await this.#join(groupId, ask) : { ...NO_JOIN, code: elsewhere },
      sync: async (groupId, ask) =>
        isHere() ? await this.#sync(groupId, ask) : { ...NO_SYNC, code: elsewhere },
      heartbeat: async (groupId, ask) => (isHere() ? await this.#beat(groupId, ask) : elsewhere),
      leave: async (groupId, ask) =>
        isHere()
          ? await this.#leave(groupId, ask)
          : { kind: 'leave', code: elsewhere, members: [] },
      commit: async (groupId, ask) =>
        isHere() ? await this.#commit(groupId, ask) : refusedCommit(ask, elsewhere),
      fetchOffsets: async (groupId, partitions) =>
        isHere() ? this.#fetch(groupId, partitions) : { code: elsewhere, offsets: [] },
      listGroups: (): ListedGroups => ({
        code: this.listFailures.get(brokerId) ?? 'NONE',
        groups: isHere() ? this.#list() : [],
      }),
      describeGroup: (groupId) => this.#describe(groupId, isHere() ? 'NONE' : elsewhere),
      deleteGroup: async (groupId) => {
        if (!isHere()) return elsewhere;
        const group = this.#groups.get(groupId);
        if (group === undefined) return 'GROUP_ID_NOT_FOUND';
        return (await group.ask((requestId) => group.core.deleteGroup(requestId))).code;
      },
      deleteOffsets: async (groupId, partitions) => {
        const group = this.#find(groupId);
        return await group.ask((requestId) => group.core.deleteOffsets({ requestId, partitions }));
      },
    };
  }

  #find(groupId: string): FakeGroup {
    const known = this.#groups.get(groupId);
    if (known !== undefined) return known;
    const log = this.#logs.get(groupId) ?? [];
    this.#logs.set(groupId, log);
    const group = new FakeGroup(groupId, this.#clock, log);
    this.#groups.set(groupId, group);
    return group;
  }

  #join(groupId: string, ask: JoinAsk): Promise<JoinReply> {
    const group = this.#find(groupId);
    const proposedMemberId = `${ask.clientId}-${this.#nextMember++}`;
    return group.ask((requestId) =>
      group.core.join({ ...ask, requestId, proposedMemberId }, this.#clock.wallMs()),
    );
  }

  #sync(groupId: string, ask: SyncAsk): Promise<SyncReply> {
    const group = this.#find(groupId);
    return group.ask((requestId) => group.core.sync({ ...ask, requestId }));
  }

  async #beat(groupId: string, ask: HeartbeatAsk): Promise<ErrorCode> {
    const group = this.#find(groupId);
    return (await group.ask((requestId) => group.core.heartbeat({ ...ask, requestId }))).code;
  }

  #leave(groupId: string, ask: LeaveAsk): Promise<LeaveReply> {
    const group = this.#find(groupId);
    return group.ask((requestId) => group.core.leave({ ...ask, requestId }, this.#clock.wallMs()));
  }

  #commit(groupId: string, ask: CommitAsk): Promise<OffsetsReply> {
    this.commitCount += 1;
    const { commitRefusal } = this;
    if (commitRefusal !== undefined) return Promise.resolve(refusedCommit(ask, commitRefusal));
    const group = this.#find(groupId);
    return group.ask((requestId) => group.core.commit({ ...ask, requestId }, this.#clock.wallMs()));
  }

  #fetch(groupId: string, partitions: readonly TopicPartitionName[] | undefined): FetchedOffsets {
    const { core } = this.#find(groupId);
    const asked = partitions ?? [...core.allCommitted()];
    const offsets = asked.map(({ topic, partition }) => ({
      topic,
      partition,
      committed: core.committed({ topic, partition }),
    }));
    return { code: 'NONE', offsets };
  }

  #list(): ListedGroups['groups'] {
    return [...this.#groups.values()].map(({ core }) => ({
      groupId: core.groupId,
      protocolType: core.protocolType ?? '',
      state: core.state,
    }));
  }

  #describe(groupId: string, code: ErrorCode): DescribedGroup {
    const core = this.#groups.get(groupId)?.core;
    return {
      code,
      groupId,
      state: core?.state ?? 'dead',
      protocolType: core?.protocolType ?? '',
      generation: core?.generation ?? 0,
      protocol: core?.protocol ?? '',
      leader: core?.leaderId ?? '',
      members: (core?.members ?? []).map((member) => ({
        memberId: member.id,
        instanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        metadata: member.metadataFor(core?.protocol),
        assignment: member.assignment,
        handlerTimes: member.handlerTimes,
      })),
    };
  }
}

const NO_JOIN: JoinReply = {
  kind: 'join',
  code: 'NONE',
  memberId: '',
  generation: -1,
  protocolType: undefined,
  protocol: undefined,
  leader: '',
  members: [],
  skipAssignment: false,
};
const NO_SYNC: SyncReply = {
  kind: 'sync',
  code: 'NONE',
  protocolType: undefined,
  protocol: undefined,
  assignment: new Uint8Array(0),
};

const refusedCommit = ({ offsets }: CommitAsk, code: ErrorCode): OffsetsReply => ({
  kind: 'commit',
  code,
  partitions: offsets.map(({ topic, partition }) => ({ topic, partition, code })),
});
