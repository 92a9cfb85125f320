import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../../src/base/assert.ts';
import { flushedTo } from '../../../../src/log/flushed-offset.ts';
import type { Setup } from './core-fixture.ts';
import { BROKERS, idsOf, LAG_MS, lead, proposalIn, registered, setUp } from './core-fixture.ts';

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

    core.onRegistration(registered({ isr: [1, 2, 3], partitionEpoch: 8 }), BROKERS);

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
    log.flushedOffset = flushedTo(5);

    expect(() => core.onAppended(1)).toThrow(/within the log/);
  });

  test('a flushed offset beyond the end stops the node', () => {
    const { core, log } = lead();
    log.flushedOffset = flushedTo(1);

    expect(() => core.onFlushed(1)).toThrow(/durable beyond the end/);
  });
});

describe('giving a partition up', () => {
  const stuck = (setup: Setup = {}) => {
    const led = lead(setup);
    for (const brokerId of [2, 3]) led.fetch(brokerId, 0);
    led.append(10, 0);
    return led;
  };
  const LATER_MS = LAG_MS + 1;

  test('is proposed when the own sync hangs past the limit, to those that flush', () => {
    const { core, fetch } = stuck();
    fetch(2, 10, { nowMs: LATER_MS - 500 });
    fetch(3, 10, { nowMs: LATER_MS - 500 });

    const proposal = proposalIn(core.tick(LATER_MS));

    expect(proposal?.change).toBe('resign');
    expect(proposal?.isr).toEqual([
      { brokerId: 2, brokerEpoch: 20 },
      { brokerId: 3, brokerEpoch: 30 },
    ]);
  });

  test('is not proposed within the limit', () => {
    const { core, fetch } = stuck();
    for (const brokerId of [2, 3]) fetch(brokerId, 10);

    expect(core.tick(LAG_MS)).toEqual([]);
  });

  test('is not proposed while the own disk follows a moving end a little behind', () => {
    const { core, append, fetch } = stuck();
    let nowMs = 0;
    for (let end = 20; nowMs < LAG_MS * 3; end += 10) {
      nowMs += 500;
      append(end, end - 10, nowMs);
      for (const brokerId of [2, 3]) fetch(brokerId, end, { nowMs });
    }

    expect(core.tick(nowMs)).toEqual([]);
  });

  test('is not proposed however long nothing is to be synced', () => {
    const { core, append, fetch } = stuck();
    append(10, 10, 1);
    for (const brokerId of [2, 3]) fetch(brokerId, 10, { nowMs: LAG_MS * 5 });

    append(11, 10, LAG_MS * 5);

    expect(core.tick(LAG_MS * 5 + 1)).toEqual([]);
  });

  test('leaves out members that do not flush either', () => {
    const { core, fetch } = stuck();
    fetch(2, 10, { nowMs: LATER_MS });
    fetch(3, 10, { flushed: 0, nowMs: LATER_MS });

    expect(core.pendingIsr?.change ?? proposalIn(core.tick(LATER_MS))?.change).toBe('resign');
    expect(idsOf(core.pendingIsr)).toEqual([2]);
  });

  test('leaves out members that have not fetched in this epoch', () => {
    const led = lead();
    led.fetch(2, 0);
    led.append(10, 0);
    led.fetch(2, 10, { nowMs: LATER_MS });

    expect(idsOf(led.core.pendingIsr)).toEqual([2]);
  });

  test('is not proposed where nobody else is in sync', () => {
    const { core, append } = lead({ registration: { isr: [1] } });
    append(10, 0);

    expect(core.tick(LATER_MS)).toEqual([]);
  });

  test('is not proposed where memory is all that the topic asks for', () => {
    const { core, fetch } = stuck({ rules: { ackDurability: 'memory' } });
    for (const brokerId of [2, 3]) fetch(brokerId, 10, { nowMs: LATER_MS });

    expect(core.tick(LATER_MS)).toEqual([]);
  });

  test('acknowledges nothing while it is under way', () => {
    const { core, fetch } = stuck();
    for (const brokerId of [2, 3]) fetch(brokerId, 10, { nowMs: LATER_MS });
    core.tick(LATER_MS);

    expect([...core.maximalIsr]).toEqual([1, 2, 3]);
    expect(core.highWatermark).toBe(0);
  });
});
