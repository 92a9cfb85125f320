import { OttlaError } from '../../../src/base/errors.ts';
import type { History } from '../../chaos/checker/history.ts';
import type { World } from '../world.ts';

export interface KnownTopic {
  readonly name: string;
  /** Its name in the history: a topic that was deleted and made anew is another one there. */
  readonly label: string;
  /** `newest`: retention deletes the oldest records. */
  readonly keeps: 'all' | 'newest';
  /** It holds back records that ask for it. */
  readonly delays: boolean;
  /** It knows repeats by their ids. */
  readonly dedups: boolean;
  /** It is not deleted: groups know a topic by its name only, and would take another for it. */
  readonly isKept: boolean;
  partitionCount: number;
}

/** What the end of a run says of a topic. */
export interface Judged extends KnownTopic {
  /** How many operations there were when it began to be deleted; undefined: it is there. */
  readonly deletedAt: number | undefined;
}

/** A partition in the history. */
export const keyOf = ({ label }: KnownTopic, partition: number): string => `${label}-${partition}`;

/** What every client of a run shares. */
export interface WorkloadContext {
  readonly world: World;
  readonly history: History;
  readonly topics: readonly KnownTopic[];
  /** A record is sent that repeats. */
  onRepeating(value: string): void;
  /** Someone asks to give a record that waits another time. */
  onRescheduled(value: string, dueMs: number): void;
  /** Counts one more record that is sent; false, and it must not be, where there were enough. */
  claimRecord(): boolean;
  onAcknowledged(): void;
}

/** True where an outcome is open: the operation may have taken effect. */
export const isUncertain = (error: unknown): boolean =>
  !(error instanceof OttlaError) || error.maybeApplied;

/**
 * Some broker has not replayed the growth of a topic, or is down and may have answered just before:
 * cut off with it, a client cannot know better than it does.
 */
export const mayMeetOldMetadata = ({ world, topics }: WorkloadContext): boolean =>
  world.shape.brokers.some((nodeId) => {
    const live = world.observer.live.find(({ machine }) => machine.nodeId === nodeId);
    const image = live?.node.parts.loader.image;
    return topics.some(({ name, partitionCount }) => {
      const topicId = image?.topicIdsByName.get(name) ?? '';
      return (image?.topics.get(topicId)?.partitions.length ?? 0) < partitionCount;
    });
  });
