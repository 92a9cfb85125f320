/** Voters that come and go: chapter 4 of the thesis, and voters that are a node with a directory. */
import { describe, expect, test } from 'vitest';
import {
  append,
  ballotOf,
  directoryOf,
  logOf,
  matchReply,
  namedVoters,
  observe,
  ofKind,
  SoloNode,
  vote,
} from './fixture.ts';
import { change, clusterWith, idsOf, refusal, votersEntry } from './membership-fixture.ts';
import { Cluster } from './network.ts';

describe('the voter set', () => {
  test('is that of the configuration as long as no log names one', () => {
    const node = new SoloNode({ entries: logOf(1, 1) });

    expect(idsOf(node)).toEqual([1, 2, 3]);
    expect(node.core.votersAt(2)).toEqual([]);
  });

  test('is in force as soon as its entry is in the log, committed or not', () => {
    const node = new SoloNode({ id: 4 });

    node.receive(append(1, [votersEntry(1, 1, namedVoters([1, 2, 3, 4]))]));

    expect(node.status).toMatchObject({ role: 'follower', isVoter: true, commitIndex: 0 });
  });

  test('is the one before again when its entry is cut off', () => {
    const node = new SoloNode({ id: 4 });
    node.receive(append(1, [votersEntry(1, 1, namedVoters([1, 2, 3, 4]))]));

    node.receive(append(2, logOf(2), { from: 3 }));

    expect(idsOf(node)).toEqual([1, 2, 3]);
    expect(node.status).toMatchObject({ role: 'observer', isVoter: false });
  });

  test('is kept by a snapshot, for a node that starts', () => {
    const node = new SoloNode({
      id: 4,
      snapshot: { index: 7, term: 2 },
      snapshotVoters: namedVoters([2, 3, 4]),
    });

    expect(idsOf(node)).toEqual([2, 3, 4]);
    expect(node.status.role).toBe('follower');
  });

  test('of an entry within the window before a snapshot is older than the snapshot', () => {
    const window = [
      ...logOf(1),
      votersEntry(2, 1, namedVoters([1, 2])),
      ...logOf(1, 1, 1).slice(2),
    ];
    const node = new SoloNode({
      entries: window,
      snapshot: { index: 3, term: 1 },
      snapshotVoters: namedVoters([1, 3]),
    });

    expect(idsOf(node)).toEqual([1, 3]);
  });

  test('of a snapshot is the one as of its index, not a later one', () => {
    const { cluster, leader } = clusterWith(4);
    const before = leader.status().commitIndex;

    change(cluster, 'add', 4);

    expect(leader.core.votersAt(before)).toEqual([]);
    expect(leader.core.votersAt(leader.status().commitIndex)).toHaveLength(4);
    cluster.takeSnapshot(leader);
    expect(leader.core.votersAt(before)).toBeUndefined();
  });

  test('comes with the snapshot that a leader sends', () => {
    const cluster = new Cluster({ observers: [4, 9], config: { trailingEntries: 0 } });
    const leader = cluster.elect(1);
    cluster.tickAll(20);
    cluster.isolate(9);
    change(cluster, 'add', 4);
    cluster.takeSnapshot(leader);

    cluster.healLinks();
    cluster.tickAll(120);

    expect(cluster.node(9).status().snapshotIndex).toBe(leader.status().snapshotIndex);
    expect(idsOf(cluster.node(9))).toEqual([1, 2, 3, 4]);
  });
});

