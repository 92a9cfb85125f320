/** §7 of the paper: log compaction, and snapshots that travel in chunks. */
import { describe, expect, test } from 'vitest';
import type { Snapshot, SnapshotId } from '../../../../src/raft/core/entry.ts';
import type { InstallSnapshot } from '../../../../src/raft/core/messages.ts';
import { append, bytesOf, heartbeat, logOf, ofKind, SoloNode } from './fixture.ts';
import type { SimNode } from './network.ts';
import { Cluster } from './network.ts';

const ID: SnapshotId = { index: 5, term: 2 };

const chunk = (rest: Partial<InstallSnapshot> & { data: Uint8Array }): InstallSnapshot => ({
  kind: 'installSnapshot',
  term: 3,
  from: 2,
  snapshotId: ID,
  offset: 0,
  done: false,
  totalBytes: 6,
  voters: [],
  ...rest,
});

const FIRST = chunk({ data: bytesOf('abc') });
const LAST = chunk({ data: bytesOf('def'), offset: 3, done: true });

/** A leader of three whose log is cut, and node 3 that was down meanwhile. */
function clusterWithLaggard(): { cluster: Cluster; leader: SimNode; laggard: SimNode } {
  const cluster = new Cluster({ config: { trailingEntries: 0, snapshotChunkBytes: 2 } });
  const leader = cluster.elect(1);
  const laggard = cluster.node(3);
  cluster.crash(laggard);
  for (const text of ['a', 'b', 'c']) cluster.propose(leader, text);
  cluster.settle();
  cluster.takeSnapshot(leader);
  return { cluster, leader, laggard };
}

describe('compaction', () => {
  test('drops what a snapshot covers, but for the trailing entries', () => {
    const node = new SoloNode({ config: { trailingEntries: 2 } });
    node.receive(append(1, logOf(1, 1, 1, 1, 1), { commitIndex: 4 }));

    const output = node.stepOnly({ kind: 'snapshotTaken', snapshotId: { index: 4, term: 1 } });

    expect(output.compactThrough).toBe(2);
    expect(node.status).toMatchObject({ firstIndex: 3, lastIndex: 5, snapshotIndex: 4 });
  });

  test('an older snapshot is late news', () => {
    const node = new SoloNode({ config: { trailingEntries: 0 } });
    node.receive(append(1, logOf(1, 1, 1), { commitIndex: 3 }));
    node.step({ kind: 'snapshotTaken', snapshotId: { index: 3, term: 1 } });

    node.step({ kind: 'snapshotTaken', snapshotId: { index: 1, term: 1 } });

    expect(node.status).toMatchObject({ firstIndex: 4, snapshotIndex: 3 });
  });

  test('a snapshot of what is not committed stops the node', () => {
    const node = new SoloNode();
    node.receive(append(1, logOf(1, 1), { commitIndex: 1 }));

    expect(() => node.step({ kind: 'snapshotTaken', snapshotId: { index: 2, term: 1 } })).toThrow(
      /snapshot is committed/,
    );
  });

  test('a restart begins behind the snapshot and applies only what follows it', () => {
    const node = new SoloNode({ snapshot: { index: 2, term: 1 }, entries: logOf(1, 1, 1) });
    expect(node.status).toMatchObject({ commitIndex: 2, appliedIndex: 2 });

    node.receive(append(1, [], { prevIndex: 3, prevTerm: 1, commitIndex: 3 }));

    expect(node.applied.map((entry) => entry.index)).toEqual([3]);
  });

  test('a store with a gap behind its snapshot does not start', () => {
    const entries = logOf(1, 1, 1, 1).slice(3);

    expect(() => new SoloNode({ snapshot: { index: 2, term: 1 }, entries })).toThrow(/follows/);
  });

  test('a store whose entry contradicts its snapshot does not start', () => {
    const stored = { snapshot: { index: 2, term: 2 }, entries: logOf(1, 1, 3) };

    expect(() => new SoloNode(stored)).toThrow(/agrees with its snapshot/);
  });

  test('a log that is newer than the vote lifts the term, with no vote in it', () => {
    const node = new SoloNode({
      entries: logOf(4, 4),
      hardState: { term: 2, votedFor: 3 },
    });

    const output = node.take();

    expect(output.persist?.hardState).toEqual({ term: 4, votedFor: undefined });
  });
});

