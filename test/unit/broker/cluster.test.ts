import { describe, expect, test } from 'vitest';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const threeReplicas = async (
  configs: Record<string, string> = { 'min.insync.replicas': '2' },
): Promise<TestCluster> => {
  const cluster = await TestCluster.start(3);
  cluster.controller.createTopic('t', [1, 2, 3], { configs });
  await cluster.run(100);
  return cluster;
};

describe('replication', () => {
  test('brings a record to every replica and its commit with it', async () => {
    const cluster = await threeReplicas();

    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b']));
    await cluster.run(50);

    expect(produced.outcome).toMatchObject({ code: 'NONE', baseOffset: 0 });
    for (const broker of cluster.brokers) {
      expect(valuesOf(broker.replica('t'))).toEqual(['a', 'b']);
      expect(broker.replica('t').highWatermark).toBe(2);
    }
    cluster.expectHealthy();
  });

  test('acknowledges within a few round trips and not only at the next poll', async () => {
    const cluster = await threeReplicas();
    await cluster.run(137);

    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(12);

    expect(produced.code).toBe('NONE');
  });

  test('does not acknowledge while one in-sync follower has not synced', async () => {
    const cluster = await threeReplicas();
    cluster.broker(3).disk.holdSyncs();

    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(500);

    expect(cluster.broker(3).replica('t').log.logEndOffset).toBe(1);
    expect(produced.outcome).toBeUndefined();
    cluster.broker(3).disk.releaseSyncs();
    await cluster.run(20);
    expect(produced.code).toBe('NONE');
  });

  test('does not wait for syncs where the topic asks for memory only', async () => {
    const cluster = await threeReplicas({ 'ack.durability': 'memory' });
    for (const broker of cluster.brokers) broker.disk.holdSyncs();

    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(50);

    expect(produced.code).toBe('NONE');
  });

  test('carries many batches in order', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    const values: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      for (let index = 0; index < 5; index += 1) {
        values.push(`${round}.${index}`);
        cluster.produce(leader, batchOf([`${round}.${index}`]));
      }
      await cluster.run(3);
    }

    await cluster.run(100);

    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(values);
    expect(valuesOf(cluster.broker(3).replica('t'))).toEqual(values);
    expect(leader.highWatermark).toBe(200);
  });

  test('goes on over a broken connection', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    cluster.produce(leader, batchOf(['a']));
    await cluster.run(20);
    cluster.network.reset('b1', 'b2');

    const produced = cluster.produce(leader, batchOf(['b']));
    await cluster.run(100);

    expect(produced.code).toBe('NONE');
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['a', 'b']);
  });
});

