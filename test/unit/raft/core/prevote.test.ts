/** Pre-vote (thesis §9.6), check-quorum (§6.2) and leadership transfer (§3.10). */
import { describe, expect, test } from 'vitest';
import { heartbeat, logOf, observe, ofKind, preVote, SoloNode, vote } from './fixture.ts';
import { Cluster } from './network.ts';

describe('pre-vote', () => {
  test('a follower in silence asks for the next term without entering it', () => {
    const node = new SoloNode({ entries: logOf(3) });

    const sent = node.tick(10);

    expect(ofKind(sent, 'preVote')).toMatchObject([
      { to: 2, term: 4, lastIndex: 1, lastTerm: 3 },
      { to: 3, term: 4, lastIndex: 1, lastTerm: 3 },
    ]);
    expect(node.status).toMatchObject({ term: 3, votedFor: undefined });
  });

  test.each([
    { silence: 9, granted: false },
    { silence: 10, granted: true },
  ])('after $silence silent ticks of the leader: granted is $granted', ({ silence, granted }) => {
    const node = new SoloNode({ config: { randomTicks: () => 5 } }).follow(1);
    node.tick(silence);

    const sent = node.receive(preVote(2, 3, { index: 0, term: 0 }));

    expect(ofKind(sent, 'preVoteReply')).toMatchObject([{ granted }]);
  });

  test.each([
    { last: { index: 1, term: 2 }, granted: false },
    { last: { index: 2, term: 2 }, granted: true },
  ])('to a log that ends at $last.index: granted is $granted', ({ last, granted }) => {
    const node = new SoloNode({ entries: logOf(1, 2) });

    const sent = node.receive(preVote(3, 3, last));

    expect(ofKind(sent, 'preVoteReply')).toMatchObject([{ granted }]);
  });

  test('a leader refuses, and leads on', () => {
    const node = new SoloNode().lead();

    const sent = node.receive(preVote(2, 3, { index: 9, term: 1 }));

    expect(ofKind(sent, 'preVoteReply')).toMatchObject([{ granted: false, term: 1 }]);
    expect(node.status.role).toBe('leader');
  });

  test('a grant records no vote and changes no term', () => {
    const node = new SoloNode();

    const output = node.receiveOnly(preVote(7, 3, { index: 0, term: 0 }));

    expect(ofKind(output.sendAfterPersist, 'preVoteReply')).toMatchObject([
      { granted: true, term: 7 },
    ]);
    expect(output.persist).toBeUndefined();
    expect(node.status).toMatchObject({ term: 0, votedFor: undefined });
  });

  test('a grant does not put off the own election', () => {
    const node = new SoloNode();
    node.tick(9);

    node.receive(preVote(1, 3, { index: 0, term: 0 }));
    node.tick(1);

    expect(node.status.role).toBe('preCandidate');
  });

  test('a grant for an older campaign does not count', () => {
    const node = new SoloNode({ hardState: { term: 5, votedFor: undefined } });
    node.tick(10);

    node.receive({ kind: 'preVoteReply', term: 5, from: 2, granted: true });

    expect(node.status).toMatchObject({ role: 'preCandidate', term: 5 });
  });

  test('a refusal of a newer term ends the campaign in that term', () => {
    const node = new SoloNode();
    node.tick(10);

    node.receive({ kind: 'preVoteReply', term: 8, from: 2, granted: false });

    expect(node.status).toMatchObject({ role: 'follower', term: 8 });
  });

  test('a voter that was cut off returns without disturbing the leader (voters=3)', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    cluster.isolate(3);
    cluster.tickAll(100);
    expect(cluster.node(3).status().term).toBe(1);

    cluster.healLinks();
    cluster.tickAll(30);

    expect(leader.status()).toMatchObject({ role: 'leader', term: 1 });
    expect(cluster.node(3).status()).toMatchObject({ role: 'follower', leaderId: 1 });
  });

  test('a closed connection to the leader shortens the wait; a live majority still refuses', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    const follower = cluster.node(2);

    cluster.step(follower, { kind: 'peerUnreachable', nodeId: 1 });
    for (let tick = 0; tick < 5; tick += 1) cluster.step(follower, { kind: 'tick' });
    expect(follower.status().role).toBe('preCandidate');
    cluster.settle();
    cluster.tickAll(5);

    expect(leader.status()).toMatchObject({ role: 'leader', term: 1 });
    expect(follower.status()).toMatchObject({ role: 'follower', term: 1, leaderId: 1 });
  });

  test('with the leader dead and its connections closed, the others elect within T', () => {
    const cluster = new Cluster();
    cluster.crash(cluster.elect(1));

    for (const id of [2, 3]) cluster.step(cluster.node(id), { kind: 'peerUnreachable', nodeId: 1 });
    cluster.tickAll(9);

    expect(cluster.leader()?.status().term).toBe(2);
  });
});

