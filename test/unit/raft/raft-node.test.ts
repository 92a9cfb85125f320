import { describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Cluster, nameOf } from './cluster.ts';

/** The shortest time without a word from the leader after which a voter may campaign. */
const ELECTION_TIMEOUT_MS = 500;

const othersOf = (cluster: Cluster, id: number): number[] =>
  cluster.voters.filter((voter) => voter !== id);

const leaderOf = (cluster: Cluster): number => must(cluster.activeLeader(), 'there is a leader');

const followersOf = (cluster: Cluster): number[] => othersOf(cluster, leaderOf(cluster));

const waitForLeader = (cluster: Cluster): Promise<number> =>
  cluster.settleUntil(() => cluster.activeLeader() !== undefined, 20_000);

describe('a cluster of three raft nodes', () => {
  it('elects one leader, and all nodes know it', async () => {
    const cluster = await Cluster.started();
    await cluster.clock.settle(200);

    const known = [...cluster.runs.values()].map(({ leaderships }) => leaderships.at(-1)?.leaderId);

    expect(new Set(known)).toEqual(new Set([cluster.leader()]));
  });

  it('applies what is proposed on every node, in order', async () => {
    const cluster = await Cluster.started();

    await cluster.commit('a', 'b', 'c');

    for (const id of cluster.voters) expect(cluster.texts(id)).toEqual(['a', 'b', 'c']);
  });

  it('refuses a proposal on a node that does not lead, as retriable', async () => {
    const cluster = await Cluster.started();
    const [follower] = followersOf(cluster);

    const propose = () => cluster.run(follower ?? 0).node.propose(Buffer.from('a'));

    expect(propose).toThrow(expect.objectContaining({ code: 'NOT_CONTROLLER' }));
  });

  it('refuses a proposal beyond the limit of what may wait', async () => {
    const cluster = await Cluster.started({ tuning: { maxUncommittedBytes: 10 } });
    cluster.propose('ten bytes!');

    expect(() => cluster.propose('more')).toThrow('takes no changes now');
  });

  it.each([1, 2, 3])('goes on without node %i, and takes it back', async (id) => {
    const cluster = await Cluster.started({ seed: id });
    await cluster.commit('before');
    cluster.crash(id);
    await waitForLeader(cluster);
    await cluster.commit('meanwhile');

    await cluster.start(id);

    await cluster.settleUntil(() => cluster.isEverywhere('meanwhile'), 5000);
    expect(cluster.texts(id)).toEqual(['before', 'meanwhile']);
  });

  it.each(Array.from({ length: 10 }, (_, seed) => seed))(
    'loses nothing committed when the power of all nodes fails at once (seed %i)',
    async (seed) => {
      const cluster = await Cluster.started({ seed, syncDelayMs: 3 });
      for (const text of ['a', 'b', 'c', 'd']) cluster.propose(text);
      await cluster.clock.settle(seed * 2);
      const committed = [...cluster.committed.values()];
      const random = new SeededRandom(seed);
      for (const id of cluster.voters) cluster.crash(id, { power: true, random });

      for (const id of cluster.voters) await cluster.start(id);

      await waitForLeader(cluster);
      await cluster.commit('after');
      expect([...cluster.run(1).state.values()]).toEqual(expect.arrayContaining(committed));
    },
  );

  it('commits nothing by the word of a follower that has not synced it', async () => {
    const cluster = await Cluster.started();
    const [slow, dead] = followersOf(cluster);
    await cluster.clock.settle(200);
    cluster.crash(dead ?? 0);
    cluster.host(slow ?? 0).stores.syncDelayMs = 80;
    cluster.propose('a');

    await cluster.clock.settle(79);
    const before = cluster.texts(leaderOf(cluster));
    await cluster.clock.settle(20);

    expect([before, cluster.texts(leaderOf(cluster))]).toEqual([[], ['a']]);
  });

  it('elects nobody by a vote that has not been synced', async () => {
    const cluster = await Cluster.started();
    const [slow] = followersOf(cluster);
    cluster.crash(leaderOf(cluster));
    const { disk } = cluster.host(slow ?? 0);
    disk.holdSyncs();
    await cluster.clock.settle(3000);
    const before = cluster.leader();

    disk.releaseSyncs();

    await waitForLeader(cluster);
    expect(before).toBeUndefined();
  });

  it('does not elect a node whose directory lost its vote', async () => {
    const cluster = await Cluster.started();
    const leader = leaderOf(cluster);
    cluster.crash(leader);
    cluster.host(leader).disk.remove('/data/raft/vote');
    await cluster.start(leader);
    await cluster.clock.settle(3000);

    const { role } = cluster.run(leader).node.status();

    expect(role).toBe('observer');
  });
});