describe('acks', () => {
  test('1 is answered at once, before any follower has the record', async () => {
    const cluster = await threeReplicas();

    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']), { acks: 1 });

    expect(produced.outcome).toMatchObject({ code: 'NONE', baseOffset: 0 });
  });

  test('all is refused under min.insync.replicas, and nothing is appended', async () => {
    const cluster = await threeReplicas({ 'min.insync.replicas': '2' });
    cluster.broker(2).crash({ power: false });
    cluster.broker(3).crash({ power: false });
    cluster.controller.fence(2);
    cluster.controller.fence(3);
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(20);
    const leader = cluster.broker(1).replica('t');

    const produced = cluster.produce(leader, batchOf(['a']));

    expect(produced.code).toBe('NOT_ENOUGH_REPLICAS');
    expect(leader.log.logEndOffset).toBe(0);
  });

  test('1 is taken under min.insync.replicas, and stays uncommitted (KAFKA-15583)', async () => {
    const cluster = await threeReplicas({ 'min.insync.replicas': '2' });
    cluster.broker(2).crash({ power: false });
    cluster.broker(3).crash({ power: false });
    cluster.controller.fence(2);
    cluster.controller.fence(3);
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(20);
    const leader = cluster.broker(1).replica('t');

    const produced = cluster.produce(leader, batchOf(['a']), { acks: 1 });
    await cluster.run(100);

    expect(produced.code).toBe('NONE');
    expect(leader.highWatermark).toBe(0);
  });

  test('all waits while the in-sync replicas are too few after the append, and for its time', async () => {
    const cluster = await threeReplicas({ 'min.insync.replicas': '2' });
    cluster.broker(2).disk.holdSyncs();
    cluster.broker(3).disk.holdSyncs();
    const leader = cluster.broker(1).replica('t');
    const timed = cluster.produce(leader, batchOf(['a']), { timeoutMs: 300 });
    const patient = cluster.produce(leader, batchOf(['b']), { timeoutMs: 5000 });

    for (const brokerId of [2, 3]) {
      cluster.broker(brokerId).crash({ power: false });
      cluster.controller.fence(brokerId);
    }
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(400);
    expect(timed.code).toBe('REQUEST_TIMED_OUT');
    expect(patient.outcome).toBeUndefined();
    expect(leader.highWatermark).toBe(0);
    cluster.broker(2).disk.releaseSyncs();
    await cluster.broker(2).start();
    await cluster.run(500);

    expect(leader.core.committedIsr).toContain(2);
    expect(patient.code).toBe('NONE');
  });

  test('all times out when a follower is silent, and the record may still be committed', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    cluster.broker(3).disk.holdSyncs();

    const produced = cluster.produce(leader, batchOf(['a']), { timeoutMs: 300 });
    await cluster.run(290);
    expect(produced.outcome).toBeUndefined();
    await cluster.run(30);

    expect(produced.code).toBe('REQUEST_TIMED_OUT');
    cluster.broker(3).disk.releaseSyncs();
    await cluster.run(20);
    expect(leader.highWatermark).toBe(1);
  });

  test('all ends with NOT_LEADER for a leader that is deposed while it waits', async () => {
    const cluster = await threeReplicas();
    cluster.broker(3).disk.holdSyncs();
    const produced = cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(20);

    cluster.controller.change('t', { leader: 2, isr: [1, 2, 3] });
    await cluster.run(5);

    expect(produced.code).toBe('NOT_LEADER_OR_FOLLOWER');
    cluster.expectHealthy();
  });
});