describe('a campaign that need not wait for a whole timeout', () => {
  test.each([
    { id: 1, ticks: 1 },
    { id: 2, ticks: 3 },
    { id: 3, ticks: 5 },
  ])('voter $id, just started, asks in its turn: after $ticks ticks', ({ id, ticks }) => {
    const node = new SoloNode({ id });
    node.tick(ticks - 1);
    expect(node.status.role).toBe('follower');

    node.tick(1);

    expect(node.status.role).toBe('preCandidate');
  });

  test('voters that start together have a leader after two ticks, and it is the first', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5] });

    cluster.tickAll(2);

    expect(cluster.leader()?.status()).toMatchObject({ id: 1, term: 1 });
  });

  test('the turn of a dead leader passes to the next (voter 2 of 3)', () => {
    const node = new SoloNode({ id: 2, config: { randomTicks: () => 3 } });
    node.receive(heartbeat(1, 1));

    node.step({ kind: 'peerUnreachable', nodeId: 1 });
    node.tick(1);

    expect(node.status.role).toBe('preCandidate');
  });

  test('a voter that could not be reached is asked again soon', () => {
    const node = new SoloNode({ config: { randomTicks: () => 3 } });
    node.tick(1);

    node.step({ kind: 'peerUnreachable', nodeId: 2 });
    const early = node.tick(4);
    const again = node.tick(1);

    expect(ofKind(early, 'preVote')).toEqual([]);
    expect(ofKind(again, 'preVote')).toMatchObject([{ to: 2 }, { to: 3 }]);
  });

  test('a lost election is tried again soon, from the pre-vote on', () => {
    const node = new SoloNode({ config: { randomTicks: () => 3 } });
    node.tick(1);
    node.receive({ kind: 'preVoteReply', term: 1, from: 2, granted: true });
    for (const from of [2, 3]) node.receive({ kind: 'voteReply', term: 1, from, granted: false });
    expect(node.status.role).toBe('follower');

    const early = node.tick(4);
    const again = node.tick(1);

    expect(ofKind(early, 'preVote')).toEqual([]);
    expect(ofKind(again, 'preVote')).toHaveLength(2);
  });
});

describe('check-quorum', () => {
  test('a leader that hears no majority for T ticks resigns', () => {
    const node = new SoloNode().lead();
    node.tick(9);
    expect(node.status.role).toBe('leader');

    node.tick(1);

    expect(node.status).toMatchObject({ role: 'follower', term: 1, leaderId: undefined });
  });

  test('one of two followers is enough (voters=3)', () => {
    const node = new SoloNode().lead();

    for (let tick = 0; tick < 40; tick += 1) {
      node.tick();
      node.confirm(2, 1);
    }

    expect(node.status.role).toBe('leader');
  });

  test('observers do not count', () => {
    const node = new SoloNode().lead();

    for (let tick = 0; tick < 10; tick += 1) {
      node.receive(observe(1, 9));
      node.tick();
    }

    expect(node.status.role).toBe('follower');
  });

  test('a single voter is exempt', () => {
    const node = new SoloNode({ voters: [1] });

    node.tick(100);

    expect(node.status).toMatchObject({ role: 'leader', term: 1 });
  });

  test('a leader that sends but does not hear gives way to a successor (voters=3)', () => {
    const cluster = new Cluster();
    const deaf = cluster.elect(1);
    for (const id of [2, 3]) cluster.cutOneWay(id, 1);

    cluster.tickAll(60);

    expect(deaf.status().role).not.toBe('leader');
    expect(cluster.leader()?.status().leaderId).not.toBe(1);
    expect(cluster.leader()).toBeDefined();
  });
});