describe('a voter that is added', () => {
  test('counts for majorities at once, and is named with its directory and address', () => {
    const { cluster, leader } = clusterWith(4);

    change(cluster, 'add', 4);

    expect(leader.status().voters).toEqual(namedVoters([1, 2, 3, 4]));
    expect(cluster.node(4).status()).toMatchObject({ role: 'follower', isVoter: true });
    for (const id of [3, 4]) cluster.crash(cluster.node(id));
    const { commitIndex } = leader.status();
    cluster.propose(leader, 'by two of four');
    cluster.settle();
    expect(leader.status().commitIndex).toBe(commitIndex);
  });

  test('may lead', () => {
    const { cluster } = clusterWith(4);
    change(cluster, 'add', 4);

    cluster.step(cluster.node(1), { kind: 'transferLeadership', to: 4 });
    cluster.tickAll(4);

    expect(cluster.leader()?.id).toBe(4);
  });

  // It would hold the others up: nothing could be committed until it has the log.
  test('must have caught up', () => {
    const node = new SoloNode().lead();
    for (const from of [2, 3]) node.confirm(from, 1);
    node.receive(observe(1, 4));

    const before = node.core.changeVoters({ kind: 'add', nodeId: 4 });
    for (const index of [1, 1]) node.confirm(4, index);
    const after = node.core.changeVoters({ kind: 'add', nodeId: 4 });

    expect(before).toEqual({ refused: { why: 'behind', missingCount: 1 } });
    expect(after).toMatchObject({ index: 2 });
  });

  test('is refused while entries are missing that it was sent an election timeout ago', () => {
    const node = new SoloNode({ voters: [1, 2, 3] }).lead();
    for (const from of [2, 3]) node.confirm(from, 1);
    node.receive(observe(1, 4));
    node.propose('a');
    node.settle();
    node.confirm(4, 0);
    for (let tick = 0; tick < 11; tick += 1) {
      node.tick();
      for (const from of [2, 3]) node.confirm(from, 2);
      node.receive(matchReply(1, 4, 1));
    }

    const outcome = node.core.changeVoters({ kind: 'add', nodeId: 4 });

    expect(outcome).toEqual({ refused: { why: 'behind', missingCount: 1 } });
    for (const index of [2, 2]) node.confirm(4, index);
    expect(node.core.changeVoters({ kind: 'add', nodeId: 4 })).toMatchObject({ index: 3 });
  });

  test('is refused before it was heard, and without a vote of its own', () => {
    const { cluster } = clusterWith(4);
    cluster.crash(cluster.node(4));
    cluster.node(4).wiped = true;

    expect(refusal(cluster, 'add', 8)).toEqual({ why: 'notHeard' });
    cluster.node(4).restart();
    cluster.tickAll(30);
    expect(refusal(cluster, 'add', 4)).toEqual({ why: 'noVote' });
  });

  test('gives its vote before it knows that it is one', () => {
    const node = new SoloNode({ id: 4 });

    const sent = node.receive(vote(3, 2, { index: 9, term: 2 }), { toDirectory: directoryOf(4) });

    expect(ofKind(sent, 'voteReply')).toMatchObject([{ granted: true }]);
  });

  test('is refused twice with the same directory', () => {
    const { cluster } = clusterWith(4);
    change(cluster, 'add', 4);

    expect(refusal(cluster, 'add', 4)).toEqual({ why: 'voterAlready' });
  });
});

describe('a voter that is elsewhere now', () => {
  const setOfThree = (): SoloNode => {
    const entries = [...logOf(1), votersEntry(2, 1, namedVoters([1, 2, 3]))];
    const node = new SoloNode({ entries }).lead();
    for (const from of [2, 3]) node.confirm(from, 3);
    return node;
  };

  test('is written down with its new address when it is added again, in its place', () => {
    const node = setOfThree();
    node.receive(matchReply(2, 2, 3), { ballot: { ...ballotOf(2), address: 'moved' } });

    const outcome = node.core.changeVoters({ kind: 'add', nodeId: 2 });

    expect(outcome).toMatchObject({ index: 4 });
    const [one, two, three] = namedVoters([1, 2, 3]);
    expect(node.status.voters).toEqual([one, { ...two, address: 'moved' }, three]);
  });

  test('is one at a time like any other change', () => {
    const node = setOfThree();
    for (const from of [2, 3]) {
      node.receive(matchReply(2, from, 3), { ballot: { ...ballotOf(from), address: 'moved' } });
    }
    node.core.changeVoters({ kind: 'add', nodeId: 2 });

    expect(node.core.changeVoters({ kind: 'add', nodeId: 3 })).toEqual({
      refused: { why: 'underWay' },
    });
  });

  test('is no news while the set is that of the configuration, which is changed there', () => {
    const node = new SoloNode().lead();
    for (const from of [2, 3]) node.confirm(from, 1);
    node.receive(matchReply(1, 2, 1), { ballot: { ...ballotOf(2), address: 'moved' } });

    expect(node.core.changeVoters({ kind: 'add', nodeId: 2 })).toEqual({
      refused: { why: 'voterAlready' },
    });
  });
});

