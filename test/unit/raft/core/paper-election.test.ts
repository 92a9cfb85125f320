/** The claims of the Raft paper (extended version) on terms and elections, §5.1 and §5.2. */
import { describe, expect, test } from 'vitest';
import { append, heartbeat, logOf, matchReply, ofKind, SoloNode, vote } from './fixture.ts';
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
