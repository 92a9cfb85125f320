import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../../src/base/assert.ts';
import type { IsrProposal } from '../../../../src/broker/replication/isr-state.ts';
import type {
  BrokerStanding,
  BrokerStandings,
  CoreEffects,
  Registration,
  TopicRules,
} from '../../../../src/broker/replication/partition-core.ts';
import { PartitionCore } from '../../../../src/broker/replication/partition-core.ts';

const LAG_MS = 10_000;

interface FakeLog {
  logStartOffset: number;
  logEndOffset: number;
  flushedOffset: number;
}

interface Setup {
  readonly log?: Partial<FakeLog>;
  readonly rules?: Partial<TopicRules>;
  readonly registration?: Partial<Registration>;
  readonly brokers?: BrokerStandings;
  readonly highWatermark?: number;
  readonly nowMs?: number;
}

const standing = (brokerEpoch: number, change: Partial<BrokerStanding> = {}): BrokerStanding => ({
  brokerEpoch,
  isFenced: false,
  inControlledShutdown: false,
  ...change,
});

/** Broker n has broker epoch n * 10. */
const BROKERS: BrokerStandings = new Map([
  [1, standing(10)],
  [2, standing(20)],
  [3, standing(30)],
]);

const registered = (change: Partial<Registration> = {}): Registration => ({
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
  ...change,
});

const setUp = (setup: Setup = {}) => {
  const log: FakeLog = { logStartOffset: 0, logEndOffset: 0, flushedOffset: 0, ...setup.log };
  const core = new PartitionCore({
    brokerId: 1,
    log,
    rules: { minInsyncReplicas: 1, ackDurability: 'fsync', ...setup.rules },
    replicaLagTimeMaxMs: LAG_MS,
    highWatermark: setup.highWatermark ?? 0,
  });
  return { core, log };
};

/** Broker 1 leads; `first` is what its election brought about. */
const lead = (setup: Setup = {}) => {
  const { core, log } = setUp(setup);
  const registration = registered(setup.registration);
  const first = core.becomeLeader(registration, setup.brokers ?? BROKERS, setup.nowMs ?? 0);
  const sessions = new Map([1, 2, 3].map((id) => [id, { id }]));
  const fetch = (
    brokerId: number,
    fetchOffset: number,
    rest: { flushed?: number; epoch?: number; session?: object; nowMs?: number } = {},
  ): CoreEffects =>
    core.onFollowerFetch({
      brokerId,
      brokerEpoch: rest.epoch ?? brokerId * 10,
      session: rest.session ?? sessions.get(brokerId) ?? {},
      fetchOffset,
      flushedOffset: rest.flushed ?? fetchOffset,
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
      flushedOffset,
      nowMs: rest.nowMs ?? 0,
    });
  const append = (logEndOffset: number, own = logEndOffset, nowMs = 0): CoreEffects => {
    log.logEndOffset = logEndOffset;
    log.flushedOffset = own;
    return core.onAppended(nowMs);
  };
  return { core, log, first, fetch, flushed, append };
};

const proposalIn = (effects: CoreEffects): IsrProposal | undefined =>
  effects.flatMap((effect) => (effect.kind === 'proposeIsr' ? [effect.proposal] : []))[0];

const idsOf = (proposal: IsrProposal | undefined): number[] | undefined =>
  proposal?.isr.map(({ brokerId }) => brokerId);

