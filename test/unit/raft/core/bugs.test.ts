/** Bugs that other systems shipped, each as the sequence of events that showed it. */
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../../src/raft/core/entry.ts';
import { append, bytesOf, incoming, logOf, ofKind, SoloNode, vote } from './fixture.ts';
import { Cluster } from './network.ts';

const data = (index: number, term: number): Entry => ({
  index,
  term,
  kind: 'data',
  payload: bytesOf(`v${index}`),
});

describe('bugs of others', () => {
  // KAFKA-12619: off by one, the leader exposed old entries before its own first entry was committed.
  test('replicas exactly up to the start of the term commit nothing', () => {
    const node = new SoloNode({ entries: logOf(1, 1) }).lead();

    for (const from of [2, 3]) node.confirm(from, 2);

    expect(node.status.commitIndex).toBe(0);
    expect(node.applied).toEqual([]);
  });

  // KAFKA-10527 and KAFKA-10661.
  test('a leader that restarts neither leads nor votes for another in its term', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    cluster.propose(leader, 'unsynced');
    cluster.crash(leader);

    leader.restart();
    cluster.step(leader, incoming(vote(1, 2, { index: 9, term: 0 })));

    expect(leader.status()).toMatchObject({ role: 'follower', term: 1, votedFor: 1 });
    expect(cluster.inFlight.map(({ message }) => message)).toContainEqual(
      expect.objectContaining({ kind: 'voteReply', granted: false, term: 1 }),
    );
  });

  // The same, for a follower: its grant was sent, so it must survive.
  test('a vote is remembered across a crash', () => {
    const cluster = new Cluster();
    const voter = cluster.node(3);
    cluster.step(voter, incoming(vote(4, 2, { index: 0, term: 0 })));
    cluster.sync(voter);
    cluster.crash(voter);
    voter.restart();
    cluster.inFlight = [];

    cluster.step(voter, incoming(vote(4, 1, { index: 0, term: 0 })));

    expect(cluster.inFlight.map(({ message }) => message)).toContainEqual(
      expect.objectContaining({ kind: 'voteReply', granted: false }),
    );
  });

  // KAFKA-10533: acks before the sync; the commit then went back with the lost tail.
  test('entries that a follower has not synced do not count for the commit', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    cluster.crash(cluster.node(3));
    cluster.propose(leader, 'a');
    cluster.sync(leader);
    for (const envelope of cluster.inFlight.splice(0)) cluster.deliver(envelope);
    for (const envelope of cluster.inFlight.splice(0)) cluster.deliver(envelope);
    expect(cluster.node(2).status().lastIndex).toBe(2);
    expect(leader.status().commitIndex).toBe(1);

    cluster.settle();

    expect(leader.status().commitIndex).toBe(2);
  });

  test('entries that the leader has not synced do not count for the commit', () => {
    const node = new SoloNode({ voters: [1, 2, 3] }).lead();
    node.confirm(2, 1);
    node.propose('a');
    const { persistSeq } = node.take();

    const before = node.receiveOnly({
      kind: 'appendReply',
      term: 1,
      from: 2,
      success: true,
      matchIndex: 2,
      hintIndex: 0,
      hintTerm: 0,
    });
    expect([node.status.commitIndex, before.apply]).toEqual([1, []]);
    node.stepOnly({ kind: 'persisted', seq: persistSeq });

    expect(node.status.commitIndex).toBe(2);
  });

  test('two followers commit without the leader, which applies only what it has synced', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    node.propose('a');
    const { persistSeq } = node.take();
    for (const from of [2, 3]) {
      node.receiveOnly({
        kind: 'appendReply',
        term: 1,
        from,
        success: true,
        matchIndex: 2,
        hintIndex: 0,
        hintTerm: 0,
      });
    }
    expect(node.status).toMatchObject({ commitIndex: 2, appliedIndex: 1 });

    node.stepOnly({ kind: 'persisted', seq: persistSeq });

    expect(node.status.appliedIndex).toBe(2);
  });

  // etcd #14370.
  test('a single voter waits for its own sync', () => {
    const node = new SoloNode({ voters: [1] });
    node.tick(1);
    node.propose('a');
    const { persistSeq, apply } = node.take();
    expect([node.status.commitIndex, apply]).toEqual([1, []]);

    const output = node.stepOnly({ kind: 'persisted', seq: persistSeq });

    expect(output.apply.map((entry) => entry.index)).toEqual([2]);
  });

  test('a single voter leads only once its own vote is durable', () => {
    const node = new SoloNode({ voters: [1] });

    const { persistSeq } = node.stepOnly({ kind: 'tick' });
    expect(node.status.role).toBe('candidate');
    node.stepOnly({ kind: 'persisted', seq: persistSeq });

    expect(node.status.role).toBe('leader');
  });

  // etcd 76f1249: the term of a missing entry read as 0, which matches the start of any log.
  test('a log cut away under a throttled follower leads to a snapshot, not to a false match', () => {
    const cluster = new Cluster({ config: { trailingEntries: 0, maxInflight: 1 } });
    const leader = cluster.elect(1);
    const slow = cluster.node(3);
    cluster.isolate(3);
    for (const text of ['a', 'b', 'c']) cluster.propose(leader, text);
    cluster.settle();
    cluster.takeSnapshot(leader);

    cluster.healLinks();
    for (let tick = 0; tick < 2; tick += 1) cluster.step(leader, { kind: 'tick' });
    const anchors = ofKind(cluster.inFlight, 'append').filter(({ to }) => to === slow.id);
    cluster.settle();

    expect(anchors.every(({ prevIndex, prevTerm }) => prevIndex === 0 || prevTerm > 0)).toBe(true);
    cluster.tickAll(4);
    expect(slow.status().commitIndex).toBe(4);
    expect(slow.hash).toBe(leader.hash);
  });

  test('an empty log does not match an anchor that it does not hold', () => {
    const node = new SoloNode();

    const sent = node.receive(append(1, [data(8, 1)], { prevTerm: 0, commitIndex: 8 }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: false }]);
    expect(node.status).toMatchObject({ commitIndex: 0, lastIndex: 0 });
  });

  // etcd 8ecce32: pages of committed entries took the commit index back, or skipped entries.
  test('pages of committed entries are applied each once, in order, while the commit moves on', () => {
    const node = new SoloNode({ config: { maxApplyBytes: 4 } });
    const entries = Array.from({ length: 9 }, (_, at) => data(at + 1, 1));
    const first = node.receiveOnly(append(1, entries.slice(0, 6), { commitIndex: 6 }));
    node.stepOnly({ kind: 'persisted', seq: first.persistSeq });
    expect(node.applied.length).toBe(2);

    const more = node.receiveOnly(append(1, entries.slice(6), { prevTerm: 1, commitIndex: 9 }));
    expect(node.status.commitIndex).toBe(9);
    node.core.step({ kind: 'persisted', seq: more.persistSeq });
    node.settle();

    expect(node.applied.map((entry) => entry.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('an entry bigger than a page or a message still gets through, alone', () => {
    const node = new SoloNode({ config: { maxApplyBytes: 1, maxAppendBytes: 1 } }).lead();
    node.confirm(2, 1);
    node.propose('bigger than one byte');

    const sent = ofKind(node.settle(), 'append').filter(({ to }) => to === 2);
    node.confirm(2, 2);

    expect(sent.map(({ entries }) => entries.length)).toEqual([1]);
    expect(node.applied.map((entry) => entry.index)).toEqual([1, 2]);
  });

  // Redpanda #17957: a delayed append cut off newer entries of the same term.
  test('a late, shorter append of the same term cuts nothing off', () => {
    const node = new SoloNode();
    node.receive(append(1, [data(1, 1), data(2, 1), data(3, 1)]));

    const output = node.receiveOnly(append(1, [data(1, 1)]));

    expect(node.status).toMatchObject({ lastIndex: 3, persistedIndex: 3 });
    expect(output.persist).toBeUndefined();
  });

  // A write of entries that were truncated meanwhile must not vouch for those that replaced them.
  test('a write under way does not make the entries durable that replaced its own', () => {
    const node = new SoloNode();
    const first = node.receiveOnly(append(1, [data(1, 1), data(2, 1)]));
    const second = node.receiveOnly(append(2, [data(2, 2)], { prevTerm: 1, from: 3 }));
    expect(second.persist).toMatchObject({ truncateFrom: 2 });

    node.stepOnly({ kind: 'persisted', seq: first.persistSeq });
    expect(node.status.persistedIndex).toBe(1);
    node.stepOnly({ kind: 'persisted', seq: second.persistSeq });

    expect(node.status.persistedIndex).toBe(2);
  });

  // KAFKA-12181: a fetch position that went back crashed the leader.
  test('a follower that lost its disk is filled again, and its old acks are forgotten', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    node.propose('a');
    node.settle();
    node.confirm(2, 2);

    const sent = node.receive({
      kind: 'appendReply',
      term: 1,
      from: 2,
      success: false,
      matchIndex: 0,
      hintIndex: 0,
      hintTerm: 0,
    });

    expect(ofKind(sent, 'append')).toMatchObject([{ to: 2, prevIndex: 0, prevTerm: 0 }]);
    expect(node.status.peers[0]).toMatchObject({ matchIndex: 0 });
    expect(node.status.commitIndex).toBe(2);
  });

  // Found by the randomized test: the follower's entry at the leader's base has an older term.
  test('a follower that differs at the base of the leader gets the snapshot, not the same probe', () => {
    const node = new SoloNode({
      snapshot: { index: 2, term: 3 },
      entries: [{ ...data(3, 3) }],
    }).lead();

    node.receive({
      kind: 'appendReply',
      term: 4,
      from: 2,
      success: false,
      matchIndex: 0,
      hintIndex: 2,
      hintTerm: 1,
    });

    const asked = node.outputs.flatMap((output) => output.needSnapshotChunks);
    expect(asked).toMatchObject([{ to: 2, snapshotId: { index: 2, term: 3 }, offset: 0 }]);
  });

  // Found by the randomized test: the window is full of lost appends and their anchor is cut away.
  test('a peer whose whole window was lost is not stranded by a compaction', () => {
    const cluster = new Cluster({ config: { trailingEntries: 0, maxInflight: 1 } });
    const leader = cluster.elect(1);
    const stranded = cluster.node(3);
    cluster.propose(leader, 'lost');
    cluster.inFlight = cluster.inFlight.filter(({ to }) => to !== stranded.id);
    cluster.settle();
    for (const text of ['b', 'c']) cluster.propose(leader, text);
    cluster.settle();
    cluster.takeSnapshot(leader);

    cluster.tickAll(6);

    expect(stranded.hash).toBe(leader.hash);
  });
});
