import { OttlaError } from '../base/errors.ts';
import type { TopicId } from '../base/ids.ts';
import { validateGroupName } from '../metadata/group-configs.ts';
import type { TopicImage } from '../metadata/image.ts';
import { topicFence, topicFenceRecords } from '../metadata/topic-fence.ts';
import { requireFeature } from '../metadata/versions.ts';
import type { Plan } from './decision.ts';

export interface NewFence {
  /** Before it grows. */
  readonly topic: TopicImage;
  readonly totalPartitions: number;
  readonly groups: readonly string[];
  readonly sinceMs: number;
  readonly settleMs: number;
}

/**
 * Puts a fence before the partitions that are about to be added, in place of one that was. A key
 * is placed by a hash modulo the number of partitions: only by a whole factor nothing moves among
 * the old ones, which are read on. Errors: INVALID_PARTITIONS, INVALID_REQUEST, and
 * UNSUPPORTED_VERSION where an older coordinator may know of no fences.
 */
export const setFence = (plan: Plan, fence: NewFence): void => {
  requireFeature(plan.image, 'fences');
  const { topic, totalPartitions, sinceMs, settleMs } = fence;
  const { topicId, name, partitions } = topic;
  const firstPartition = partitions.length;
  if (totalPartitions % firstPartition !== 0) {
    throw new OttlaError(
      'INVALID_PARTITIONS',
      `behind a fence topic ${name} grows from ${firstPartition} partitions to a multiple of them, or keys would move ` +
        `among the old ones: ask for ${nextMultiple(totalPartitions, firstPartition)}`,
    );
  }
  const groups = [...new Set(fence.groups)];
  if (groups.length === 0) throw refused(name, 'names no group: name those that keep the order');
  const reason = groups.map(validateGroupName).find((each) => each !== undefined);
  if (reason !== undefined) throw refused(name, `cannot be: ${reason}`);
  if (!Number.isSafeInteger(settleMs) || settleMs < 0) {
    throw refused(name, `settles in ${settleMs} ms: give a whole number of 0 or more`);
  }
  for (const record of topicFenceRecords(topicId, { firstPartition, groups, sinceMs, settleMs })) {
    plan.emit(record);
  }
};

/** Takes groups out of a fence, and with the last one lifts it. Errors: INVALID_REQUEST. */
export const changeFence = (
  plan: Plan,
  { topicId, name }: TopicImage,
  groups: readonly string[],
): void => {
  const fence = topicFence(plan.image, topicId);
  const isStranger = (group: string): boolean => fence?.groups.includes(group) !== true;
  const stranger = groups.find(isStranger);
  if (stranger !== undefined) {
    const there = fence === undefined ? 'nobody' : fence.groups.join(', ');
    throw refused(
      name,
      `cannot be put before group ${stranger} later on; it is there for ${there}`,
    );
  }
  if (fence === undefined) return;
  const next = groups.length === 0 ? undefined : { ...fence, groups: [...new Set(groups)] };
  for (const record of topicFenceRecords(topicId, next)) plan.emit(record);
};

/** Of a topic that goes. */
export const liftFence = (plan: Plan, topicId: TopicId): void => {
  if (topicFence(plan.image, topicId) === undefined) return;
  for (const record of topicFenceRecords(topicId, undefined)) plan.emit(record);
};

const nextMultiple = (count: number, of: number): number => Math.ceil(count / of) * of;

const refused = (topic: string, why: string): OttlaError =>
  new OttlaError('INVALID_REQUEST', `the fence of topic ${topic} ${why}`);
