import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, TopicDescription } from '../../../src/index.ts';
import { OttlaError } from '../../../src/index.ts';
import { TOPIC } from '../run-settings.ts';

const IN_SYNC_TIMEOUT_MS = 60_000;
const IN_SYNC_POLL_MS = 50;

/** Until no partition lacks a replica; false when that takes too long. */
export const untilInSync = async (admin: Admin): Promise<boolean> => {
  const deadline = performance.now() + IN_SYNC_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await isInSync(admin)) return true;
    await sleep(IN_SYNC_POLL_MS);
  }
  return false;
};

const isInSync = async (admin: Admin): Promise<boolean> => {
  try {
    const topics = await Promise.all(TOPICS.map((name) => describe(admin, name)));
    return topics.every(({ partitions }) =>
      partitions.every(({ isr, replicas }) => isr.length === replicas.length),
    );
  } catch {
    return false;
  }
};

/** What groups have committed is lost by the same faults. */
const TOPICS = [TOPIC, '__consumer_offsets'];

/** The topic of the groups is made by the first of them. */
const describe = async (
  admin: Admin,
  name: string,
): Promise<Pick<TopicDescription, 'partitions'>> => {
  try {
    return await admin.describeTopic(name, { timeoutMs: 5_000 });
  } catch (error) {
    const isMissing =
      error instanceof OttlaError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION' && name !== TOPIC;
    if (isMissing) return { partitions: [] };
    throw error;
  }
};

/** Until one of these nodes leads the partition; false when that takes too long. */
export const untilLedBy = async (
  admin: Admin,
  partition: number,
  nodeIds: readonly number[],
): Promise<boolean> => {
  const deadline = performance.now() + IN_SYNC_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (nodeIds.includes((await leaderOf(admin, partition)) ?? UNKNOWN)) return true;
    await sleep(IN_SYNC_POLL_MS);
  }
  return false;
};

/** No broker answers. */
const UNKNOWN = -2;

const leaderOf = async (admin: Admin, partition: number): Promise<number | undefined> => {
  try {
    const { partitions } = await admin.describeTopic(TOPIC, { timeoutMs: 5_000 });
    return partitions[partition]?.leader;
  } catch {
    return undefined;
  }
};