describe('the loss of a leader', () => {
  it('is noticed by the closed stream, well before the election timeout', async () => {
    const cluster = await Cluster.started();
    await cluster.clock.settle(500);

    cluster.crash(leaderOf(cluster));
    const tookMs = await waitForLeader(cluster);

    expect(tookMs).toBeLessThan(ELECTION_TIMEOUT_MS);
  });

  it('is noticed by silence where the link is cut without a sign', async () => {
    const cluster = await Cluster.started();
    cluster.network.detectMs = 60_000;
    await cluster.clock.settle(500);
    const old = leaderOf(cluster);

    for (const other of othersOf(cluster, old)) cluster.network.cut(nameOf(old), nameOf(other));

    await cluster.settleUntil(() => {
      const leader = cluster.activeLeader();
      return leader !== undefined && leader !== old;
    }, 5000);
    expect(cluster.run(old).leaderships.at(-1)?.isActive).toBe(false);
  });

  it('is made good when the old leader comes back: it follows the new one', async () => {
    const cluster = await Cluster.started();
    const old = leaderOf(cluster);
    for (const other of othersOf(cluster, old)) cluster.network.cut(nameOf(old), nameOf(other));
    cluster.propose('lost');
    await cluster.settleUntil(() => cluster.leader() !== old, 5000);
    await waitForLeader(cluster);

    cluster.network.heal();
    await cluster.clock.settle(1000);
    await cluster.commit('kept');

    expect(cluster.texts(old)).toEqual(['kept']);
  });

  it('does not follow from one connection that breaks and can be opened again', async () => {
    const cluster = await Cluster.started();
    const leader = leaderOf(cluster);
    const { term } = cluster.run(leader).node.status();

    for (const other of othersOf(cluster, leader)) {
      cluster.network.reset(nameOf(leader), nameOf(other));
      await cluster.clock.settle(1000);
    }

    await cluster.commit('a');
    expect(cluster.run(leader).node.status()).toMatchObject({ role: 'leader', term });
  });
});

describe('handing over', () => {
  it('moves leadership to another node in far less than an election timeout', async () => {
    const cluster = await Cluster.started();
    await cluster.commit('a');
    const old = leaderOf(cluster);
    const startMs = cluster.clock.monotonicMs();

    await cluster.inTime(cluster.run(old).node.handOver());

    const tookMs = cluster.clock.monotonicMs() - startMs;
    expect(cluster.run(old).node.status()).toMatchObject({ role: 'follower' });
    expect(cluster.leader()).not.toBe(old);
    expect(tookMs).toBeLessThan(200);
  });

  it('ends soon where the connections to all others are closed', async () => {
    const cluster = await Cluster.started();
    const old = leaderOf(cluster);
    for (const other of othersOf(cluster, old)) cluster.crash(other);
    const startMs = cluster.clock.monotonicMs();

    await cluster.inTime(cluster.run(old).node.handOver());

    expect(cluster.clock.monotonicMs() - startMs).toBeLessThan(200);
  });

  it('ends after its time where nobody can take over', async () => {
    const cluster = await Cluster.started();
    const old = leaderOf(cluster);
    for (const other of othersOf(cluster, old)) cluster.network.cut(nameOf(old), nameOf(other));
    const startMs = cluster.clock.monotonicMs();

    await cluster.inTime(cluster.run(old).node.handOver());

    expect(cluster.clock.monotonicMs() - startMs).toBeLessThan(1200);
  });

  it('is over at once on a node that does not lead', async () => {
    const cluster = await Cluster.started();
    const [follower] = followersOf(cluster);

    const handOver = cluster.run(follower ?? 0).node.handOver();

    await expect(handOver).resolves.toBeUndefined();
  });
});

