import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../../src/raft/core/entry.ts';
import type { AppendReply, Envelope, RaftMessage } from '../../../../src/raft/core/messages.ts';
import type { Voter } from '../../../../src/raft/core/voters.ts';
import {
  addressOf,
  append,
  ballotOf,
  directoryOf,
  heartbeat,
  logOf,
  matchReply,
  observe,
  ofKind,
  preVote,
  SoloNode,
  vote,
} from './fixture.ts';

const voter = (id: number, directoryId = directoryOf(id)): Voter => ({
  id,
  directoryId,
  address: addressOf(id),
});
const refusal = (term: number, from: number): RaftMessage => ({
  ...(matchReply(term, from, 0) as AppendReply),
  success: false,
});

/** Indexes of the entries that were sent to a node, each once. */
const entriesTo = (id: number, sent: readonly Envelope[]): number[] => {
  const appends = ofKind(sent, 'append').filter(({ to }) => to === id);
  return [...new Set(appends.flatMap(({ entries }) => entries.map(({ index }) => index)))];
};

const setOf = (index: number, voters: readonly Voter[]): Entry => ({
  index,
  term: 1,
  kind: 'voters',
  payload: new Uint8Array(0),
  voters,
});

/** What of `sent` is for a node, and what that answers. */
const pass = (sent: readonly Envelope[], to: SoloNode): Envelope[] =>
  sent
    .filter((envelope) => envelope.to === to.status.id)
    .flatMap((envelope) => to.step({ kind: 'message', ...envelope }));

/** Node 3 was removed, and added again with another directory. */
const REPLACED = [
  ...logOf(1),
  setOf(2, [voter(1), voter(2)]),
  setOf(3, [voter(1), voter(2), voter(3, 'new-3')]),
];

test('a directory that was replaced does not count its own vote as that of its successor', () => {
  const old = new SoloNode({ id: 3, entries: REPLACED });

  old.tick(12);
  old.receive({ kind: 'preVoteReply', term: 2, from: 2, granted: true });
  old.receive({ kind: 'voteReply', term: 2, from: 2, granted: true });

  expect(old.status.role).not.toBe('leader');
});

test('a directory that was replaced never cuts off what its successor has committed', () => {
  const committed: Entry = { index: 4, term: 1, kind: 'data', payload: new Uint8Array([1]) };
  const one = new SoloNode({ id: 1, entries: [...REPLACED, committed] });
  const two = new SoloNode({ id: 2, entries: REPLACED });
  const old = new SoloNode({ id: 3, entries: REPLACED });

  let sent = old.tick(12);
  for (let round = 0; round < 2; round += 1) sent = pass(pass(sent, two), old);
  pass([...sent, ...old.tick(3)], one);
  for (let round = 0; round < 5; round += 1) {
    sent = pass(pass(old.tick(3), one), old);
    pass(sent, one);
  }

  expect([one.status.lastIndex, one.status.lastTerm]).toEqual([4, 1]);
});

test('two directories of one number are not both elected in a term', () => {
  const without = [voter(1), voter(2), voter(4), voter(5)];
  const log = [...logOf(1), setOf(2, without)];
  const voters = [1, 2, 3, 4, 5];
  const others = [1, 4, 5].map((id) => new SoloNode({ id, voters, entries: log }));
  const old = new SoloNode({ id: 3, voters, entries: log });
  const entries = [...log, setOf(3, [...without, voter(3, 'new-3')])];
  const config = { directoryId: 'new-3' };
  const next = new SoloNode({ id: 3, voters, onlyIfNamed: true, config, entries });
  const ask = (sent: readonly Envelope[], asker: SoloNode): Envelope[] =>
    pass(
      others.flatMap((other) => pass(sent, other)),
      asker,
    );

  const [ofOld, ofNext] = [ask(old.tick(14), old), ask(next.tick(14), next)];
  ask(ofOld, old);
  ask(ofNext, next);

  expect([old.status.role, next.status.role].filter((role) => role === 'leader')).toHaveLength(1);
});

test('an answer to the old directory of a number is no vote for the new one', () => {
  const set = [voter(1), voter(2), voter(3, 'new-3')];
  const config = { directoryId: 'new-3' };
  const next = new SoloNode({ id: 3, entries: [...logOf(1), setOf(2, set)], config });
  next.tick(12);
  next.receive({ kind: 'preVoteReply', term: 2, from: 2, granted: true });
  expect(next.status.role).toBe('candidate');

  next.receive(
    { kind: 'voteReply', term: 2, from: 2, granted: true },
    { toDirectory: directoryOf(3) },
  );

  expect(next.status.role).toBe('candidate');
});

test('a directory under the name of a voter that has forgotten its votes counts for nothing', () => {
  const node = new SoloNode({ entries: [...logOf(1), setOf(2, [voter(1), voter(2), voter(3)])] });
  node.lead();
  const forgetful = { ...ballotOf(3), canVote: false };

  node.receive(matchReply(2, 3, 3), { ballot: forgetful });

  expect(node.status.commitIndex).toBe(0);
  expect(node.status.peers.find(({ id }) => id === 3)?.counts).toBe(false);
});