describe('failover', () => {
  test('keeps every acknowledged record when the leader loses its power', async () => {
    const cluster = await threeReplicas();
    const acknowledged = cluster.produce(cluster.broker(1).replica('t'), batchOf(['kept']));
    await cluster.run(30);
    expect(acknowledged.code).toBe('NONE');

    cluster.broker(1).crash({ power: true });
    cluster.controller.fence(1);
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await cluster.run(50);

    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['kept']);
    expect(cluster.broker(2).replica('t').isLeader).toBe(true);
  });

  test('cuts what only the old leader had, when it comes back (KIP-101)', async () => {
    const cluster = await threeReplicas();
    const first = cluster.broker(1).replica('t');
    cluster.produce(first, batchOf(['both']));
    await cluster.run(30);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    cluster.produce(first, batchOf(['lost 1']), { acks: 1 });
    cluster.produce(first, batchOf(['lost 2']), { acks: 1 });
    await cluster.run(20);
    cluster.broker(1).crash({ power: false });
    cluster.network.heal();
    cluster.controller.fence(1);
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await cluster.run(50);
    cluster.produce(cluster.broker(2).replica('t'), batchOf(['won']));
    await cluster.run(50);

    await cluster.broker(1).start();
    await cluster.run(1500);

    expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['both', 'won']);
    expect(cluster.controller.image.topics.get('t')?.partitions[0]?.isr).toEqual([2, 3, 1]);
    cluster.expectHealthy();
  });

  test('finds the fork after elections without a record (KAFKA-7415)', async () => {
    const cluster = await threeReplicas();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['both']));
    await cluster.run(30);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    cluster.controller.hold('b1');
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['lost']), { acks: 1 });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await cluster.run(50);
    cluster.controller.change('t', { leader: 3, isr: [2, 3] });
    await cluster.run(50);
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await cluster.run(50);

    cluster.network.heal();
    cluster.controller.release('b1');
    await cluster.run(1500);

    expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['both']);
    expect(cluster.broker(1).replica('t').log.latestEpoch()).toBeLessThanOrEqual(3);
    cluster.expectHealthy();
  });

  test('a follower never shows the high watermark of a log it has left (KAFKA-14704)', async () => {
    const cluster = await threeReplicas();
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    const old = cluster.broker(1).replica('t');
    cluster.produce(old, batchOf(['x', 'y', 'z']), { acks: 1 });
    cluster.controller.hold('b1');
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await cluster.run(100);
    cluster.produce(cluster.broker(2).replica('t'), batchOf(['a', 'b', 'c', 'd']));
    await cluster.run(100);
    const seen: string[][] = [];
    cluster.network.heal();
    cluster.controller.release('b1');

    for (let step = 0; step < 400; step += 1) {
      await cluster.run(2);
      seen.push(valuesOf(old).slice(0, old.highWatermark));
    }

    expect(seen.flat()).not.toContain('x');
    expect(seen.at(-1)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a retried batch keeps its offset across a change of leader', async () => {
    const cluster = await threeReplicas();
    const producer = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['first']));
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['once'], producer));
    await cluster.run(30);
    cluster.controller.change('t', { leader: 2, isr: [1, 2, 3] });
    await cluster.run(50);

    const retried = cluster.produce(cluster.broker(2).replica('t'), batchOf(['once'], producer));
    await cluster.run(50);

    expect(retried.outcome).toMatchObject({ code: 'NONE', baseOffset: 1, isDuplicate: true });
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['first', 'once']);
  });

  test('a duplicate is acknowledged only once the original is committed', async () => {
    const cluster = await threeReplicas();
    const producer = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    const leader = cluster.broker(1).replica('t');
    cluster.broker(3).disk.holdSyncs();
    cluster.produce(leader, batchOf(['once'], producer), { acks: 1 });

    const retried = cluster.produce(leader, batchOf(['once'], producer));
    await cluster.run(100);

    expect(retried.outcome).toBeUndefined();
    cluster.broker(3).disk.releaseSyncs();
    await cluster.run(20);
    expect(retried.code).toBe('NONE');
  });

  test('a leader serves nothing before the start of its epoch is durable', async () => {
    const cluster = await threeReplicas();
    cluster.broker(2).disk.holdSyncs();
    cluster.controller.change('t', { leader: 2, isr: [1, 2, 3] });
    await cluster.run(100);
    const next = cluster.broker(2).replica('t');
    expect(cluster.produce(next, batchOf(['a'])).code).toBe('NOT_LEADER_OR_FOLLOWER');

    cluster.broker(2).disk.releaseSyncs();
    await cluster.run(50);

    expect(next.isLeader).toBe(true);
  });

  test('a leadership that ended before its epoch was durable never begins', async () => {
    const cluster = await threeReplicas();
    cluster.broker(2).disk.holdSyncs();
    cluster.controller.change('t', { leader: 2, isr: [1, 2, 3] });
    await cluster.run(20);
    cluster.controller.change('t', { leader: 3, isr: [1, 2, 3] });
    await cluster.run(20);

    cluster.broker(2).disk.releaseSyncs();
    await cluster.run(200);

    expect(cluster.broker(2).replica('t').core.role).toBe('follower');
    expect(cluster.broker(3).replica('t').isLeader).toBe(true);
    cluster.expectHealthy();
  });
});

