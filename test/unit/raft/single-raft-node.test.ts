import { describe, expect, it } from 'vitest';
import { drainPromises } from '../../support/manual-clock.ts';
import { Cluster } from './cluster.ts';

const waitForLeader = (cluster: Cluster): Promise<number> =>
  cluster.settleUntil(() => cluster.activeLeader() !== undefined, 20_000);

describe('a single raft node', () => {
  const single = { voters: [1] };

  it('commits only after its own sync', async () => {
    const cluster = await Cluster.started(single);
    cluster.host(1).stores.syncDelayMs = 40;
    cluster.propose('a');

    await cluster.clock.settle(39);
    const before = cluster.texts(1);
    await cluster.clock.settle(2);

    expect([before, cluster.texts(1)]).toEqual([[], ['a']]);
  });

  it('has all that it committed after a power cut', async () => {
    const cluster = await Cluster.started(single);
    await cluster.commit('a', 'b');
    cluster.crash(1);

    await cluster.start(1);
    await waitForLeader(cluster);

    expect(cluster.texts(1)).toEqual(['a', 'b']);
  });

  it('tells the state machine of the snapshot first, then of what follows, then that it leads', async () => {
    const cluster = await Cluster.started(single);
    await cluster.commit('a', 'b');
    await cluster.takeSnapshot(1);
    await cluster.commit('c');
    cluster.crash(1);

    const run = await cluster.start(1);
    const atStart = cluster.texts(1);
    await waitForLeader(cluster);

    expect([run.snapshots.length, atStart, cluster.texts(1)]).toEqual([
      1,
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
  });

  it('takes a proposal from within a call to the state machine', async () => {
    const cluster = await Cluster.started(single);
    const run = cluster.run(1);
    run.onCommitted = (entries) => {
      const text = Buffer.from(entries.at(-1)?.payload ?? []).toString();
      if (text.length < 4) run.node.propose(Buffer.from(`${text}+`));
    };

    cluster.propose('a');
    await cluster.clock.settle(10);

    expect(cluster.texts(1)).toEqual(['a', 'a+', 'a++', 'a+++']);
  });

  it('says once, and at last, that it has failed where a write fails', async () => {
    const cluster = await Cluster.started(single);
    cluster.host(1).stores.failNextSync();
    cluster.propose('a');
    await cluster.clock.settle(500);

    const run = cluster.run(1);

    expect(run.fatal).toHaveLength(1);
    expect(() => run.node.propose(Buffer.from('b'))).toThrow('not the active one');
    expect(cluster.texts(1)).toEqual([]);
  });

  it('fails where its state machine throws, and tells the proposer nothing false', async () => {
    const cluster = await Cluster.started(single);
    const run = cluster.run(1);
    run.onCommitted = () => {
      throw new Error('cannot apply');
    };

    cluster.propose('a');
    await cluster.clock.settle(500);

    expect(run.fatal).toEqual([new Error('cannot apply')]);
  });

  it('writes nothing more once it has failed, not even what waits already', async () => {
    const cluster = await Cluster.started(single);
    const run = cluster.run(1);
    cluster.host(1).stores.syncDelayMs = 40;
    run.onCommitted = () => {
      throw new Error('cannot apply');
    };
    for (const text of ['a', 'b', 'c']) cluster.propose(text);
    await cluster.clock.settle(200);
    cluster.crash(1);

    const { node } = await cluster.start(1);

    // The leader's own entry and the first proposal: the rest waited when the node failed.
    expect(node.status().lastIndex).toBe(2);
  });

  it('fails where a snapshot cannot be stored, without a rejection', async () => {
    const cluster = await Cluster.started(single);
    await cluster.commit('a');
    cluster.host(1).disk.failNext({ op: 'sync', pathIncludes: 'snapshot', code: 'EIO' });

    await cluster.takeSnapshot(1);

    expect(cluster.run(1).fatal).toHaveLength(1);
  });

  it('waits for the write under way when it is closed, and can be closed twice', async () => {
    const cluster = await Cluster.started(single);
    cluster.host(1).stores.syncDelayMs = 40;
    cluster.propose('a');
    const { node } = cluster.run(1);

    await cluster.inTime(Promise.all([node.close(), node.close()]));
    cluster.crash(1);
    await cluster.start(1);
    await waitForLeader(cluster);

    expect(cluster.texts(1)).toEqual(['a']);
  });

  it('drops its timers when it is closed', async () => {
    const cluster = await Cluster.started(single);
    const { node } = cluster.run(1);

    await node.close();
    await drainPromises();

    expect(cluster.clock.timerCount).toBe(0);
  });
});