describe('a slow follower', () => {
  const tuning = { trailingEntries: 2, snapshotChunkBytes: 16 };

  /** A follower missed ten entries that the leader has compacted away. */
  const leftBehind = async (): Promise<{ cluster: Cluster; slow: number }> => {
    const cluster = await Cluster.started({ tuning });
    await cluster.commit('first');
    const [slow] = followersOf(cluster);
    cluster.crash(slow ?? 0);
    await cluster.commit(...Array.from({ length: 10 }, (_, at) => `entry ${at}`));
    for (const id of cluster.runs.keys()) await cluster.takeSnapshot(id);
    return { cluster, slow: slow ?? 0 };
  };

  it('gets a snapshot in chunks where its entries are compacted away', async () => {
    const { cluster, slow } = await leftBehind();

    const run = await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);

    expect(run.snapshots).toHaveLength(1);
    expect(cluster.texts(slow)).toEqual(cluster.texts(leaderOf(cluster)));
  });

  it('has the snapshot and what follows it after a power cut, too', async () => {
    const { cluster, slow } = await leftBehind();
    await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);
    await cluster.commit('last');
    cluster.crash(slow);

    const run = await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('last'), 5000);

    expect(run.snapshots).toHaveLength(1);
    expect(cluster.texts(slow)).toEqual(cluster.texts(leaderOf(cluster)));
  });

  it.each([150, 200, 250, 300, 350, 400])(
    'gets the newer snapshot where the leader replaced the one on its way (after %i ms)',
    async (afterMs) => {
      const { cluster, slow } = await leftBehind();
      const leader = leaderOf(cluster);
      await cluster.commit('newer');
      cluster.network.minLatencyMs = 10;
      cluster.network.maxLatencyMs = 10;
      const run = await cluster.start(slow);
      await cluster.clock.settle(afterMs);

      await cluster.takeSnapshot(leader);
      await cluster.settleUntil(() => cluster.isEverywhere('newer'), 5000);
      await cluster.clock.settle(300);

      expect(run.fatal).toEqual([]);
      expect(cluster.texts(slow)).toEqual(cluster.texts(leader));
    },
  );

  it('can send the snapshot that it got, though an older one of its own came later', async () => {
    const { cluster, slow } = await leftBehind();
    const { node } = await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);
    await node.snapshotTaken({ index: 2, term: 1, bytes: Buffer.from('[[2,"1/stale"]]') });
    const third = othersOf(cluster, slow).find((id) => id !== cluster.leader()) ?? 0;
    cluster.crash(third);
    await cluster.inTime(cluster.run(leaderOf(cluster)).node.handOver());
    expect(cluster.leader()).toBe(slow);

    await cluster.start(9);

    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);
    expect(cluster.texts(9)).toEqual(cluster.texts(slow));
  });

  it('is not harmed by an own snapshot that comes after the leader sent one', async () => {
    const { cluster, slow } = await leftBehind();
    const run = await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);

    await run.node.snapshotTaken({ index: 2, term: 1, bytes: Buffer.from('[[2,"1/stale"]]') });
    cluster.crash(slow);
    await cluster.start(slow);
    await cluster.settleUntil(() => cluster.isEverywhere('entry 9'), 5000);

    expect(cluster.texts(slow)).toEqual(cluster.texts(leaderOf(cluster)));
  });
});

describe('an observer', () => {
  it('follows all that is committed, and never counts for it', async () => {
    const cluster = await Cluster.started();
    await cluster.start(9);
    await cluster.commit('a', 'b');
    for (const follower of followersOf(cluster)) cluster.crash(follower);
    cluster.propose('not committed');

    await cluster.clock.settle(300);

    expect(cluster.texts(9)).toEqual(['a', 'b']);
    expect(cluster.run(9).node.status().role).toBe('observer');
  });

  it('finds the next leader', async () => {
    const cluster = await Cluster.started();
    await cluster.start(9);
    await cluster.commit('a');
    cluster.crash(leaderOf(cluster));
    await waitForLeader(cluster);

    await cluster.commit('b');

    expect(cluster.texts(9)).toEqual(['a', 'b']);
  });

  it('goes on after a restart of its own', async () => {
    const cluster = await Cluster.started();
    await cluster.start(9);
    await cluster.commit('a');
    cluster.crash(9);
    await cluster.commit('b');

    await cluster.start(9);
    await cluster.commit('c');

    expect(cluster.texts(9)).toEqual(['a', 'b', 'c']);
  });
});

describe('a raft node before its start', () => {
  it('takes no part: it would tell a state machine that has not begun', async () => {
    const cluster = await Cluster.started();
    await cluster.commit('a');
    const [follower] = followersOf(cluster);
    cluster.crash(follower ?? 0);

    const run = await cluster.create(follower ?? 0);
    await cluster.clock.settle(1000);

    expect(run.state.size).toBe(0);
    expect(run.leaderships).toEqual([]);
  });
});