describe('leadership transfer', () => {
  test('the leader waits until the successor has the whole log', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    node.propose('a');
    node.settle();

    const early = node.step({ kind: 'transferLeadership', to: 2 });
    const late = node.confirm(2, 2);

    expect(ofKind(early, 'timeoutNow')).toEqual([]);
    expect(ofKind(late, 'timeoutNow')).toMatchObject([{ to: 2 }]);
  });

  test('without a name the voter with the longest log is chosen', () => {
    const node = new SoloNode().lead();
    node.confirm(3, 1);

    node.step({ kind: 'transferLeadership', to: undefined });

    expect(node.status.transferTo).toBe(3);
  });

  test('proposals are refused meanwhile, and taken again when it fails', () => {
    const node = new SoloNode().lead();
    node.step({ kind: 'transferLeadership', to: 2 });
    expect(node.propose('a')).toBeUndefined();

    for (let tick = 0; tick < 10; tick += 1) {
      node.confirm(3, 1);
      node.tick();
    }

    expect(node.propose('a')).toBeDefined();
  });

  test('an observer is no successor', () => {
    const node = new SoloNode().lead();
    node.receive(observe(1, 9));

    node.step({ kind: 'transferLeadership', to: 9 });

    expect(node.status.transferTo).toBeUndefined();
  });

  test('the successor campaigns at once, without a pre-vote', () => {
    const node = new SoloNode().follow(1);

    const sent = node.receive({ kind: 'timeoutNow', term: 1, from: 2 });

    expect(ofKind(sent, 'preVote')).toEqual([]);
    expect(ofKind(sent, 'vote').map((message) => message.term)).toEqual([2, 2]);
  });

  test('a hand-over that comes twice or from another node is ignored', () => {
    const node = new SoloNode().follow(1);
    node.receive({ kind: 'timeoutNow', term: 1, from: 3 });
    expect(node.status.role).toBe('follower');

    node.receive({ kind: 'timeoutNow', term: 1, from: 2 });
    node.receive({ kind: 'timeoutNow', term: 1, from: 2 });

    expect(node.status).toMatchObject({ role: 'candidate', term: 2 });
  });

  test('leadership moves to the named voter without a tick of silence (voters=3)', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    cluster.propose(leader, 'a');
    cluster.settle();

    cluster.step(leader, { kind: 'transferLeadership', to: 3 });
    cluster.settle();

    expect(cluster.leader()?.id).toBe(3);
    expect(leader.status()).toMatchObject({ role: 'follower', leaderId: 3, term: 2 });
  });
});

describe('malformed votes', () => {
  test('a vote whose log has reached its term already is dropped', () => {
    const node = new SoloNode();

    const sent = node.receive(vote(3, 2, { index: 1, term: 3 }));

    expect(sent).toEqual([]);
    expect(node.status.term).toBe(0);
  });

  // It may be a voter, and lead, by an entry that has not come here yet (thesis, §4.1).
  test('a leader is followed that the set in force does not name', () => {
    const node = new SoloNode();

    node.receive(heartbeat(3, 9));

    expect(node.status).toMatchObject({ term: 3, leaderId: 9 });
  });
});
