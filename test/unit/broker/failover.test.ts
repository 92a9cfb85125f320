import { describe, expect, test } from 'vitest';
import { batchOf, valuesOf } from './harness/test-cluster.ts';
import { threeReplicas } from './harness/three-replicas.ts';

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