describe('high watermark', () => {
  test('is the lowest flushed offset over the in-sync replicas, the own one included', () => {
    const { core, fetch, append } = lead();
    append(10, 6);
    fetch(2, 10);

    fetch(3, 10, { flushed: 8 });

    expect(core.highWatermark).toBe(6);
  });

  test('does not count what a follower has fetched and not flushed', () => {
    const { core, fetch, append } = lead();
    append(10);
    fetch(2, 10, { flushed: 4 });

    fetch(3, 10, { flushed: 10 });

    expect(core.highWatermark).toBe(4);
  });

  test('moves on a progress message alone', () => {
    const { core, fetch, flushed, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 10, { flushed: 0 });

    const effects = flushed(2, 10);

    expect(effects).toEqual([{ kind: 'highWatermark', offset: 10 }]);
    expect(core.highWatermark).toBe(10);
  });

  test('moves on the own flush, when the followers were faster', () => {
    const { core, log, fetch, append } = lead();
    append(10, 0);
    fetch(2, 10);
    fetch(3, 10);
    log.flushedOffset = 10;

    core.onFlushed(1);

    expect(core.highWatermark).toBe(10);
  });

  test('counts end offsets where the topic asks for memory only', () => {
    const { core, fetch, append } = lead({ rules: { ackDurability: 'memory' } });
    append(10, 0);
    fetch(2, 10, { flushed: 0 });

    fetch(3, 9, { flushed: 0 });

    expect(core.highWatermark).toBe(9);
  });

  test('follows the own log alone where the leader is the only replica', () => {
    const { core, append } = lead({ registration: { replicas: [1], isr: [1] } });

    append(10);

    expect(core.highWatermark).toBe(10);
  });

  test('waits for an in-sync member that has not fetched in this epoch', () => {
    const { core, fetch, append } = lead();
    append(10);

    fetch(2, 10);

    expect(core.highWatermark).toBe(0);
  });

  test('never goes back when a member comes back with less', () => {
    const { core, fetch, append } = lead();
    append(10);
    fetch(2, 10);
    fetch(3, 10);

    fetch(3, 2);

    expect(core.highWatermark).toBe(10);
  });

  test('does not move while the committed ISR is under min.insync.replicas (KAFKA-15583)', () => {
    const { core, append } = lead({
      rules: { minInsyncReplicas: 2 },
      registration: { isr: [1] },
    });

    append(10);

    expect(core.highWatermark).toBe(0);
  });

  test('moves again once the ISR is large enough, for what was appended before', () => {
    const { core, fetch, append } = lead({
      rules: { minInsyncReplicas: 2 },
      registration: { isr: [1] },
    });
    append(10);
    const proposal = proposalIn(fetch(2, 10));

    if (proposal === undefined) throw new Error('no proposal');
    core.onIsrAnswer(proposal, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1, 2] },
    });

    expect(core.highWatermark).toBe(10);
  });

  test('takes min.insync.replicas above the replica count for the replica count', () => {
    const { core, append } = lead({
      rules: { minInsyncReplicas: 3 },
      registration: { replicas: [1], isr: [1] },
    });

    append(10);

    expect(core.highWatermark).toBe(10);
  });

  test('waits for a caught-up follower that is about to join', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1] } });
    fetch(2, 0, { epoch: 20 });
    const proposal = core.pendingIsr;
    if (proposal === undefined) throw new Error('no proposal');
    core.onIsrAnswer(proposal, { kind: 'refused', code: 'INELIGIBLE_REPLICA' });

    append(10);

    expect(core.pendingIsr).toBeUndefined();
    expect(core.highWatermark).toBe(0);
  });

  test('waits for no follower that is shutting down (KAFKA-15021)', () => {
    const brokers = new Map(BROKERS).set(2, standing(20, { inControlledShutdown: true }));
    const { core, fetch, append } = lead({ registration: { isr: [1] }, brokers });
    fetch(2, 0);

    append(10);

    expect(core.highWatermark).toBe(10);
  });

  test('waits for no follower whose broker is fenced', () => {
    const brokers = new Map(BROKERS).set(2, standing(20, { isFenced: true }));
    const { core, fetch, append } = lead({ registration: { isr: [1] }, brokers });
    fetch(2, 0);

    append(10);

    expect(core.highWatermark).toBe(10);
  });

  test('of a follower is that of its leader, bounded by its own log', () => {
    const { core } = setUp({ log: { logEndOffset: 5 } });
    core.becomeFollower(registered({ leader: 2 }));

    core.onLeaderHighWatermark(9);

    expect(core.highWatermark).toBe(5);
  });

  test('of a follower does not go back to that of a leader elected a moment ago', () => {
    const { core } = setUp({ log: { logEndOffset: 5 }, highWatermark: 5 });
    core.becomeFollower(registered({ leader: 2 }));

    core.onLeaderHighWatermark(3);

    expect(core.highWatermark).toBe(5);
  });

  test('falls with a log that is cut below it', () => {
    const { core, log } = setUp({ log: { logEndOffset: 9 }, highWatermark: 9 });
    core.becomeFollower(registered({ leader: 2 }));
    log.logEndOffset = 4;

    core.onLogCut();

    expect(core.highWatermark).toBe(4);
  });

  test('jumps to the start of a log that begins anew (KAFKA-9491)', () => {
    const { core, log } = setUp({ log: { logEndOffset: 9 }, highWatermark: 9 });
    core.becomeFollower(registered({ leader: 2 }));
    Object.assign(log, { logStartOffset: 100, logEndOffset: 100, flushedOffset: 100 });

    core.onLogCut();

    expect(core.highWatermark).toBe(100);
  });
});