describe('changes of the set', () => {
  test('come one at a time: a second one waits until the first is committed', () => {
    const { cluster, leader } = clusterWith(4, 5);
    for (const id of [2, 3, 4, 5]) cluster.cut(1, id);

    cluster.changeVoters(leader, { kind: 'add', nodeId: 4 });

    expect(refusal(cluster, 'add', 5)).toEqual({ why: 'underWay' });
    cluster.healLinks();
    cluster.settle();
    cluster.tickAll(6);
    expect(refusal(cluster, 'add', 5)).toBeUndefined();
  });

  // Ongaro's mail of 2015: 1 adds, 2 removes, neither commits; both sets have majorities of their own.
  test('wait for a committed entry of the own term, else two leaders could change past each other', () => {
    const { cluster, leader: first } = clusterWith(4);
    cluster.isolate(1);
    cluster.changeVoters(first, { kind: 'add', nodeId: 4 });
    const second = cluster.node(2);
    for (const id of [2, 3]) {
      cluster.step(cluster.node(id), { kind: 'peerUnreachable', nodeId: 1 });
    }
    for (let round = 0; round < 20 && second.status().role !== 'leader'; round += 1) {
      if (round % 5 === 0) cluster.step(second, { kind: 'tick' });
      for (const node of cluster.nodes) cluster.sync(node);
      for (const envelope of cluster.inFlight.splice(0)) cluster.deliver(envelope);
    }
    expect(second.status()).toMatchObject({ role: 'leader', term: 2 });

    const early = cluster.changeVoters(second, { kind: 'remove', nodeId: 1 });

    expect(early).toEqual({ refused: { why: 'newTerm' } });
    cluster.tickAll(4);
    expect(cluster.changeVoters(second, { kind: 'remove', nodeId: 1 })).toMatchObject({ term: 2 });
    cluster.healLinks();
    cluster.tickAll(40);
    expect(idsOf(cluster.node(1))).toEqual([2, 3]);
  });

  test('never leave a set without a majority that is up', () => {
    const { cluster } = clusterWith();
    cluster.crash(cluster.node(3));
    cluster.tickAll(12);

    expect(refusal(cluster, 'remove', 2)).toEqual({
      why: 'noMajority',
      heardCount: 1,
      voterCount: 2,
    });
    expect(refusal(cluster, 'remove', 3)).toBeUndefined();
  });

  test('never take the last voter', () => {
    const node = new SoloNode({ voters: [1] });
    node.tick();

    expect(node.core.changeVoters({ kind: 'remove', nodeId: 1 })).toEqual({
      refused: { why: 'lastVoter' },
    });
  });

  test('are refused while a voter runs a version that would not know of them', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    const old = { ...ballotOf(3), directoryId: '', canVote: false };
    node.receive(matchReply(1, 3, 1), { ballot: old });

    const outcome = node.core.changeVoters({ kind: 'remove', nodeId: 2 });

    expect(outcome).toEqual({ refused: { why: 'tooOld', nodeId: 3 } });
  });

  test('do not wait for voters that are gone, so that two can be taken out of five', () => {
    const node = new SoloNode({ voters: [1, 2, 3, 4, 5] });
    node.tick(10);
    for (const kind of ['preVoteReply', 'voteReply'] as const) {
      for (const from of [2, 3]) node.receive({ kind, term: 1, from, granted: true });
    }
    for (const from of [2, 3]) node.confirm(from, 1);

    const first = node.core.changeVoters({ kind: 'remove', nodeId: 5 });
    for (const from of [2, 3]) node.confirm(from, 2);
    const second = node.core.changeVoters({ kind: 'remove', nodeId: 4 });

    expect([first, second]).toEqual([
      { index: 2, term: 1 },
      { index: 3, term: 1 },
    ]);
  });

  test('do not wait for a voter that the set names with its directory', () => {
    const entries = [...logOf(1), votersEntry(2, 1, namedVoters([1, 2, 3, 4, 5]))];
    const node = new SoloNode({ voters: [1, 2, 3, 4, 5], entries }).lead();
    for (const from of [2, 3, 4]) node.confirm(from, 3);

    expect(node.core.changeVoters({ kind: 'remove', nodeId: 2 })).toMatchObject({ index: 4 });
  });
});

