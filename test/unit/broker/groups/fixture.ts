import type { ErrorCode } from '../../../../src/base/errors.ts';
import { GroupCore } from '../../../../src/broker/groups/group-core.ts';
import type {
  CommitRequest,
  GroupConfig,
  GroupEffect,
  GroupRecord,
  GroupReply,
  JoinRequest,
  SyncRequest,
  TimerKey,
} from '../../../../src/broker/groups/types.ts';

export const CONFIG: GroupConfig = {
  initialRebalanceDelayMs: 3000,
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 1_800_000,
  maxMemberCount: 100,
  maxOffsetMetadataBytes: 16,
};

export const SESSION_MS = 10_000;
export const REBALANCE_MS = 60_000;

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

type JoinReply = Extract<GroupReply, { kind: 'join' }>;
type SyncReply = Extract<GroupReply, { kind: 'sync' }>;

interface Write {
  readonly writeId: number;
  readonly records: readonly GroupRecord[];
}

/** The shell of one group: virtual time, and a log that holds what is written to it. */
export class GroupRig {
  core: GroupCore;
  nowMs = 1_000_000;
  readonly replies = new Map<number, GroupReply>();
  readonly log: GroupRecord[] = [];
  /** Writes without an outcome; empty unless `holdsWrites`. */
  readonly open: Write[] = [];
  holdsWrites = false;
  readonly config: GroupConfig;
  readonly #timers = new Map<TimerKey, number>();
  #nextRequestId = 1;
  #nextMember = 1;

  constructor(config: Partial<GroupConfig> = {}) {
    this.config = { ...CONFIG, ...config };
    this.core = this.#newCore();
  }

  get timers(): ReadonlyMap<TimerKey, number> {
    return this.#timers;
  }

  /** Sends a join; its number. */
  join(change: Partial<JoinRequest> & { wants?: readonly string[] } = {}): number {
    const { wants = ['range'], ...rest } = change;
    const requestId = this.#nextRequestId++;
    const request: JoinRequest = {
      requestId,
      memberId: '',
      proposedMemberId: `m${this.#nextMember++}`,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: wants.map((name) => ({ name, metadata: bytesOf(`${name}-metadata`) })),
      needsKnownMemberId: false,
      canSkipAssignment: false,
      ...rest,
    };
    this.perform(this.core.join(request, this.nowMs));
    return requestId;
  }

  sync(memberId: string, change: Partial<SyncRequest> = {}): number {
    const requestId = this.#nextRequestId++;
    const { generation } = this.core;
    const assignments = new Map<string, Uint8Array>();
    this.perform(this.core.sync({ requestId, memberId, generation, assignments, ...change }));
    return requestId;
  }

  heartbeat(
    memberId: string,
    change: { generation?: number; instanceId?: string } = {},
  ): ErrorCode {
    const requestId = this.#nextRequestId++;
    const { generation } = this.core;
    this.perform(this.core.heartbeat({ requestId, memberId, generation, ...change }));
    return this.code(requestId);
  }

  leave(...members: Array<{ memberId: string; instanceId?: string }>): ErrorCode[] {
    const requestId = this.#nextRequestId++;
    this.perform(this.core.leave({ requestId, members }, this.nowMs));
    const reply = this.replies.get(requestId);
    return reply?.kind === 'leave' ? reply.members.map(({ code }) => code) : [];
  }

  commit(offset: number, change: Partial<CommitRequest> = {}): number {
    const requestId = this.#nextRequestId++;
    const offsets = [{ topic: 't', partition: 0, offset, leaderEpoch: 1, metadata: '' }];
    const who = { memberId: '', generation: -1 };
    this.perform(this.core.commit({ requestId, offsets, ...who, ...change }, this.nowMs));
    return requestId;
  }

  committed(topic = 't', partition = 0): number | undefined {
    return this.core.committed({ topic, partition })?.offset;
  }

