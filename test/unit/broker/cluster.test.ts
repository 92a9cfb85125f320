import { describe, expect, test } from 'vitest';
import { batchOf, valuesOf } from './harness/test-cluster.ts';
import { threeReplicas } from './harness/three-replicas.ts';

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
