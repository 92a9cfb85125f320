import type { Offset, PartitionId, TopicId } from '../../base/ids.ts';
import type { RecordHeader } from '../../record/record.ts';

/**
 * Names a record that waits, for as long as it does. Without `topicId` it is one of whichever
 * topic has the name when it is asked for.
 */
export interface DelayedRecordId {
  readonly topic: string;
  /** As `list` tells it. Where another topic has the name by now, the record is not found. */
  readonly topicId?: TopicId | undefined;
  readonly partition: PartitionId;
  /** Where it was held first: `ottla-held-offset` of it when it is delivered. */
  readonly offset: Offset;
}

/** A record that waits until it is due. */
export interface DelayedRecord extends DelayedRecordId {
  readonly topicId: TopicId;
  /** Milliseconds since 1970, UTC, by the clock of the partition's leader. */
  readonly dueMs: number;
  /** As its producer gave it. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
}

/** As `DelayedRecord`, with all that it will be delivered with. */
export interface WholeDelayedRecord extends DelayedRecord {
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** All that is given must hold. */
export interface DelayedFilter {
  readonly partition?: PartitionId;
  /** As UTF-8. */
  readonly key?: string;
  /** Due at this moment or later: milliseconds since 1970, UTC. */
  readonly dueFromMs?: number;
  /** Due before. */
  readonly dueBeforeMs?: number;
}

/** One of them. */
export interface NewDelay {
  /** At this moment; at once where it is past. */
  readonly deliverAt?: Date | number;
  /** So long after the call, by the clock of this client. */
  readonly delayMs?: number;
}
