import { describe, expect, test } from 'vitest';
import { must } from '../../../../src/base/assert.ts';
import type { Setup } from './core-fixture.ts';
import { BROKERS, idsOf, LAG_MS, lead, proposalIn, registered, standing } from './core-fixture.ts';

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

  test('is not proposed for one that lags where the high watermark stands still', () => {
    const { core, fetch, append } = lead({
      rules: { minInsyncReplicas: 3 },
      registration: { isr: [1, 2] },
    });
    append(10);
    fetch(2, 10);

    const effects = fetch(3, 0);

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

describe('a broker that begins to stop', () => {
  test('is not asked back by the change that takes it out of the set', () => {
    const { core, fetch, append } = lead();
    append(10);
    fetch(2, 10);
    fetch(3, 10);
    const brokers = new Map([...BROKERS, [3, standing(30, { inControlledShutdown: true })]]);

    const effects = core.onRegistration(registered({ isr: [1, 2], partitionEpoch: 8 }), brokers);

    expect(proposalIn(effects)).toBeUndefined();
    expect([...core.maximalIsr]).toEqual([1, 2]);
  });

  test('holds up no record that comes after that change', () => {
    const { core, fetch, append } = lead();
    const brokers = new Map([...BROKERS, [3, standing(30, { inControlledShutdown: true })]]);
    core.onRegistration(registered({ isr: [1, 2], partitionEpoch: 8 }), brokers);
    append(10);

    fetch(2, 10);

    expect(core.highWatermark).toBe(10);
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

  // An idle member has nothing to say: its time begins with the record that it does not have.
  test('is not proposed for an idle member at the first append, but the limit later', () => {
    const { core, fetch, append } = lead({ registration: { isr: [1, 2] } });
    append(10);
    fetch(2, 10);

    append(11, 11, LAG_MS * 5);
    const atOnce = core.tick(LAG_MS * 5 + 1);
    append(12, 12, LAG_MS * 6 - 1);

    expect(proposalIn(atOnce)).toBeUndefined();
    expect(proposalIn(core.tick(LAG_MS * 6))).toBeUndefined();
    expect(proposalIn(core.tick(LAG_MS * 6 + 1))?.change).toBe('shrink');
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

  /** Broker 2 has fallen behind; the controller answers that it is out, ahead of the metadata. */
  const answered = (rules: Setup['rules'] = {}) => {
    const led = lead({ registration: { isr: [1, 2] }, rules });
    led.append(10);
    const proposal = must(proposalIn(led.core.tick(LAG_MS + 1)), 'a member has fallen behind');
    led.core.onIsrAnswer(proposal, {
      kind: 'committed',
      registration: { leader: 1, leaderEpoch: 5, partitionEpoch: 8, isr: [1] },
    });
    return led;
  };

  test('lets the high watermark go on when the metadata shows it', () => {
    const { core } = answered();
    const onAnswer = core.highWatermark;

    core.onRegistration(registered({ isr: [1], partitionEpoch: 8 }), BROKERS);

    expect(core.committedIsr).toEqual([1]);
    expect({ onAnswer, onMetadata: core.highWatermark }).toEqual({ onAnswer: 0, onMetadata: 10 });
  });

  test('counts who has left by an answer while settings come from before it', () => {
    const { core } = answered({ minInsyncReplicas: 2 });

    // Lowered and raised again before the set was committed, by which broker 2 is eligible.
    core.onRules({ minInsyncReplicas: 1, ackDurability: 'fsync', keepsMinimum: false });
    const onLower = core.highWatermark;
    core.onRules({ minInsyncReplicas: 2, ackDurability: 'fsync', keepsMinimum: false });
    core.onRegistration(registered({ isr: [1], partitionEpoch: 8 }), BROKERS);

    expect({ onLower, onMetadata: core.highWatermark }).toEqual({ onLower: 0, onMetadata: 0 });
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

    core.onRegistration(registered({ isr: [1, 2], partitionEpoch: 8 }), BROKERS);

    expect(core.pendingIsr).toBeUndefined();
    expect(core.committedIsr).toEqual([1, 2]);
  });

  test('metadata of the same or an older partition epoch changes nothing', () => {
    const { core, proposal } = proposed();

    core.onRegistration(registered({ isr: [1, 2, 3], partitionEpoch: 7 }), BROKERS);

    expect(core.pendingIsr).toBe(proposal);
    expect(core.committedIsr).toEqual([1]);
  });

  test('an answer to a proposal that metadata has settled is ignored', () => {
    const { core, proposal } = proposed();
    core.onRegistration(registered({ isr: [1, 3], partitionEpoch: 9 }), BROKERS);

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

describe('an in-sync set of as few as the minimum, where others can be eligible', () => {
  const SHORT = { minInsyncReplicas: 2 };

  test('shrinks below it, and commits nothing from there on', () => {
    const { core, append } = lead({ rules: SHORT, registration: { isr: [1, 2] } });
    append(10);

    const proposal = must(proposalIn(core.tick(LAG_MS + 1)), 'the leader proposes a set');
    const registration = { leader: 1, leaderEpoch: 5, isr: [1], partitionEpoch: 8 };
    core.onIsrAnswer(proposal, { kind: 'committed', registration });

    expect(idsOf(proposal)).toEqual([1]);
    expect(proposal.minInsyncReplicas).toBe(2);
    expect(core.highWatermark).toBe(0);
  });
});

describe('an in-sync set of as few as the minimum, where nobody can be eligible', () => {
  const SHORT = { minInsyncReplicas: 2, keepsMinimum: true };
  const away = new Map(BROKERS).set(2, standing(20, { isFenced: true }));

  test('keeps a member that has fallen behind, since nothing is committed without it', () => {
    const { core, append } = lead({ rules: SHORT, registration: { isr: [1, 2] } });
    append(10);

    const effects = core.tick(LAG_MS + 1);

    expect(effects).toEqual([]);
    expect(core.highWatermark).toBe(0);
    expect(core.isMinIsrAbsent).toBe(true);
  });

  test('lets go of no more than that when several fall behind at once', () => {
    const { core, append } = lead({ rules: SHORT });
    append(10);

    expect(idsOf(proposalIn(core.tick(LAG_MS + 1)))).toEqual([1, 3]);
  });

  test('refuses acks=all while a member is out of service, and no longer', () => {
    const { core } = lead({ rules: SHORT, registration: { isr: [1, 2] }, brokers: away });

    expect(core.isMinIsrAbsent).toBe(true);
    core.onBrokers(BROKERS);
    expect(core.isMinIsrAbsent).toBe(false);
  });

  test('gives up the one that is away for one that joins', () => {
    const { fetch } = lead({ rules: SHORT, registration: { isr: [1, 2] }, brokers: away });

    expect(idsOf(proposalIn(fetch(3, 0)))).toEqual([1, 3]);
  });

  test('keeps the one that is away where even with the joining one it takes all', () => {
    const rules = { minInsyncReplicas: 3, keepsMinimum: true };
    const { fetch } = lead({ rules, registration: { isr: [1, 2] }, brokers: away });

    expect(idsOf(proposalIn(fetch(3, 0)))).toEqual([1, 2, 3]);
  });

  test('shrinks to the leader where acknowledgements are from memory', () => {
    const rules = { ...SHORT, ackDurability: 'memory' } as const;
    const { core, append } = lead({ rules, registration: { isr: [1, 2] } });
    append(10);

    expect(idsOf(proposalIn(core.tick(LAG_MS + 1)))).toEqual([1]);
  });
});
