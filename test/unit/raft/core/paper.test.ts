/** The claims of the Raft paper (extended version), in the order of its sections. */
import { describe, expect, test } from 'vitest';
import {
  append,
  bytesOf,
  heartbeat,
  logOf,
  matchReply,
  ofKind,
  SoloNode,
  termsOf,
  vote,
} from './fixture.ts';
import { Cluster } from './network.ts';

describe('§5.1 terms', () => {
  test('a follower that sees a newer term enters it and forgets its vote', () => {
    const node = new SoloNode({ hardState: { term: 3, votedFor: 3 } });

    node.receive(heartbeat(5, 2));

    expect(node.status).toMatchObject({ role: 'follower', term: 5, votedFor: undefined });
  });

  test('a leader that sees a newer term follows at once', () => {
    const node = new SoloNode().lead();

    node.receive(matchReply(9, 2, 0));

    expect(node.status).toMatchObject({ role: 'follower', term: 9, leaderId: undefined });
  });

  test('a candidate that sees a newer term follows at once', () => {
    const node = new SoloNode();
    node.tick(10);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });
    expect(node.status.role).toBe('candidate');

    node.receive({ kind: 'voteReply', term: 4, from: 2, granted: false });

    expect(node.status).toMatchObject({ role: 'follower', term: 4 });
  });

  test('an append of an old term is refused with the newer term and changes nothing', () => {
    const node = new SoloNode({ entries: logOf(4) }).follow(4);

    const sent = node.receive(append(3, logOf(3, 3), { from: 3 }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ to: 3, success: false, term: 4 }]);
    expect(node.status).toMatchObject({ lastIndex: 1, leaderId: 2 });
  });

  test('a vote request of an old term is refused with the newer term', () => {
    const node = new SoloNode({ hardState: { term: 4, votedFor: undefined } });

    const sent = node.receive(vote(3, 2, { index: 9, term: 2 }));

    expect(ofKind(sent, 'voteReply')).toMatchObject([{ term: 4, granted: false }]);
  });

  test('a leader of an old term learns from the refusal that it is deposed', () => {
    const cluster = new Cluster();
    const old = cluster.elect(1);
    cluster.isolate(1);
    cluster.step(cluster.node(3), { kind: 'peerUnreachable', nodeId: 1 });
    cluster.elect(2);
    expect(old.status().role).toBe('leader');

    cluster.healLinks();
    cluster.tickAll(2);

    expect(old.status()).toMatchObject({ role: 'follower', leaderId: 2, term: 2 });
  });
});