describe('what a follower says counts only when it is proved', () => {
  test('flushed bytes beyond the verified fetch offset do not count', () => {
    const { core, fetch, flushed, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 5);

    flushed(2, 10);

    expect(core.highWatermark).toBe(5);
  });

  test('progress of a stream that has been replaced is ignored', () => {
    const { core, fetch, flushed, append } = lead({ registration: { isr: [1, 2] } });
    const [old, next] = [{}, {}];
    append(10);
    fetch(2, 10, { flushed: 3, session: old });
    fetch(2, 10, { flushed: 3, session: next });

    flushed(2, 10, { session: old });

    expect(core.highWatermark).toBe(3);
  });

  test('a fetch of an older registration than one seen is ignored', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 3, { epoch: 21 });

    fetch(2, 10, { epoch: 20 });

    expect(core.highWatermark).toBe(3);
  });

  test('a fetch of a broker that is no replica is ignored', () => {
    const { core, append } = lead({ registration: { replicas: [1, 2], isr: [1] } });
    append(10);

    const effects = core.onFollowerFetch({
      brokerId: 3,
      brokerEpoch: 30,
      session: {},
      fetchOffset: 10,
      flushedOffset: 10,
      nowMs: 0,
    });

    expect(effects).toEqual([]);
    expect(core.followerProgress(3)).toBeUndefined();
  });
});