describe('a voter that is removed', () => {
  test('hears of it, and goes on as an observer', () => {
    const { cluster, leader } = clusterWith();

    change(cluster, 'remove', 3);

    expect(idsOf(cluster.node(3))).toEqual([1, 2]);
    expect(cluster.node(3).status()).toMatchObject({ role: 'observer', leaderId: 1 });
    cluster.propose(leader, 'later');
    cluster.tickAll(4);
    expect(cluster.node(3).hash).toBe(leader.hash);
  });

  test('while it was away disturbs nobody, and learns of it', () => {
    const { cluster, leader } = clusterWith();
    cluster.isolate(3);
    cluster.tickAll(12);
    change(cluster, 'remove', 3);
    const { term } = leader.status();
    expect(cluster.node(3).status().isVoter).toBe(true);

    cluster.healLinks();
    cluster.tickAll(60);

    expect(leader.status()).toMatchObject({ role: 'leader', term });
    expect(cluster.node(3).status()).toMatchObject({
      role: 'observer',
      isVoter: false,
      leaderId: 1,
    });
  });

  test('finds a leader of which it never heard, by a hint', () => {
    const { cluster } = clusterWith(4);
    cluster.isolate(3);
    cluster.tickAll(12);
    change(cluster, 'add', 4);
    change(cluster, 'remove', 3);
    cluster.step(cluster.node(1), { kind: 'transferLeadership', to: 4 });
    cluster.tickAll(6);
    expect(cluster.leader()?.id).toBe(4);

    cluster.healLinks();
    cluster.cut(3, 1);
    cluster.tickAll(60);

    expect(cluster.node(3).status()).toMatchObject({ role: 'observer', leaderId: 4 });
    const hint = cluster.trace.find((line) => line.startsWith('to 3: leaderHint'));
    expect(hint).toMatch(/leader 4$/);
  });

  test('may come back', () => {
    const { cluster } = clusterWith();
    change(cluster, 'remove', 3);

    change(cluster, 'add', 3);

    expect(cluster.node(3).status()).toMatchObject({ role: 'follower', isVoter: true });
  });
});

describe('leadership', () => {
  test('is handed to no voter that has lost its vote', () => {
    const node = new SoloNode().lead();
    node.receive(matchReply(1, 2, 1), { ballot: { ...ballotOf(2), canVote: false } });
    node.confirm(3, 0);

    node.step({ kind: 'transferLeadership', to: 2 });
    const asked = node.status.transferTo;
    node.step({ kind: 'transferLeadership', to: undefined });

    expect([asked, node.status.transferTo]).toEqual([undefined, 3]);
  });

  test('is handed no further to a voter that is back without its vote', () => {
    const node = new SoloNode().lead();
    node.confirm(3, 1);
    node.step({ kind: 'transferLeadership', to: 2 });
    expect(node.status.transferTo).toBe(2);

    const forgetful = { ...ballotOf(2), canVote: false };
    const sent = node.receive(matchReply(1, 2, 1), { ballot: forgetful });

    expect(ofKind(sent, 'timeoutNow')).toEqual([]);
    expect(node.status.transferTo).toBeUndefined();
  });
});
