import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { BROKER_DEFAULTS } from '../../../../src/broker/broker-config.ts';
import { Deadlines } from '../../../../src/broker/deadlines.ts';
import { GroupMetrics } from '../../../../src/broker/groups/group-metrics.ts';
import { GroupShard } from '../../../../src/broker/groups/group-shard.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import { OFFSETS_TOPIC } from '../../../../src/metadata/internal-topics.ts';
import { CoordinatorRig, TOPIC } from './coordinator-rig.ts';

describe('a coordinator whose broker is elected anew', () => {
  it('serves in the new epoch, though it never saw itself without the leadership', async () => {
    const rig = await CoordinatorRig.start(1);
    await rig.commit(5);
    const { core } = rig.cluster.broker(1).replica(OFFSETS_TOPIC);
    const { leaderEpoch } = core;
    // The new epoch is durable before anything that was put off is done.
    rig.cluster.broker(1).disk.syncDelayMs = 0;

    await rig.moveTo(1);

    expect(core.leaderEpoch).toBe(leaderEpoch + 1);
    expect(await rig.committed()).toBe(5);
    expect(await rig.commit(6)).toBe('NONE');
    rig.cluster.expectHealthy();
  });

  it('writes nothing that was decided in the epoch before', async () => {
    const rig = await CoordinatorRig.start(1);
    const partition = rig.cluster.broker(1).replica(OFFSETS_TOPIC);
    const { clock, controller } = rig.cluster;
    const old = new GroupShard({
      partition,
      config: BROKER_DEFAULTS.groups,
      clock,
      deadlines: new Deadlines(clock),
      logger: silentLogger,
      metrics: new GroupMetrics(silentMeter, () => []),
      image: () => controller.image,
      onFatal: (error) => {
        throw error;
      },
    });
    await rig.moveTo(1);
    const { logEndOffset } = partition.log;

    const codes: ErrorCode[] = [];
    const record = { kind: 'offset', topic: TOPIC, partition: 0, value: undefined } as const;
    old.append('g', [record], (code) => codes.push(code));
    await rig.run(100);

    expect(codes).toEqual(['NOT_COORDINATOR']);
    expect(partition.log.logEndOffset).toBe(logEndOffset);
  });
});

describe('reading its partition, a coordinator', () => {
  it('begins at the start of a log that was cleaned', async () => {
    const rig = await CoordinatorRig.start(1);
    await rig.commit(5);
    await rig.commit(6);
    rig.cluster.broker(1).replica(OFFSETS_TOPIC).log.raiseLogStart(1);

    await rig.moveTo(1);

    expect(await rig.committed()).toBe(6);
  });

  it('forgets what is committed of a topic that is made anew meanwhile', async () => {
    const rig = await CoordinatorRig.start();
    await rig.commit(5);
    // The last commit reached broker 2 only: the reading waits until it is safe.
    rig.cluster.network.cut('b1', 'b3');
    rig.cluster.network.cut('b2', 'b3');
    void rig.askCommit(6);
    await rig.run(100);
    await rig.moveTo(2);
    expect(await rig.committed(2)).toBe('COORDINATOR_LOAD_IN_PROGRESS');

    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: TOPIC } }]);
    await rig.run(100);
    rig.cluster.controller.createTopic(TOPIC, [1]);
    await rig.run(100);
    expect(await rig.committed(2)).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    rig.cluster.network.heal();
    await rig.run(2000);

    expect(await rig.committed(2)).toBeUndefined();
    rig.cluster.expectHealthy();
  });
});
