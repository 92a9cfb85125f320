import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/base/ids.ts';
import { RaftStore } from '../../../src/raft/raft-store.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import { Cluster } from './cluster.ts';

/** Asks the leader, and waits for the answer. */
const change = async (cluster: Cluster, kind: 'add' | 'remove', nodeId: NodeId): Promise<void> => {
  const leader = cluster.activeLeader() ?? 1;
  await cluster.inTime(cluster.run(leader).node.changeVoters({ kind, nodeId }));
};

const votersOf = (cluster: Cluster, id: NodeId): NodeId[] =>
  cluster
    .run(id)
    .node.status()
    .voters.map((voter) => voter.id);

/** Three voters, and controller 4 which follows. */
const withFourth = async (): Promise<Cluster> => {
  const cluster = await Cluster.started();
  await cluster.format(4);
  await cluster.start(4);
  await cluster.commit('before');
  await cluster.clock.settle(500);
  return cluster;
};

describe('voters that are changed', () => {
  it('are changed once the answer is there, and stay so through a power cut of all', async () => {
    const cluster = await withFourth();

    await change(cluster, 'add', 4);
    await change(cluster, 'remove', 1);
    for (const id of [1, 2, 3, 4]) cluster.crash(id);
    for (const id of [2, 3, 4]) await cluster.start(id);
    await cluster.settleUntil(() => cluster.activeLeader() !== undefined, 10_000);
    await cluster.commit('after');

    for (const id of [2, 3, 4]) expect(votersOf(cluster, id)).toEqual([2, 3, 4]);
    expect(cluster.texts(4)).toEqual(['before', 'after']);
  });

  it('are in the snapshot that stands for the entry which changed them', async () => {
    const cluster = await withFourth();
    await change(cluster, 'add', 4);
    await cluster.commit('behind');
    for (const id of [1, 2, 3, 4]) await cluster.takeSnapshot(id);

    for (const id of [1, 2, 3, 4]) cluster.crash(id);
    for (const id of [1, 2, 3, 4]) await cluster.start(id);
    await cluster.settleUntil(() => cluster.activeLeader() !== undefined, 10_000);

    for (const id of [1, 2, 3, 4]) expect(votersOf(cluster, id)).toEqual([1, 2, 3, 4]);
  });

  it('are refused in one line that names the remedy', async () => {
    const cluster = await withFourth();

    await expect(change(cluster, 'add', 8)).rejects.toThrow('node 8 does not follow the metadata');
    await expect(change(cluster, 'add', 3)).rejects.toMatchObject({ code: 'DUPLICATE_VOTER' });
    await expect(change(cluster, 'remove', 4)).rejects.toMatchObject({ code: 'VOTER_NOT_FOUND' });
    const ofAnother = { kind: 'remove', nodeId: 3, directoryId: 'one that was' } as const;
    const leader = cluster.run(cluster.activeLeader() ?? 1).node;
    await expect(leader.changeVoters(ofAnother)).rejects.toThrow(
      /^voter 3 has directory .+, not one that was, and stays: see 'ottla cluster status'$/,
    );
  });

  it('are refused by a node that does not lead', async () => {
    const cluster = await withFourth();
    const other = [1, 2, 3].find((id) => id !== cluster.activeLeader()) ?? 2;

    const asked = cluster.run(other).node.changeVoters({ kind: 'add', nodeId: 4 });

    await expect(asked).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
  });

  it('have no answer but that of the next leader where this one leads no more', async () => {
    const cluster = await withFourth();
    const leader = cluster.activeLeader() ?? 1;
    for (const other of [1, 2, 3, 4]) {
      if (other !== leader) cluster.network.cut(`node-${leader}`, `node-${other}`);
    }

    const asked = cluster.run(leader).node.changeVoters({ kind: 'add', nodeId: 4 });

    await expect(cluster.inTime(asked)).rejects.toMatchObject({
      code: 'NOT_CONTROLLER',
      retriable: true,
    });
  });

  it('let a leader go that is removed: it answers, and another leads', async () => {
    const cluster = await withFourth();
    const leader = cluster.activeLeader() ?? 1;

    await change(cluster, 'remove', leader);
    await cluster.settleUntil(() => (cluster.activeLeader() ?? leader) !== leader, 10_000);
    await cluster.commit('after');

    expect(cluster.run(leader).node.status().role).toBe('observer');
    expect(cluster.texts(leader)).toContain('after');
  });

  it('are found where they are by who only follows, though the set has them elsewhere', async () => {
    const cluster = await withFourth();
    await cluster.start(9);
    await change(cluster, 'add', 4);
    cluster.crash(4);
    cluster.moved.set(4, 'node-4:9001');
    await cluster.start(4);
    await cluster.commit('moved');

    const leader = cluster.activeLeader() ?? 1;
    const others = [1, 2, 3].filter((id) => id !== leader);
    for (const id of [...others, leader]) await change(cluster, 'remove', id);
    await cluster.settleUntil(() => cluster.activeLeader() === 4, 10_000);
    await cluster.commit('after');

    expect(cluster.run(9).node.status().voters).toMatchObject([{ id: 4, address: 'node-4:9000' }]);
    expect(cluster.run(9).node.addressOf(4)).toBe('node-4:9001');
  });

  it('take a node with a new directory for another voter', async () => {
    const cluster = await withFourth();
    await change(cluster, 'add', 4);
    cluster.crash(4);
    await cluster.format(4, { isNewcomer: true });
    await cluster.start(4);
    await cluster.clock.settle(1000);

    expect(cluster.run(4).node.status().isVoter).toBe(false);
    await expect(change(cluster, 'add', 4)).rejects.toMatchObject({ code: 'INELIGIBLE_REPLICA' });
    await change(cluster, 'remove', 4);
    await cluster.clock.settle(500);
    await change(cluster, 'add', 4);

    expect(cluster.run(4).node.status().isVoter).toBe(true);
    const { store, restored } = await reopened(cluster, 4);
    expect(restored).toMatchObject({ canVote: true, onlyIfNamed: true });
    await store.close();
  });
});

const reopened = (cluster: Cluster, id: NodeId): ReturnType<typeof RaftStore.open> => {
  const { disk, stores } = cluster.host(id);
  cluster.crash(id);
  const seams = { disk: mountedDisk(disk), stores };
  return cluster.inTime(RaftStore.open(seams, '/data/raft'));
};
