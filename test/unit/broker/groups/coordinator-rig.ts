import type { ErrorCode } from '../../../../src/base/errors.ts';
import type { GroupSettings } from '../../../../src/broker/groups/group-settings.ts';
import type {
  CommitAsk,
  Groups,
  JoinAsk,
  JoinReply,
  SyncReply,
} from '../../../../src/broker/groups/groups.ts';
import { OFFSETS_TOPIC } from '../../../../src/metadata/internal-topics.ts';
import { TestCluster } from '../harness/test-cluster.ts';
import { bytesOf, REBALANCE_MS, SESSION_MS } from './fixture.ts';

export const GROUP = 'g';
export const TOPIC = 't';

/** An answer that may be on its way. */
export interface Pending<Reply> {
  reply: Reply | undefined;
}

/** Brokers over virtual time whose one partition of `__consumer_offsets` is on all of them. */
export class CoordinatorRig {
  readonly cluster: TestCluster;

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  static async start(
    brokerCount = 3,
    configs: Record<string, string> = {},
  ): Promise<CoordinatorRig> {
    const rig = new CoordinatorRig(await TestCluster.start(brokerCount));
    const replicas = rig.cluster.brokers.map(({ brokerId }) => brokerId);
    rig.cluster.controller.createTopic(OFFSETS_TOPIC, replicas, { configs });
    rig.cluster.controller.createTopic(TOPIC, [1]);
    await rig.run(500);
    return rig;
  }

  /** All brokers are started anew with other settings. */
  async reconfigure(change: Partial<GroupSettings>): Promise<void> {
    for (const broker of this.cluster.brokers) {
      broker.crash({ power: false });
      broker.groups = { ...broker.groups, ...change };
      await broker.start();
    }
    await this.run(1500);
  }

  groups(brokerId = 1): Groups {
    return this.cluster.broker(brokerId).node.clientContext().groups;
  }

  run(byMs: number): Promise<void> {
    return this.cluster.run(byMs);
  }

  /** Lets the promise settle within some virtual time; fails when it does not. */
  async get<Reply>(promise: Promise<Reply>, withinMs = 1000): Promise<Reply> {
    const pending = this.watch(promise);
    for (let ms = 0; ms < withinMs && pending.reply === undefined; ms += 10) await this.run(10);
    if (pending.reply === undefined) throw new Error(`no answer within ${withinMs} ms`);
    return pending.reply;
  }

  watch<Reply>(promise: Promise<Reply>): Pending<Reply> {
    const pending: Pending<Reply> = { reply: undefined };
    void promise.then((reply) => {
      pending.reply = reply;
    });
    return pending;
  }

  /** Another broker leads from now on. */
  async moveTo(brokerId: number): Promise<void> {
    this.cluster.controller.change(OFFSETS_TOPIC, { leader: brokerId });
    await this.run(500);
  }

  join(change: Partial<JoinAsk> = {}, brokerId = 1): Promise<JoinReply> {
    return this.groups(brokerId).join(GROUP, {
      memberId: '',
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: bytesOf('wishes') }],
      needsKnownMemberId: false,
      canSkipAssignment: false,
      ...change,
    });
  }

  /** One member alone, with its assignment; its id. */
  async settleAlone(change: Partial<JoinAsk> = {}): Promise<JoinReply> {
    const joined = await this.get(this.join(change), 10_000);
    await this.get(this.syncAsLeader(joined, 'all'));
    return joined;
  }

  syncAsLeader(joined: JoinReply, assignment: string, brokerId = 1): Promise<SyncReply> {
    const assignments = new Map([[joined.memberId, bytesOf(assignment)]]);
    const { memberId, generation } = joined;
    return this.groups(brokerId).sync(GROUP, { memberId, generation, assignments });
  }

  heartbeat({ memberId, generation }: JoinReply, brokerId = 1): Promise<ErrorCode> {
    return this.get(this.groups(brokerId).heartbeat(GROUP, { memberId, generation }));
  }

  /** The code of the one partition. */
  commit(offset: number, change: Partial<CommitAsk> = {}, brokerId = 1): Promise<ErrorCode> {
    return this.get(this.askCommit(offset, change, brokerId), 10_000);
  }

  /** As `commit`; time is left to the caller. */
  async askCommit(
    offset: number,
    change: Partial<CommitAsk> = {},
    brokerId = 1,
  ): Promise<ErrorCode> {
    const offsets = [{ topic: TOPIC, partition: 0, offset, leaderEpoch: 0, metadata: 'words' }];
    const who = { memberId: '', generation: -1 };
    const asked = this.groups(brokerId).commit(GROUP, { ...who, offsets, ...change });
    const { partitions } = await asked;
    return partitions[0]?.code ?? 'UNKNOWN_SERVER_ERROR';
  }

  /** What the group has committed: its offset, undefined for nothing, or why it is not told. */
  async committed(brokerId = 1, groupId = GROUP): Promise<number | undefined | ErrorCode> {
    const at = [{ topic: TOPIC, partition: 0 }];
    const asked = this.groups(brokerId).fetchOffsets(groupId, at);
    const { code, offsets } = await this.get(asked, 3000);
    return code === 'NONE' ? offsets[0]?.committed?.offset : code;
  }
}