describe('joining the in-sync replicas', () => {
  const joining = (setup: Setup = {}) => lead({ ...setup, registration: { isr: [1] } });

  test('is proposed for a follower at the high watermark', () => {
    const { fetch, append } = joining();
    append(10);

    const proposal = proposalIn(fetch(2, 10));

    expect(proposal?.change).toBe('expand');
    expect(proposal?.isr).toEqual([
      { brokerId: 1, brokerEpoch: -1 },
      { brokerId: 2, brokerEpoch: 20 },
    ]);
    expect(proposal).toMatchObject({ leaderEpoch: 5, partitionEpoch: 7 });
  });

  test('is not proposed below the high watermark', () => {
    const { fetch, append } = joining();
    append(10);

    expect(proposalIn(fetch(2, 9))).toBeUndefined();
  });

  test('is not proposed for fetched bytes that are not flushed', () => {
    const { fetch, append } = joining();
    append(10);

    expect(proposalIn(fetch(2, 10, { flushed: 9 }))).toBeUndefined();
  });

  test('is proposed as soon as they are flushed', () => {
    const { fetch, flushed, append } = joining();
    append(10);
    fetch(2, 10, { flushed: 9 });

    expect(idsOf(proposalIn(flushed(2, 10)))).toEqual([1, 2]);
  });

  test('is not proposed below the epoch start, though at the high watermark (KAFKA-7128)', () => {
    const { core, fetch } = lead({
      log: { logEndOffset: 10, flushedOffset: 10 },
      highWatermark: 6,
      registration: { isr: [1, 3] },
    });

    const proposal = proposalIn(fetch(2, 8));

    expect(core.highWatermark).toBe(6);
    expect(proposal).toBeUndefined();
  });

  test('is not proposed for a fenced broker (KAFKA-13916)', () => {
    const brokers = new Map(BROKERS).set(2, standing(20, { isFenced: true }));
    const { fetch } = joining({ brokers });

    expect(proposalIn(fetch(2, 0))).toBeUndefined();
  });

  test('is not proposed for a broker in controlled shutdown', () => {
    const brokers = new Map(BROKERS).set(2, standing(20, { inControlledShutdown: true }));
    const { fetch } = joining({ brokers });

    expect(proposalIn(fetch(2, 0))).toBeUndefined();
  });

  test('is not proposed for a broker that the metadata does not know', () => {
    const { fetch } = joining({ brokers: new Map([[1, standing(10)]]) });

    expect(proposalIn(fetch(2, 0))).toBeUndefined();
  });

  test('is not proposed when the fetch is of another registration than the metadata (KAFKA-14139)', () => {
    const { fetch } = joining();

    expect(proposalIn(fetch(2, 0, { epoch: 19 }))).toBeUndefined();
    expect(proposalIn(fetch(2, 0, { epoch: 21 }))).toBeUndefined();
  });

  test('judges position and registration of one and the same fetch (KAFKA-15221)', () => {
    const { fetch, append } = joining();
    append(10);
    fetch(2, 10, { epoch: 19 });

    const proposal = proposalIn(fetch(2, 0, { epoch: 20 }));

    expect(proposal).toBeUndefined();
  });

  test('is proposed once the metadata catches up with a registration', () => {
    const { core, fetch } = joining();
    fetch(2, 0, { epoch: 21 });

    const effects = core.onBrokers(new Map(BROKERS).set(2, standing(21)));

    expect(idsOf(proposalIn(effects))).toEqual([1, 2]);
  });

  test('is not proposed for a member just put out, where the high watermark stands still', () => {
    const { core, fetch, append } = lead({
      rules: { minInsyncReplicas: 3 },
      registration: { isr: [1, 2, 3] },
    });
    append(10);
    fetch(2, 10);
    fetch(3, 0);
    const shrink = proposalIn(core.tick(LAG_MS + 1));
    if (shrink === undefined) throw new Error('no proposal');

    const effects = core.onIsrAnswer(shrink, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1, 2] },
    });

    expect(core.highWatermark).toBe(0);
    expect(effects).toEqual([]);
  });

  test('is proposed for one change at a time', () => {
    const { fetch } = joining();
    fetch(2, 0);

    expect(proposalIn(fetch(3, 0))).toBeUndefined();
  });

  test('of a second follower is proposed when the first change is committed', () => {
    const { core, fetch } = joining();
    const proposal = proposalIn(fetch(2, 0));
    fetch(3, 0);
    if (proposal === undefined) throw new Error('no proposal');

    const effects = core.onIsrAnswer(proposal, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1, 2] },
    });

    expect(idsOf(proposalIn(effects))).toEqual([1, 2, 3]);
    expect(proposalIn(effects)?.partitionEpoch).toBe(8);
  });

  test('makes the high watermark wait for the joiner before it is committed', () => {
    const { core, fetch, append } = joining();
    fetch(2, 0);

    append(10);

    expect([...core.maximalIsr]).toEqual([1, 2]);
    expect(core.highWatermark).toBe(0);
  });
});

