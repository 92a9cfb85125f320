import { describe, expect, it } from 'vitest';
import type { Hold } from '../../../../src/broker/delayed/held-batch.ts';
import { readPage } from '../../../../src/broker/delayed/waiting-records.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const REQUEST = { from: { dueMs: 0, offset: 0 }, maxCount: 10, maxBytes: 1 << 20 };
const DUE_MS = 60_000;

/** A log whose record at offset 1 was held at offset 0 first, where the log no longer begins. */
const logOfMoved = async () => {
  const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });
  world.send(1, sentBatch([delayed('gone', DUE_MS)]));
  world.send(1, sentBatch([delayed('anew', DUE_MS)]));
  await world.run(200);
  const { log } = world.cluster.broker(1).replica('t');
  log.raiseLogStart(1);
  return log;
};

const OLD: Hold = { offset: 0, firstOffset: 0, dueMs: DUE_MS };
const ANEW: Hold = { offset: 1, firstOffset: 0, dueMs: DUE_MS };

describe('a page of what waits', () => {
  it('has a record that is held anew while it is read', async () => {
    const log = await logOfMoved();
    const pages = [[OLD], [ANEW]];
    const index = {
      nearest: async () => pages.shift() ?? [],
      find: async () => ANEW,
    };

    const page = await readPage({ log, index, knownOffset: () => 2 }, REQUEST);

    const found = page.records.map(({ firstOffset, record: { value } }) => [
      firstOffset,
      Buffer.from(value ?? []).toString(),
    ]);
    expect(found).toEqual([[0, 'anew']]);
    expect(page.next).toBeUndefined();
  });

  it.each([undefined, OLD])('leaves out what the log has nowhere', async (found) => {
    const log = await logOfMoved();
    const index = { nearest: async () => [OLD], find: async () => found };

    const page = await readPage({ log, index, knownOffset: () => 2 }, REQUEST);

    expect(page).toEqual({ records: [], next: undefined });
  });

  it('is to be asked for again where records are held anew all the time', async () => {
    const log = await logOfMoved();
    const index = { nearest: async () => [OLD], find: async () => ANEW };

    await expect(readPage({ log, index, knownOffset: () => 2 }, REQUEST)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
  });
});
