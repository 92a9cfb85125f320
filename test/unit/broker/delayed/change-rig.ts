import { expect } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { changeDelayed, getDelayed, listDelayed } from '../../../../src/broker/client/delayed.ts';
import { deleteRecords } from '../../../../src/broker/replication/delete-records.ts';
import type { DelayedCluster } from './delayed-cluster.ts';

export const CLEANER_PAUSE_MS = 16_000;
const PAGE_BYTES = 1 << 20;

interface Asked {
  code: string | undefined;
}

/** Asks a broker to cancel the record first held there, or to give it a moment in so long. */
export const change = (
  world: DelayedCluster,
  brokerId: number,
  { offset, inMs, timeoutMs = 3000 }: { offset: number; inMs?: number; timeoutMs?: number },
): Asked => {
  const { cluster } = world;
  const context = cluster.broker(brokerId).node.clientContext();
  const dueMs = inMs === undefined ? undefined : Math.round(cluster.clock.wallMs()) + inMs;
  const asked: Asked = { code: undefined };
  const place = { topicId: 't', partition: 0, offset };
  void changeDelayed(context, { ...place, dueMs, timeoutMs }).then(({ errorCode }) => {
    asked.code = errorCodeOf(errorCode);
  });
  return asked;
};

/** All pages of what waits, by their values or the places where they were held first. */
export const list = async (world: DelayedCluster, brokerId: number, maxCount = 1000) => {
  const context = world.cluster.broker(brokerId).node.clientContext();
  const offsets: number[] = [];
  let [pages, fromDueMs, fromHeldOffset] = [0, 0, 0];
  while (fromDueMs >= 0) {
    const asked = { topicId: 't', partition: 0, fromDueMs, fromHeldOffset, maxCount };
    let done = false;
    void listDelayed(context, asked, PAGE_BYTES).then((page) => {
      expect(errorCodeOf(page.errorCode)).toBe('NONE');
      offsets.push(...page.records.map(({ offset }) => offset));
      [fromDueMs, fromHeldOffset, done] = [page.nextDueMs, page.nextHeldOffset, true];
    });
    for (let step = 0; step < 100 && !done; step += 1) await world.run(1);
    pages += 1;
  }
  return { offsets, pages };
};

export const get = async (world: DelayedCluster, brokerId: number, offset: number) => {
  const context = world.cluster.broker(brokerId).node.clientContext();
  let found: Awaited<ReturnType<typeof getDelayed>> | undefined;
  void getDelayed(context, { topicId: 't', partition: 0, offset }).then((answer) => {
    found = answer;
  });
  for (let step = 0; step < 100 && found === undefined; step += 1) await world.run(1);
  return { code: errorCodeOf(found?.errorCode ?? 0), record: found?.record };
};

export const cutPowerOfAll = async (
  { cluster }: DelayedCluster,
  { wipe = false } = {},
): Promise<void> => {
  for (const broker of cluster.brokers) {
    broker.crash({ power: true });
    if (wipe) broker.stores.wipe('/data/delayed');
  }
  for (const broker of cluster.brokers) await broker.start();
};

export const heldAgainAtEnd = async (world: DelayedCluster): Promise<void> => {
  const { cluster } = world;
  const { deadlines } = cluster.broker(1).node.clientContext();
  const replica = cluster.broker(1).replica('t');
  void deleteRecords(replica, { beforeOffset: -1, timeoutMs: 3000 }, deadlines);
  await world.run(1000);
};