describe('falling out of the in-sync replicas', () => {
  test('is proposed for a member that has not caught up within the limit', () => {
    const { core, fetch, append } = lead();
    append(10);
    fetch(2, 10, { nowMs: LAG_MS });

    const effects = core.tick(LAG_MS + 1);

    expect(proposalIn(effects)?.change).toBe('shrink');
    expect(idsOf(proposalIn(effects))).toEqual([1, 2]);
  });

  test('is not proposed within the limit', () => {
    const { core, append } = lead();
    append(10);

    expect(core.tick(LAG_MS)).toEqual([]);
  });

  test('is not proposed for a member that has everything, however long ago it fetched', () => {
    const { core, fetch, append } = lead();
    append(10);
    fetch(2, 10);
    fetch(3, 10);

    expect(core.tick(LAG_MS * 100)).toEqual([]);
  });

  test('is not proposed for a member that follows a moving end a little behind', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    for (let second = 1; second <= 60; second += 1) {
      append(second * 10, second * 10, second * 1000);
      fetch(2, (second - 1) * 10, { nowMs: second * 1000 });
    }

    expect(proposalIn(core.tick(60_000))).toBeUndefined();
  });

  test('is proposed for a member that fetches and never flushes', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    for (let second = 1; second <= 12; second += 1) {
      append(second * 10, second * 10, second * 1000);
      fetch(2, second * 10, { flushed: 0, nowMs: second * 1000 });
    }

    expect(core.pendingIsr?.change).toBe('shrink');
    expect(idsOf(core.pendingIsr)).toEqual([1]);
  });

  test('leaves the member in the maximal ISR until it is committed', () => {
    const { core, append } = lead({ registration: { isr: [1, 2] } });
    append(10);

    core.tick(LAG_MS + 1);

    expect([...core.maximalIsr]).toEqual([1, 2]);
    expect(core.highWatermark).toBe(0);
  });

  test('lets the high watermark go on when it is committed', () => {
    const { core, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    const proposal = proposalIn(core.tick(LAG_MS + 1));
    if (proposal === undefined) throw new Error('no proposal');

    core.onIsrAnswer(proposal, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1] },
    });

    expect(core.highWatermark).toBe(10);
  });
});

describe('answers of the controller', () => {
  const proposed = () => {
    const led = lead({ registration: { isr: [1] } });
    const proposal = proposalIn(led.fetch(2, 0));
    if (proposal === undefined) throw new Error('no proposal');
    return { ...led, proposal };
  };

  test('INELIGIBLE_REPLICA takes the proposal back, for it was not applied', () => {
    const { core, proposal } = proposed();

    core.onIsrAnswer(proposal, { kind: 'refused', code: 'INELIGIBLE_REPLICA' });

    expect(core.pendingIsr).toBeUndefined();
    expect([...core.maximalIsr]).toEqual([1]);
  });

  test('after INELIGIBLE_REPLICA the next proposal waits for a tick', () => {
    const { core, fetch, proposal } = proposed();
    core.onIsrAnswer(proposal, { kind: 'refused', code: 'INELIGIBLE_REPLICA' });

    expect(proposalIn(fetch(2, 0))).toBeUndefined();
    expect(idsOf(proposalIn(core.tick(500)))).toEqual([1, 2]);
  });

  test.each([
    'FENCED_LEADER_EPOCH',
    'INVALID_UPDATE_VERSION',
    'UNKNOWN_TOPIC_ID',
    'NEW_LEADER_ELECTED',
    'INVALID_REQUEST',
  ] as const)('%s leaves both outcomes open until metadata comes', (code) => {
    const { core, proposal } = proposed();

    core.onIsrAnswer(proposal, { kind: 'refused', code });

    expect(core.pendingIsr).toBe(proposal);
    expect([...core.maximalIsr]).toEqual([1, 2]);
  });

  test('metadata of a later partition epoch settles a proposal', () => {
    const { core } = proposed();

    core.onRegistration(registered({ isr: [1, 2], partitionEpoch: 8 }));

    expect(core.pendingIsr).toBeUndefined();
    expect(core.committedIsr).toEqual([1, 2]);
  });

  test('metadata of the same or an older partition epoch changes nothing', () => {
    const { core, proposal } = proposed();

    core.onRegistration(registered({ isr: [1, 2, 3], partitionEpoch: 7 }));

    expect(core.pendingIsr).toBe(proposal);
    expect(core.committedIsr).toEqual([1]);
  });

  test('an answer to a proposal that metadata has settled is ignored', () => {
    const { core, proposal } = proposed();
    core.onRegistration(registered({ isr: [1, 3], partitionEpoch: 9 }));

    core.onIsrAnswer(proposal, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1, 2] },
    });

    expect(core.committedIsr).toEqual([1, 3]);
    expect(core.partitionEpoch).toBe(9);
  });

  test('an answer that comes after the leadership is ignored', () => {
    const { core, proposal } = proposed();
    core.becomeFollower(registered({ leader: 2, leaderEpoch: 6, partitionEpoch: 8 }));

    const effects = core.onIsrAnswer(proposal, { kind: 'refused', code: 'INELIGIBLE_REPLICA' });

    expect(effects).toEqual([]);
    expect(core.role).toBe('follower');
  });
});

