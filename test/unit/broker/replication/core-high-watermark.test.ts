import { describe, expect, test } from 'vitest';
import { flushedTo } from '../../../../src/log/flushed-offset.ts';
import { BROKERS, lead, proposalIn, registered, setUp, standing } from './core-fixture.ts';

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
    log.flushedOffset = flushedTo(10);

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

    expect(core.isMinIsrAbsent).toBe(false);
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
      flushedOffset: flushedTo(10),
      logStartOffset: 0,
      nowMs: 0,
    });

    expect(effects).toEqual([]);
    expect(core.followerProgress(3)).toBeUndefined();
  });
});

describe('the low watermark', () => {
  test('is the lowest log start of the replicas that live, once all have told theirs', () => {
    const log = { logStartOffset: 5, logEndOffset: 10, flushedOffset: 10 };
    const { core, fetch } = lead({ log, highWatermark: 5 });

    const unknown = core.lowWatermark;
    fetch(2, 10, { start: 5 });
    fetch(3, 10, { start: 2 });
    const known = core.lowWatermark;
    core.onBrokers(new Map([...BROKERS].filter(([brokerId]) => brokerId !== 3)));

    expect([unknown, known, core.lowWatermark]).toEqual([-1, 2, 5]);
  });

  test.each([
    ['is fenced', [3, standing(30, { isFenced: true })]],
    ['is not known any more', undefined],
  ] as const)('does not wait for a replica that %s', (_, third) => {
    const log = { logStartOffset: 5, logEndOffset: 10, flushedOffset: 10 };
    const { core, fetch } = lead({ log, highWatermark: 5 });
    fetch(2, 10, { start: 4 });
    fetch(3, 10, { start: 2 });

    const others = [...BROKERS].filter(([brokerId]) => brokerId !== 3);
    core.onBrokers(new Map(third === undefined ? others : [...others, third]));

    expect(core.lowWatermark).toBe(4);
  });
});