describe('§5.2 leader election', () => {
  test('a node starts as follower, also where it led before', () => {
    const node = new SoloNode({ hardState: { term: 3, votedFor: 1 } });

    expect(node.status).toMatchObject({ role: 'follower', term: 3, votedFor: 1 });
  });

  test('a follower stays one as long as its leader is heard', () => {
    const node = new SoloNode().follow(1);

    for (let round = 0; round < 10; round += 1) {
      node.tick(9);
      node.receive(heartbeat(1, 2));
    }

    expect(node.status).toMatchObject({ role: 'follower', term: 1 });
  });

  test.each([0, 1, 9])('silence for T + %i ticks begins an election', (extra) => {
    const node = new SoloNode({ config: { randomTicks: () => extra } });
    node.follow(1);

    node.tick(10 + extra - 1);
    expect(node.status.role).toBe('follower');
    node.tick();

    expect(node.status.role).toBe('preCandidate');
  });

  test('a candidate raises its term, votes for itself and asks only once that is durable', () => {
    const node = new SoloNode({ entries: logOf(1, 1) });
    node.tick(10);

    const output = node.receiveOnly({ kind: 'preVoteReply', term: 2, from: 2, granted: true });

    expect(output.persist?.hardState).toEqual({ term: 2, votedFor: 1 });
    expect(ofKind(output.sendNow, 'vote')).toEqual([]);
    expect(ofKind(output.sendAfterPersist, 'vote')).toMatchObject([
      { to: 2, term: 2, lastIndex: 2, lastTerm: 1 },
      { to: 3, term: 2, lastIndex: 2, lastTerm: 1 },
    ]);
  });

  test('a node grants one vote a term, first come first served', () => {
    const node = new SoloNode();
    const last = { index: 0, term: 0 };

    const first = node.receive(vote(1, 2, last));
    const second = node.receive(vote(1, 3, last));

    expect(ofKind(first, 'voteReply')).toMatchObject([{ to: 2, granted: true }]);
    expect(ofKind(second, 'voteReply')).toMatchObject([{ to: 3, granted: false }]);
  });

  test('a repeated request of the same candidate is granted again', () => {
    const node = new SoloNode();
    node.receive(vote(1, 2, { index: 0, term: 0 }));

    const again = node.receive(vote(1, 2, { index: 0, term: 0 }));

    expect(ofKind(again, 'voteReply')).toMatchObject([{ to: 2, granted: true }]);
  });

  test('a grant leaves only after the vote is durable', () => {
    const node = new SoloNode();

    const output = node.receiveOnly(vote(1, 2, { index: 0, term: 0 }));

    expect(output.sendNow).toEqual([]);
    expect(output.persist?.hardState).toEqual({ term: 1, votedFor: 2 });
    expect(ofKind(output.sendAfterPersist, 'voteReply')).toMatchObject([{ granted: true }]);
    expect(output.persistSeq).toBe(output.persist?.seq);
  });

  test('a grant restarts the election timer, a refusal does not', () => {
    // The first wait of a node that has just started is short: that of voter 1 is one tick.
    const granting = new SoloNode({ entries: logOf(1) });
    const refusing = new SoloNode({ entries: logOf(1) });

    granting.receive(vote(2, 2, { index: 1, term: 1 }));
    refusing.receive(vote(2, 2, { index: 0, term: 0 }));
    for (const node of [granting, refusing]) node.tick(1);

    expect(granting.status.role).toBe('follower');
    expect(refusing.status.role).toBe('preCandidate');
  });

  test('a candidate leads once a majority granted (voters=5, two of four others)', () => {
    const node = new SoloNode({ voters: [1, 2, 3, 4, 5] });
    node.tick(10);
    for (const from of [2, 3]) node.receive({ kind: 'preVoteReply', term: 1, from, granted: true });

    node.receive({ kind: 'voteReply', term: 1, from: 2, granted: true });
    node.receive({ kind: 'voteReply', term: 1, from: 2, granted: true });
    expect(node.status.role).toBe('candidate');
    node.receive({ kind: 'voteReply', term: 1, from: 3, granted: true });

    expect(node.status).toMatchObject({ role: 'leader', term: 1, leaderId: 1 });
  });

  test('of four voters two are no majority', () => {
    const node = new SoloNode({ voters: [1, 2, 3, 4] });
    node.tick(10);
    for (const from of [2, 3]) node.receive({ kind: 'preVoteReply', term: 1, from, granted: true });

    node.receive({ kind: 'voteReply', term: 1, from: 2, granted: true });

    expect(node.status.role).toBe('candidate');
  });

  test('a candidate that a majority refused follows again', () => {
    const node = new SoloNode();
    node.tick(10);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });

    for (const from of [2, 3]) node.receive({ kind: 'voteReply', term: 1, from, granted: false });

    expect(node.status).toMatchObject({ role: 'follower', term: 1, leaderId: undefined });
  });

  test('a candidate that hears the leader of its own term follows it', () => {
    const node = new SoloNode();
    node.tick(10);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });

    node.receive(heartbeat(1, 3));

    expect(node.status).toMatchObject({ role: 'follower', term: 1, leaderId: 3 });
  });

  test('a candidate without an outcome tries again after another timeout', () => {
    const node = new SoloNode();
    node.tick(10);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });

    const sent = node.tick(10);

    expect(ofKind(sent, 'preVote').map((message) => message.term)).toEqual([2, 2]);
  });

  test('a leader sends a heartbeat to everybody each heartbeatTicks', () => {
    const node = new SoloNode().lead();
    for (const from of [2, 3]) node.confirm(from, 1);

    expect(ofKind(node.tick(1), 'append')).toEqual([]);
    expect(ofKind(node.tick(1), 'append')).toMatchObject([
      { to: 2, entries: [], prevIndex: 1, commitIndex: 1 },
      { to: 3, entries: [], prevIndex: 1, commitIndex: 1 },
    ]);
  });

  test('a new leader announces itself at once', () => {
    const node = new SoloNode();
    node.tick(10);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });

    const sent = node.receive({ kind: 'voteReply', term: 1, from: 3, granted: true });

    expect(ofKind(sent, 'append').map((message) => message.to)).toEqual([2, 3]);
  });
});