describe('leadership', () => {
  test('begins its epoch at the end of the log', () => {
    const { core } = lead({ log: { logEndOffset: 42, flushedOffset: 42 } });

    expect(core.epochStartOffset).toBe(42);
  });

  test('does not know the latest offset before the high watermark reaches the epoch start', () => {
    const { core, fetch } = lead({
      log: { logEndOffset: 10, flushedOffset: 10 },
      highWatermark: 6,
      registration: { isr: [1, 2] },
    });
    expect(core.isLatestOffsetKnown).toBe(false);

    fetch(2, 10);

    expect(core.isLatestOffsetKnown).toBe(true);
  });

  test('counts in-sync members as caught up from its beginning, and nobody else', () => {
    const { core, append } = lead({ registration: { isr: [1, 2] }, nowMs: 50_000 });
    append(10, 10, 50_000);

    expect(core.followerProgress(2)?.lastCaughtUpMs).toBe(50_000);
    expect(core.followerProgress(3)?.lastCaughtUpMs).toBe(Number.NEGATIVE_INFINITY);
  });

  test('forgets the positions of an earlier epoch', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 10);
    core.becomeFollower(registered({ leader: 2, leaderEpoch: 6, partitionEpoch: 8 }));

    core.becomeLeader(registered({ leaderEpoch: 7, partitionEpoch: 9 }), BROKERS, 1);

    expect(core.followerProgress(2)?.isHeard).toBe(false);
  });

  test('keeps the positions through a change of the same epoch (KAFKA-13790)', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 7);

    core.onRegistration(registered({ isr: [1, 2, 3], partitionEpoch: 8 }));

    expect(core.followerProgress(2)?.fetchOffset).toBe(7);
  });

  test('that is over proposes nothing and moves nothing', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1] } });
    core.becomeFollower(registered({ leader: 2, leaderEpoch: 6, partitionEpoch: 8 }));

    expect(append(10)).toEqual([]);
    expect(fetch(2, 10)).toEqual([]);
    expect(core.tick(LAG_MS * 10)).toEqual([]);
  });

  test('of another broker is an error to begin here', () => {
    const { core } = setUp();

    expect(() => core.becomeLeader(registered({ leader: 2 }), BROKERS, 0)).toThrow(
      InvariantViolation,
    );
  });

  test('a hint of a high watermark beyond the log is clamped into it', () => {
    const { core } = setUp({ log: { logStartOffset: 3, logEndOffset: 5 }, highWatermark: 99 });

    expect(core.highWatermark).toBe(5);
  });
});

describe('invariants', () => {
  test('a log cut below the high watermark unannounced stops the node', () => {
    const { core, log, append } = lead({ registration: { replicas: [1], isr: [1] } });
    append(10);
    log.logEndOffset = 5;
    log.flushedOffset = 5;

    expect(() => core.onAppended(1)).toThrow(/within the log/);
  });

  test('a flushed offset beyond the end stops the node', () => {
    const { core, log } = lead();
    log.flushedOffset = 1;

    expect(() => core.onFlushed(1)).toThrow(/durable beyond the end/);
  });
});