  deleteGroup(): number {
    const requestId = this.#nextRequestId++;
    this.perform(this.core.deleteGroup(requestId));
    return requestId;
  }

  deleteOffsets(topic: string): ErrorCode | undefined {
    const requestId = this.#nextRequestId++;
    this.perform(this.core.deleteOffsets({ requestId, partitions: [{ topic, partition: 0 }] }));
    const reply = this.replies.get(requestId);
    return reply?.kind === 'deleteOffsets' ? reply.partitions[0]?.code : undefined;
  }

  expire(retentionMs: number): void {
    this.perform(this.core.expireOffsets(retentionMs, this.nowMs));
  }

  resign(): void {
    this.perform(this.core.resign(this.nowMs));
  }

  /** Another broker takes over: what is in the log is all that it knows. */
  moveCoordinator(): void {
    this.resign();
    this.#timers.clear();
    this.open.length = 0;
    this.core = this.#newCore();
    for (const record of this.log) this.core.restore(record);
    this.perform(this.core.onRestored());
  }

  /** Gives the oldest open write its outcome. */
  settleWrite(code: ErrorCode = 'NONE'): void {
    const write = this.open.shift();
    if (write === undefined) throw new Error('no write is open');
    if (code === 'NONE') this.log.push(...write.records);
    this.perform(this.core.onWritten(write.writeId, code, this.nowMs));
  }

  /** Time goes on; timers ring in their order. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a[1] - b[1]);
      if (next === undefined || next[1] > endMs) break;
      this.nowMs = Math.max(this.nowMs, next[1]);
      this.#timers.delete(next[0]);
      this.perform(this.core.onTimer(next[0], this.nowMs));
    }
    this.nowMs = endMs;
  }

  reply(requestId: number): GroupReply | undefined {
    return this.replies.get(requestId);
  }

  joined(requestId: number): JoinReply | undefined {
    const reply = this.replies.get(requestId);
    return reply?.kind === 'join' ? reply : undefined;
  }

  synced(requestId: number): SyncReply | undefined {
    const reply = this.replies.get(requestId);
    return reply?.kind === 'sync' ? reply : undefined;
  }

  code(requestId: number): ErrorCode {
    const reply = this.replies.get(requestId);
    if (reply === undefined) throw new Error(`request ${requestId} waits`);
    return reply.code;
  }

  perform(effects: readonly GroupEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'reply':
          if (this.replies.has(effect.requestId)) throw new Error('a request was answered twice');
          this.replies.set(effect.requestId, effect.reply);
          break;
        case 'setTimer':
          this.#timers.set(effect.key, this.nowMs + effect.delayMs);
          break;
        case 'cancelTimer':
          this.#timers.delete(effect.key);
          break;
        case 'write':
          this.open.push(effect);
          break;
      }
    }
    while (!this.holdsWrites && this.open.length > 0) this.settleWrite();
  }

  #newCore(): GroupCore {
    return new GroupCore({ groupId: 'g', config: this.config, nowMs: this.nowMs });
  }
}

/** A stable group of members m1 (who leads), m2, ..., each assigned its own name. */
export const stableGroup = (
  count: number,
  options: { config?: Partial<GroupConfig>; instances?: readonly string[] } = {},
): GroupRig => {
  const rig = new GroupRig(options.config);
  for (let at = 0; at < count; at += 1) {
    const instanceId = options.instances?.[at];
    rig.join(instanceId === undefined ? {} : { instanceId });
  }
  rig.run(rig.config.initialRebalanceDelayMs * 3);
  settle(rig);
  return rig;
};

/** All members of the new generation come for their assignment. */
export const settle = (rig: GroupRig): void => {
  const ids = rig.core.members.map(({ id }) => id);
  const assignments = new Map(ids.map((id) => [id, bytesOf(`for ${id}`)]));
  for (const id of ids) {
    rig.sync(id, { assignments: id === rig.core.leaderId ? assignments : new Map() });
  }
};