describe('§5.3 log replication', () => {
  test('a leader appends a proposal and sends it while its own disk still writes', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);

    node.propose('a');
    const output = node.take();

    expect(termsOf(output.persist)).toEqual([1]);
    expect(ofKind(output.sendNow, 'append')).toMatchObject([
      { to: 2, prevIndex: 1, prevTerm: 1, entries: [{ index: 2, payload: bytesOf('a') }] },
    ]);
  });

  test('an entry is committed and applied once a majority holds it', () => {
    const node = new SoloNode({ voters: [1, 2, 3, 4, 5] }).lead();
    node.propose('a');
    node.settle();

    node.confirm(2, 2);
    expect(node.status.commitIndex).toBe(0);
    node.confirm(3, 2);

    expect(node.status.commitIndex).toBe(2);
    expect(node.applied.map((entry) => entry.kind)).toEqual(['leaderChange', 'data']);
  });

  test('followers learn the commit index with the next append, and apply in log order', () => {
    const node = new SoloNode();

    node.receive(append(1, logOf(1, 1, 1), { commitIndex: 2 }));

    expect(node.applied.map((entry) => entry.index)).toEqual([1, 2]);
  });

  test('a leader that moved its commit index tells it without waiting for a heartbeat', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    node.propose('a');
    node.settle();

    const sent = node.confirm(2, 2);

    expect(ofKind(sent, 'append')).toMatchObject([{ to: 2, commitIndex: 2, entries: [] }]);
  });

  test.each([
    { prevIndex: 3, prevTerm: 1, why: 'ends before it' },
    { prevIndex: 2, prevTerm: 2, why: 'has another term there' },
  ])('an append is refused where the log $why', ({ prevIndex, prevTerm }) => {
    const node = new SoloNode({ entries: logOf(1, 1) });

    const sent = node.receive(append(2, [], { prevIndex, prevTerm }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: false, term: 2 }]);
    expect(node.status.lastIndex).toBe(2);
  });

  test('an entry of another term is deleted with all behind it, on disk too', () => {
    const node = new SoloNode({ entries: logOf(1, 1, 1, 1) });
    const [second] = logOf(1, 2).slice(1);

    const output = node.receiveOnly(
      append(2, second === undefined ? [] : [second], { prevTerm: 1 }),
    );

    expect(output.persist).toMatchObject({ truncateFrom: 2, entries: [{ index: 2, term: 2 }] });
    expect(node.status).toMatchObject({ lastIndex: 2, lastTerm: 2, persistedIndex: 1 });
  });

  test('an ack leaves only after the entries are durable', () => {
    const node = new SoloNode();

    const output = node.receiveOnly(append(1, logOf(1)));

    expect(output.sendNow).toEqual([]);
    expect(output.persist?.entries.length).toBe(1);
    expect(ofKind(output.sendAfterPersist, 'appendReply')).toMatchObject([{ matchIndex: 1 }]);
  });

  test('a repeated ack waits for the first write, which is still under way', () => {
    const node = new SoloNode();
    const first = node.receiveOnly(append(1, logOf(1)));

    const again = node.receiveOnly(append(1, logOf(1)));

    expect(again.persist).toBeUndefined();
    expect(again.persistSeq).toBe(first.persist?.seq);
    expect(ofKind(again.sendAfterPersist, 'appendReply')).toMatchObject([{ matchIndex: 1 }]);
  });

  test('a refusal skips a whole term of the follower at once', () => {
    const node = new SoloNode({ entries: logOf(1, 4, 4, 4, 4) });

    const sent = node.receive(append(6, [], { prevIndex: 5, prevTerm: 3 }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ hintIndex: 1, hintTerm: 1 }]);
  });

  test('a leader skips its own newer terms down to the hint', () => {
    const node = new SoloNode({ entries: logOf(1, 4, 5, 5) }).lead();

    const sent = node.receive({
      kind: 'appendReply',
      term: 6,
      from: 2,
      success: false,
      matchIndex: 0,
      hintIndex: 4,
      hintTerm: 4,
    });

    expect(ofKind(sent, 'append')).toMatchObject([{ to: 2, prevIndex: 2, prevTerm: 4 }]);
  });

  // Figure 7: the leader of term 8 has 1 1 1 4 4 5 5 6 6 6.
  test.each([
    { name: 'a', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6] },
    { name: 'b', terms: [1, 1, 1, 4] },
    { name: 'c', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6] },
    { name: 'd', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7] },
    { name: 'e', terms: [1, 1, 1, 4, 4, 4, 4] },
    { name: 'f', terms: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
  ])('figure 7 ($name): the follower ends with the log of the leader', ({ terms }) => {
    const leader = new SoloNode({
      entries: logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6),
      hardState: { term: 7, votedFor: undefined },
    }).lead();
    const follower = new SoloNode({
      id: 2,
      entries: logOf(...terms),
      hardState: { term: 7, votedFor: undefined },
    });

    let sent = leader.tick(2);
    for (let round = 0; round < 10 && leader.status.commitIndex < 11; round += 1) {
      const replies = sent
        .filter(({ to }) => to === 2)
        .flatMap(({ message }) => follower.receive(message));
      sent = replies.flatMap(({ message }) => leader.receive(message));
    }

    expect(leader.status.commitIndex).toBe(11);
    expect(follower.status).toMatchObject({ lastIndex: 11, lastTerm: 8, persistedIndex: 11 });
  });

  test('appends in flight are bounded, and go on with the acks', () => {
    const node = new SoloNode({ config: { maxInflight: 2, maxAppendBytes: 1 } }).lead();
    node.confirm(2, 1);

    for (const text of ['a', 'b', 'c', 'd']) node.propose(text);
    const first = ofKind(node.settle(), 'append').filter((message) => message.to === 2);
    const next = ofKind(node.confirm(2, 2), 'append').filter((message) => message.to === 2);

    expect(first.map((message) => message.prevIndex)).toEqual([1, 2]);
    expect(next.map((message) => message.prevIndex)).toEqual([3]);
  });

  test('proposals are refused while too many bytes wait, and taken again after the commit', () => {
    const node = new SoloNode({ config: { maxUncommittedBytes: 4 } }).lead();
    node.confirm(2, 1);

    expect(node.propose('abcd')).toEqual({ index: 2, term: 1 });
    expect(node.propose('e')).toBeUndefined();
    node.settle();
    node.confirm(2, 2);

    expect(node.propose('e')).toEqual({ index: 3, term: 1 });
  });

  test('only a leader takes proposals', () => {
    const node = new SoloNode().follow(1);

    expect(node.propose('a')).toBeUndefined();
    expect(node.status.lastIndex).toBe(0);
  });
});