describe('a follower', () => {
  test('that lost its unsynced tail fetches it anew', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    cluster.produce(leader, batchOf(['a']));
    await cluster.run(30);
    cluster.broker(3).disk.holdSyncs();
    cluster.produce(leader, batchOf(['b']), { acks: 1 });
    await cluster.run(30);

    cluster.broker(3).crash({ power: true });
    cluster.controller.fence(3);
    cluster.controller.change('t', { isr: [1, 2] });
    await cluster.run(20);
    cluster.broker(3).disk.releaseSyncs();
    await cluster.broker(3).start();
    await cluster.run(1500);

    expect(valuesOf(cluster.broker(3).replica('t'))).toEqual(['a', 'b']);
    expect(cluster.controller.image.topics.get('t')?.partitions[0]?.isr).toEqual([1, 2, 3]);
    cluster.expectHealthy();
  });

  test('that is cut off falls out, and the others go on', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    cluster.network.cut('b1', 'b3');
    const produced = cluster.produce(leader, batchOf(['a']));

    await cluster.run(12_000);

    expect(produced.code).toBe('NONE');
    expect(leader.core.committedIsr).toEqual([1, 2]);
  });

  test('that is behind the start of the log begins there', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    cluster.broker(3).crash({ power: false });
    cluster.controller.fence(3);
    cluster.controller.change('t', { isr: [1, 2] });
    await cluster.run(20);
    cluster.produce(leader, batchOf(['old']));
    cluster.produce(leader, batchOf(['new']));
    await cluster.run(50);
    leader.log.raiseLogStart(1);

    await cluster.broker(3).start();
    await cluster.run(1500);

    expect(valuesOf(cluster.broker(3).replica('t'))).toEqual(['new']);
    expect(cluster.broker(3).replica('t').log.logStartOffset).toBe(1);
    expect(leader.core.committedIsr).toContain(3);
    cluster.expectHealthy();
  });

  test('that has everything lets go of what its leader lets go of', async () => {
    const cluster = await threeReplicas();
    const leader = cluster.broker(1).replica('t');
    for (const value of ['a', 'b', 'c']) cluster.produce(leader, batchOf([value]));
    await cluster.run(50);

    leader.log.raiseLogStart(2);
    cluster.produce(leader, batchOf(['d']));
    await cluster.run(1000);

    for (const broker of cluster.brokers) {
      expect(broker.replica('t').log.logStartOffset).toBe(2);
      expect(valuesOf(broker.replica('t'))).toEqual(['c', 'd']);
    }
    cluster.expectHealthy();
  });

  test('of an older registration is not let in (KAFKA-14139)', async () => {
    const cluster = await threeReplicas();
    cluster.broker(3).crash({ power: false });
    cluster.controller.fence(3);
    cluster.controller.change('t', { isr: [1, 2] });
    await cluster.run(20);
    cluster.controller.hold('b1');

    await cluster.broker(3).start();
    await cluster.run(1500);
    expect(cluster.broker(1).replica('t').core.maximalIsr.has(3)).toBe(false);

    cluster.controller.release('b1');
    await cluster.run(1500);
    expect(cluster.broker(1).replica('t').core.committedIsr).toContain(3);
  });
});

describe('the in-sync replicas', () => {
  test('change in spite of lost answers (KAFKA-14010)', async () => {
    const cluster = await threeReplicas();
    cluster.controller.refuseAll = 41;
    cluster.network.cut('b1', 'b3');
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']), { acks: 1 });
    await cluster.run(13_000);
    expect(cluster.broker(1).replica('t').core.pendingIsr?.change).toBe('shrink');

    cluster.controller.refuseAll = 0;
    await cluster.run(1500);

    expect(cluster.broker(1).replica('t').core.committedIsr).toEqual([1, 2]);
  });
});

describe('topics', () => {
  test('that are deleted take their logs with them', async () => {
    const cluster = await threeReplicas();

    cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: 't' } }]);
    await cluster.run(100);

    expect(cluster.broker(2).logs.get('t', 0)).toBeUndefined();
    expect(cluster.broker(2).node.replicas.partitionAt('t-0')).toBeUndefined();
  });

  test('that were deleted while a broker was down are set aside at its start', async () => {
    const cluster = await threeReplicas();
    cluster.broker(3).crash({ power: false });
    cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: 't' } }]);

    await cluster.broker(3).start();
    await cluster.run(500);

    expect(cluster.broker(3).logs.get('t', 0)).toBeUndefined();
    cluster.expectHealthy();
  });
});

describe('a failed disk', () => {
  test('ends all service, tells the controller and then the node', async () => {
    const cluster = await threeReplicas();
    const broker = cluster.broker(1);
    broker.disk.failNext({ op: 'sync', code: 'EIO' });
    const produced = cluster.produce(broker.replica('t'), batchOf(['a']));

    await cluster.run(100);
    expect(produced.code).toBe('STORAGE_ERROR');
    expect(broker.fatal).toEqual([]);
    await cluster.run(1500);

    expect(broker.fatal.map(({ name }) => name)).toEqual(['OttlaError']);
  });

  test('asks to be fenced, and does not call the data on its disk damaged', async () => {
    const cluster = await threeReplicas();
    const broker = cluster.broker(1);
    broker.disk.failNext({ op: 'sync', code: 'EIO' });
    cluster.produce(broker.replica('t'), batchOf(['a']));

    await cluster.run(500);

    const beat = cluster.controller.heartbeats.get(1);
    expect(beat?.wantFence).toBe(true);
    expect(beat?.damaged).toEqual([]);
  });
});