describe('a node of a version that knows of no sets in the log', () => {
  const old = { directoryId: '', canVote: false, onlyIfNamed: false, address: '' };
  const recorded = [...logOf(1), setOf(2, [voter(1), voter(2)])];

  test('gets no vote from one that has a set, for it counts by its configuration', () => {
    const node = new SoloNode({ entries: recorded });

    const sent = [
      ...node.receive(preVote(9, 3, { index: 9, term: 8 }), { ballot: old }),
      ...node.receive(vote(9, 3, { index: 9, term: 8 }), { ballot: old }),
    ];

    expect(sent).toEqual([]);
    expect(node.status.term).toBe(1);
  });

  test('neither votes nor acknowledges where a set is recorded', () => {
    const node = new SoloNode({ entries: [...logOf(1), setOf(2, [voter(1), voter(2, '')])] });
    node.tick(12);

    for (const kind of ['preVoteReply', 'voteReply'] as const) {
      node.receive({ kind, term: 2, from: 2, granted: true }, { ballot: old, toDirectory: '' });
    }

    expect(node.status.role).toBe('preCandidate');
  });

  // It would keep the set as an entry that says nothing, and a later release find it so.
  test('gets the log up to the first set, as an observer and as a voter', () => {
    const entries = [...logOf(1), setOf(2, [voter(1), voter(2), voter(3)])];
    const node = new SoloNode({ entries }).lead();
    node.confirm(3, 3);
    const sent: Envelope[] = [];
    for (const from of [2, 9]) {
      sent.push(...node.receive(observe(2, from), { ballot: old }));
      sent.push(...node.receive(refusal(2, from), { ballot: old }));
      sent.push(...node.receive(matchReply(2, from, 1), { ballot: old }));
    }
    sent.push(...node.tick(4));

    for (const id of [2, 9]) {
      expect(entriesTo(id, sent)).toEqual([1]);
      expect(node.status.peers.find((peer) => peer.id === id)).toMatchObject({
        matchIndex: 1,
        counts: false,
      });
    }
  });

  test('is sent no snapshot that names a set', () => {
    const snapshot = { index: 2, term: 1 };
    const node = new SoloNode({ snapshot, snapshotVoters: [voter(1), voter(2)] }).lead();
    for (const from of [2, 9]) {
      node.receive(observe(2, from), { ballot: from === 2 ? ballotOf(2) : old });
      node.receive(refusal(2, from), { ballot: from === 2 ? ballotOf(2) : old });
    }

    const asked = node.outputs.flatMap(({ needSnapshotChunks }) => needSnapshotChunks);

    expect(new Set(asked.map(({ to }) => to))).toEqual(new Set([2]));
    expect(node.status.peers.find(({ id }) => id === 9)?.state).toBe('probe');
  });

  test('is told to wait until it is updated, which is told here once, and goes on then', () => {
    const snapshot = { index: 2, term: 1 };
    const node = new SoloNode({ snapshot, snapshotVoters: [voter(1), voter(2)] }).lead();
    node.confirm(2, 3);
    const sent = node.receive(observe(2, 9), { ballot: old });
    for (let round = 0; round < 3; round += 1) {
      sent.push(...node.tick(2), ...node.receive(refusal(2, 9), { ballot: old }));
      node.confirm(2, 3);
    }
    const waiting = node.status.peers.find(({ id }) => id === 9);

    node.receive(refusal(2, 9));

    const said = ofKind(sent, 'append').filter(({ to }) => to === 9);
    expect(said.length).toBeGreaterThan(2);
    expect(said.every(({ needsUpdate }) => needsUpdate === true)).toBe(true);
    expect(node.outputs.flatMap(({ outdated }) => outdated)).toEqual([9]);
    expect(waiting?.needsUpdate).toBe(true);
    expect(node.status.peers.find(({ id }) => id === 9)).toMatchObject({
      needsUpdate: false,
      state: 'snapshot',
    });
  });

  test('may be what answers next where a connection broke: it is heard before it gets a set', () => {
    const node = new SoloNode({ entries: logOf(1) }).lead();
    for (const from of [2, 3]) node.confirm(from, 2);
    node.step({ kind: 'peerUnreachable', nodeId: 3 });
    node.core.changeVoters({ kind: 'remove', nodeId: 3 });

    const before = [...node.settle(), ...node.tick(4)];
    const after = node.confirm(3, 2);

    expect([entriesTo(2, before), entriesTo(3, before)]).toEqual([[3], []]);
    expect(entriesTo(3, after)).toEqual([3]);
  });
});

describe('a node whose leader runs a later release', () => {
  test('knows that it waits until it is updated, tells it once, and no more when the log comes', () => {
    const node = new SoloNode().follow(1);

    for (let round = 0; round < 2; round += 1) {
      node.receive({ ...heartbeat(1, 2, 9), prevIndex: 9, prevTerm: 1, needsUpdate: true });
    }
    const { needsUpdate } = node.status;
    node.receive(append(1, logOf(1)));

    expect(needsUpdate).toBe(true);
    expect(node.outputs.flatMap(({ outdated }) => outdated)).toEqual([1]);
    expect(node.status.needsUpdate).toBe(false);
  });
});