describe('receiving a snapshot', () => {
  test('each chunk is answered with the next byte wanted', () => {
    const node = new SoloNode();

    const sent = node.receive(FIRST);

    expect(ofKind(sent, 'installSnapshotReply')).toMatchObject([{ to: 2, offset: 3 }]);
    expect(node.status.lastIndex).toBe(0);
  });

  test('the last chunk replaces the log on disk first, then the state machine', () => {
    const node = new SoloNode({ entries: logOf(1, 1) });
    node.receive(FIRST);

    const received = node.receiveOnly(LAST);
    const persisted = node.stepOnly({ kind: 'persisted', seq: received.persistSeq });

    const expected: Snapshot = { ...ID, data: bytesOf('abcdef'), voters: [] };
    expect(received.persist?.snapshot).toEqual(expected);
    expect(received.installSnapshot).toBeUndefined();
    expect(persisted.installSnapshot).toEqual(expected);
    expect(node.status).toMatchObject({ firstIndex: 6, lastIndex: 5, appliedIndex: 5 });
  });

  test('the confirmation waits for the disk', () => {
    const node = new SoloNode();
    node.receive(FIRST);

    const output = node.receiveOnly(LAST);

    expect(output.sendNow).toEqual([]);
    expect(ofKind(output.sendAfterPersist, 'appendReply')).toMatchObject([{ matchIndex: 5 }]);
    expect(output.persistSeq).toBe(output.persist?.seq);
  });

  test('entries that follow while the snapshot is being written are applied after it', () => {
    const node = new SoloNode();
    node.receive(FIRST);
    node.receiveOnly(LAST);
    const entry = { index: 6, term: 3, kind: 'data', payload: bytesOf('x') } as const;
    const next = node.receiveOnly(append(3, [entry], { prevTerm: 2, commitIndex: 6 }));
    expect(next.apply).toEqual([]);

    const persisted = node.stepOnly({ kind: 'persisted', seq: next.persistSeq });

    expect(persisted.installSnapshot?.index).toBe(5);
    expect(persisted.apply).toEqual([entry]);
  });

  test('repeated and late chunks are harmless', () => {
    const node = new SoloNode();

    node.receive(LAST);
    node.receive(FIRST);
    node.receive(FIRST);
    node.receive(LAST);
    const sent = node.receive(LAST);

    expect(node.outputs.flatMap((output) => output.installSnapshot?.data ?? [])).toEqual([
      bytesOf('abcdef'),
    ]);
    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: true, matchIndex: 5 }]);
  });

  test('a chunk of another snapshot begins anew, and the older one is then ignored', () => {
    const node = new SoloNode();
    node.receive(FIRST);
    const newer = { index: 8, term: 3 };

    const sent = node.receive(chunk({ data: bytesOf('vwx'), snapshotId: newer }));
    const late = node.receive(LAST);

    expect(ofKind(sent, 'installSnapshotReply')).toMatchObject([{ snapshotId: newer, offset: 3 }]);
    expect(late).toEqual([]);
    expect(node.status.lastIndex).toBe(0);
  });

  test('a snapshot that the log covers already changes nothing and is confirmed', () => {
    const node = new SoloNode();
    node.receive(append(2, logOf(1, 1, 1, 1, 2, 2)));

    const sent = node.receive(FIRST);

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: true, matchIndex: 5 }]);
    expect(node.status).toMatchObject({ lastIndex: 6, commitIndex: 5 });
  });

  test('a leader of an older term steps down for the snapshot of a newer one', () => {
    const node = new SoloNode().lead();

    node.receive(FIRST);

    expect(node.status).toMatchObject({ role: 'follower', term: 3, leaderId: 2 });
  });

  test('a chunk puts off the election like a heartbeat', () => {
    const node = new SoloNode().follow(3);
    node.tick(9);

    node.receive(FIRST);
    node.tick(9);

    expect(node.status.role).toBe('follower');
  });

  test('nobody campaigns while its snapshot is not installed', () => {
    const node = new SoloNode();
    node.receive(FIRST);
    node.receiveOnly(LAST);

    for (let tick = 0; tick < 30; tick += 1) node.stepOnly({ kind: 'tick' });

    expect(node.status.role).toBe('follower');
  });

  test('a crash before the write leaves the old log (voters=3)', () => {
    const { cluster, laggard } = clusterWithLaggard();
    laggard.restart();
    cluster.step(cluster.node(1), { kind: 'tick' });
    cluster.step(cluster.node(1), { kind: 'tick' });
    for (let round = 0; round < 100 && laggard.writes.length === 0; round += 1) {
      const batch = cluster.inFlight.splice(0);
      for (const envelope of batch) cluster.deliver(envelope);
    }
    expect(laggard.writes.at(-1)?.snapshot?.index).toBe(4);

    cluster.crash(laggard);
    laggard.restart();

    expect(laggard.status()).toMatchObject({ commitIndex: 0, lastIndex: 1 });
  });
});

