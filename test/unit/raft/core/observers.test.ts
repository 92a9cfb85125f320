/** Nodes that replicate without a vote: brokers, and voters that lost their store. */
import { describe, expect, test } from 'vitest';
import { append, logOf, observe, ofKind, preVote, SoloNode, vote } from './fixture.ts';
import { Cluster } from './network.ts';

describe('an observer', () => {
  test('asks the voters one after the other until it hears a leader', () => {
    const node = new SoloNode({ id: 9 });

    const sent = ofKind(node.tick(6), 'observe');

    expect(sent.map((message) => message.to)).toEqual([1, 2, 3]);
  });

  test('follows a hint with the next tick', () => {
    const node = new SoloNode({ id: 9 });
    node.tick();

    node.receive({ kind: 'leaderHint', term: 4, from: 1, leaderId: 3, leaderAddress: '' });
    const sent = ofKind(node.tick(), 'observe');

    expect(sent.map((message) => message.to)).toEqual([3]);
  });

  test('is quiet while its leader is heard', () => {
    const node = new SoloNode({ id: 9 });
    node.tick();
    node.receive(append(1, logOf(1)));

    expect(node.tick(9)).toEqual([]);
  });

  test('applies what is committed', () => {
    const node = new SoloNode({ id: 9 });

    node.receive(append(1, logOf(1, 1), { commitIndex: 2 }));

    expect(node.applied.map((entry) => entry.index)).toEqual([1, 2]);
  });

  test('never campaigns', () => {
    const node = new SoloNode({ id: 9 });

    node.tick(100);

    expect(node.status).toMatchObject({ role: 'observer', term: 0 });
  });

  test('gets the log pushed, and does not count for a commit (voters=3, one observer)', () => {
    const cluster = new Cluster({ observers: [9] });
    const leader = cluster.elect(1);
    cluster.tickAll(8);
    for (const id of [2, 3]) cluster.crash(cluster.node(id));

    const proposed = cluster.propose(leader, 'a');
    cluster.settle();

    expect(cluster.node(9).status().lastIndex).toBe(proposed?.index);
    expect(leader.status().commitIndex).toBe(1);
  });

  test('finds the next leader (voters=3, one observer)', () => {
    const cluster = new Cluster({ observers: [9] });
    cluster.elect(1);
    cluster.tickAll(8);
    cluster.crash(cluster.node(1));

    cluster.tickAll(80);
    const leader = cluster.leader();

    expect(leader).toBeDefined();
    expect(cluster.node(9).status()).toMatchObject({
      leaderId: leader?.id,
      appliedIndex: leader?.status().commitIndex,
    });
  });

  test('is forgotten by the leader after a long silence', () => {
    const node = new SoloNode({ voters: [1], config: { observerTimeoutTicks: 20 } });
    node.tick();
    node.receive(observe(1, 9));
    expect(node.status.peers.map((peer) => peer.id)).toEqual([9]);

    node.tick(20);

    expect(node.status.peers).toEqual([]);
  });
});

describe('a voter without a trusted store', () => {
  test('refuses votes and pre-votes but learns their term', () => {
    const node = new SoloNode({ canVote: false });

    const sent = [
      ...node.receive(preVote(3, 2, { index: 9, term: 2 })),
      ...node.receive(vote(3, 2, { index: 9, term: 2 })),
    ];

    expect(ofKind(sent, 'preVoteReply')).toMatchObject([{ granted: false }]);
    expect(ofKind(sent, 'voteReply')).toMatchObject([{ granted: false, term: 3 }]);
    expect(node.status).toMatchObject({ role: 'observer', votedFor: undefined });
  });

  test('does not campaign when leadership is handed to it', () => {
    const node = new SoloNode({ canVote: false });
    node.receive(append(1, logOf(1)));

    node.receive({ kind: 'timeoutNow', term: 1, from: 2 });

    expect(node.status).toMatchObject({ role: 'observer', term: 1 });
  });

  // The committed entry was on 1 and 3 only: could the wiped 3 vote, 2 and 3 would elect 2 without it.
  test('cannot help to elect a leader that lacks what it once confirmed (voters=3)', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    cluster.crash(cluster.node(2));
    cluster.propose(leader, 'committed');
    cluster.settle();
    expect(leader.status().commitIndex).toBe(2);
    for (const id of [1, 3]) cluster.crash(cluster.node(id));

    cluster.node(3).wipe();
    for (const id of [2, 3]) cluster.node(id).restart();
    cluster.tickAll(100);
    expect(cluster.leader()).toBeUndefined();
    cluster.node(1).restart();
    cluster.tickAll(60);

    expect(cluster.node(2).hash).toBe(cluster.node(1).hash);
    expect(cluster.node(2).status().commitIndex).toBeGreaterThanOrEqual(2);
  });

  test('is filled again by the leader that still thinks it has everything', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    for (const text of ['a', 'b']) cluster.propose(leader, text);
    cluster.settle();
    const lost = cluster.node(3);
    cluster.crash(lost);
    lost.wipe();

    lost.restart();
    cluster.tickAll(6);

    expect(lost.hash).toBe(leader.hash);
    expect(lost.status().commitIndex).toBe(3);
  });
});
