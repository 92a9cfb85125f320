import type { FlushedOffset } from '../../../../src/base/ids.ts';
import type { IsrProposal } from '../../../../src/broker/replication/isr-state.ts';
import type { CoreEffects } from '../../../../src/broker/replication/partition-core.ts';
import { PartitionCore } from '../../../../src/broker/replication/partition-core.ts';
import type {
  BrokerStanding,
  BrokerStandings,
  Registration,
  TopicRules,
} from '../../../../src/broker/replication/registration.ts';
import { flushedTo } from '../../../../src/log/flushed-offset.ts';

export const LAG_MS = 10_000;

export interface FakeLog {
  logStartOffset: number;
  logEndOffset: number;
  flushedOffset: FlushedOffset;
}

export interface Setup {
  readonly log?: { readonly [Name in keyof FakeLog]?: number };
  readonly rules?: Partial<TopicRules>;
  readonly registration?: Partial<Registration>;
  readonly brokers?: BrokerStandings;
  readonly highWatermark?: number;
  readonly nowMs?: number;
}

export const standing = (
  brokerEpoch: number,
  change: Partial<BrokerStanding> = {},
): BrokerStanding => ({
  brokerEpoch,
  isFenced: false,
  inControlledShutdown: false,
  ...change,
});

/** Broker n has broker epoch n * 10. */
export const BROKERS: BrokerStandings = new Map([
  [1, standing(10)],
  [2, standing(20)],
  [3, standing(30)],
]);

export const registered = (change: Partial<Registration> = {}): Registration => ({
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
  addingReplicas: [],
  removingReplicas: [],
  ...change,
});

export const setUp = (setup: Setup = {}) => {
  const log: FakeLog = {
    logStartOffset: setup.log?.logStartOffset ?? 0,
    logEndOffset: setup.log?.logEndOffset ?? 0,
    flushedOffset: flushedTo(setup.log?.flushedOffset ?? 0),
  };
  const core = new PartitionCore({
    brokerId: 1,
    log,
    rules: {
      minInsyncReplicas: 1,
      ackDurability: 'fsync',
      keepsMinimum: false,
      ...setup.rules,
    },
    replicaLagTimeMaxMs: LAG_MS,
    highWatermark: setup.highWatermark ?? 0,
  });
  return { core, log };
};

/** Broker 1 leads; `first` is what its election brought about. */
export const lead = (setup: Setup = {}) => {
  const { core, log } = setUp(setup);
  const registration = registered(setup.registration);
  const first = core.becomeLeader(registration, setup.brokers ?? BROKERS, setup.nowMs ?? 0);
  const sessions = new Map([1, 2, 3].map((id) => [id, { id }]));
  const fetch = (
    brokerId: number,
    fetchOffset: number,
    rest: {
      flushed?: number;
      start?: number;
      epoch?: number;
      session?: object;
      nowMs?: number;
    } = {},
  ): CoreEffects =>
    core.onFollowerFetch({
      brokerId,
      brokerEpoch: rest.epoch ?? brokerId * 10,
      session: rest.session ?? sessions.get(brokerId) ?? {},
      fetchOffset,
      flushedOffset: flushedTo(rest.flushed ?? fetchOffset),
      logStartOffset: rest.start ?? 0,
      nowMs: rest.nowMs ?? 0,
    });
  const flushed = (
    brokerId: number,
    flushedOffset: number,
    rest: { session?: object; nowMs?: number } = {},
  ): CoreEffects =>
    core.onFollowerFlushed({
      brokerId,
      session: rest.session ?? sessions.get(brokerId) ?? {},
      flushedOffset: flushedTo(flushedOffset),
      nowMs: rest.nowMs ?? 0,
    });
  const append = (logEndOffset: number, own = logEndOffset, nowMs = 0): CoreEffects => {
    log.logEndOffset = logEndOffset;
    log.flushedOffset = flushedTo(own);
    return core.onAppended(nowMs);
  };
  return { core, log, first, fetch, flushed, append };
};

export const proposalIn = (effects: CoreEffects): IsrProposal | undefined =>
  effects.flatMap((effect) => (effect.kind === 'proposeIsr' ? [effect.proposal] : []))[0];

export const idsOf = (proposal: IsrProposal | undefined): number[] | undefined =>
  proposal?.isr.map(({ brokerId }) => brokerId);
