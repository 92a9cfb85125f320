import { describe, expect, it } from 'vitest';
import { gatherRecords } from '../../../../src/broker/delayed/due-records.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const HELD = { offset: 0, dueMs: 0, firstOffset: 0 };
const MAX_BYTES = 1 << 20;

const logWithOneHeld = async () => {
  const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });
  world.send(1, sentBatch([delayed('a', 60_000)]));
  world.send(1, sentBatch([{ value: 'b' }]));
  await world.run(200);
  return world.cluster.broker(1).replica('t').log;
};

describe('a record that waits', () => {
  it('is lost where the log begins behind it', async () => {
    const log = await logWithOneHeld();
    log.raiseLogStart(2);

    const { due, lost } = await gatherRecords(log, [HELD], { endOffset: 2, maxBytes: MAX_BYTES });

    expect([due, lost]).toEqual([[], [0]]);
  });

  it('is not lost where nothing can be read now', async () => {
    const log = await logWithOneHeld();

    const unread = gatherRecords(log, [HELD], { endOffset: 0, maxBytes: MAX_BYTES });

    await expect(unread).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });
});