describe('§5.4 safety', () => {
  test.each([
    { last: { index: 9, term: 1 }, granted: false, why: 'a longer log of an older last term' },
    { last: { index: 2, term: 2 }, granted: false, why: 'a shorter log of the same last term' },
    { last: { index: 3, term: 2 }, granted: true, why: 'the same log' },
    { last: { index: 1, term: 3 }, granted: true, why: 'a shorter log of a newer last term' },
  ])('a candidate with $why: granted is $granted', ({ last, granted }) => {
    const node = new SoloNode({ entries: logOf(1, 2, 2) });

    const sent = node.receive(vote(5, 2, last));

    expect(ofKind(sent, 'voteReply')).toMatchObject([{ granted }]);
  });

  // Figure 8: an entry of term 2 on a majority may still be overwritten by a leader of term 3.
  test('a leader does not commit an entry of an earlier term by counting replicas', () => {
    const node = new SoloNode({ entries: logOf(1, 2) }).lead();

    node.confirm(2, 2);
    expect(node.status.commitIndex).toBe(0);
    node.confirm(2, 3);

    expect(node.status.commitIndex).toBe(3);
  });

  test('a follower commits no further than what the append proved to match', () => {
    const node = new SoloNode({ entries: logOf(1, 1, 1) });

    node.receive(append(2, [], { prevIndex: 1, prevTerm: 1, commitIndex: 3 }));

    expect(node.status.commitIndex).toBe(1);
  });

  test.each([
    { name: 'in an entry', message: append(2, logOf(2, 2, 2)) },
    { name: 'in its anchor', message: append(2, [], { prevIndex: 2, prevTerm: 2 }) },
  ])('an append that contradicts a committed entry $name stops the node', ({ message }) => {
    const node = new SoloNode();
    node.receive(append(1, logOf(1, 1), { commitIndex: 2 }));

    expect(() => node.receive(message)).toThrow(/committed/);
    expect(node.status).toMatchObject({ lastIndex: 2, lastTerm: 1 });
  });

  test('two leaders in one term stop the node', () => {
    const node = new SoloNode().follow(1);

    expect(() => node.receive(heartbeat(1, 3))).toThrow(/one leader/);
  });

  test('a leader is ready once its own leader-change entry is applied', () => {
    const node = new SoloNode({ entries: logOf(1, 1) }).lead();
    expect(node.outputs.some((output) => output.leaderReady !== undefined)).toBe(false);

    node.confirm(2, 3);

    expect(node.outputs.flatMap((output) => output.leaderReady ?? [])).toEqual([
      { term: 2, index: 3 },
    ]);
  });
});

describe('§5.5 crashes and repeated messages', () => {
  test('a repeated append changes nothing and is confirmed again', () => {
    const node = new SoloNode();
    node.receive(append(1, logOf(1, 1)));

    const sent = node.receive(append(1, logOf(1, 1)));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: true, matchIndex: 2 }]);
    expect(node.outputs.filter((output) => output.persist !== undefined).length).toBe(1);
  });

  test('a follower that was down receives what it missed', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    const lost = cluster.node(3);
    cluster.crash(lost);
    for (const text of ['a', 'b']) cluster.propose(leader, text);
    cluster.settle();

    lost.restart();
    cluster.tickAll(4);

    expect(lost.appliedIndex).toBe(3);
    expect(lost.hash).toBe(leader.hash);
  });
});