describe('sending a snapshot', () => {
  test('a follower behind the log gets it in chunks, then the entries behind it', () => {
    const { cluster, leader, laggard } = clusterWithLaggard();
    cluster.propose(leader, 'd');

    laggard.restart();
    cluster.tickAll(4);

    expect(laggard.hash).toBe(leader.hash);
    expect(laggard.status()).toMatchObject({ snapshotIndex: 4, appliedIndex: 5 });
    expect(cluster.trace.filter((line) => line.includes('installSnapshot from')).length).toBe(
      Math.ceil((leader.disk.snapshot?.data.length ?? 0) / 2),
    );
  });

  test('a lost chunk is asked for again', () => {
    const { cluster, leader, laggard } = clusterWithLaggard();
    laggard.restart();
    cluster.step(leader, { kind: 'tick' });
    cluster.step(leader, { kind: 'tick' });
    while (!cluster.inFlight.some(({ message }) => message.kind === 'installSnapshot')) {
      for (const envelope of cluster.inFlight.splice(0)) cluster.deliver(envelope);
    }

    cluster.inFlight = [];
    cluster.tickAll(14);

    expect(laggard.hash).toBe(leader.hash);
  });

  test('a snapshot that was replaced meanwhile is given up for the newest', () => {
    const node = new SoloNode({ config: { trailingEntries: 0 } }).lead();
    node.confirm(2, 1);
    node.propose('a');
    node.settle();
    node.confirm(2, 2);
    node.step({ kind: 'snapshotTaken', snapshotId: { index: 1, term: 1 } });
    node.stepOnly({ kind: 'tick' });
    node.stepOnly({ kind: 'tick' });
    const asked = node.outputs.flatMap((output) => output.needSnapshotChunks);
    expect(asked).toMatchObject([{ to: 3, snapshotId: { index: 1 }, offset: 0 }]);

    node.step({ kind: 'snapshotTaken', snapshotId: { index: 2, term: 1 } });
    const output = node.stepOnly({
      kind: 'snapshotMissing',
      to: 3,
      snapshotId: { index: 1, term: 1 },
    });

    expect(output.needSnapshotChunks).toMatchObject([{ to: 3, snapshotId: { index: 2 } }]);
  });

  test('a follower that lost its chunks gets them from the start', () => {
    const node = new SoloNode();
    node.receive(heartbeat(3, 2));

    const sent = node.receive(LAST);

    expect(ofKind(sent, 'installSnapshotReply')).toMatchObject([{ offset: 0 }]);
  });
});
