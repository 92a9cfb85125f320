import type { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type { EncodableRecord } from '../../record/record.ts';
import type { Repeat } from './repeat.ts';

/** When a record shall be seen. */
export type DelayOption = 'deliverAt' | 'delayMs' | 'repeat';

/** A record to be sent. */
export interface ProducerRecord<K, V> {
  readonly topic: string;
  /** Records of one key go to one partition, in order. Null or missing: no key. */
  readonly key?: K | null | undefined;
  /** Null: a tombstone. */
  readonly value: V | null;
  /** A plain object; in this order of names. Text is sent as UTF-8. */
  readonly headers?: Readonly<Record<string, Uint8Array | string | null>> | undefined;
  /** Overrules the partitioner. */
  readonly partition?: PartitionId | undefined;
  /** Whole milliseconds since 1970, UTC; the moment of the call by default. */
  readonly timestampMs?: number | undefined;
  /**
   * When consumers may see it: a moment, or ms since 1970, by the clock of the leader. A moment
   * that is past delivers at once. On topics with `delay.enable=true`; elsewhere it is refused with
   * INVALID_RECORD, once the cluster has said so for 3 s. Its metadata then has offset -1.
   */
  readonly deliverAt?: Date | number | undefined;
  /**
   * As `deliverAt`, in whole ms from when the leader takes it. Of these three give one at most.
   */
  readonly delayMs?: number | undefined;
  /**
   * As `deliverAt`, at each tick of a schedule from the next one on, until it is cancelled; each
   * tick once. INVALID_RECORD, before anything is sent, for what is no schedule or never comes.
   */
  readonly repeat?: Repeat | undefined;
  /**
   * Names the record, by the header `message-id`: 1 to 256 bytes of UTF-8. On topics with
   * `dedup.window.ms` it is appended once within that time, whoever sends it again to the same
   * partition; its metadata then has the offset of the first. Elsewhere it is a header like any
   * other.
   */
  readonly messageId?: string | undefined;
}

/** Where a record went. */
export interface RecordMetadata {
  readonly topic: string;
  /** -1 with acks=0 where it was not chosen yet. */
  readonly partition: PartitionId;
  /**
   * -1 where the broker does not say: with acks=0, for a batch it knew already but no longer
   * remembers the place of, and for one with a delayed record, which has no place yet. Of a
   * record that was there by its `messageId`: where it is.
   */
  readonly offset: Offset;
  /** As the producer set it, or as the leader did where the topic has LogAppendTime. */
  readonly timestampMs: number;
}

/**
 * Hears once, synchronously, how a record ended; exactly one of the two is given. Must not throw.
 */
export type DeliveryCallback = (
  error: OttlaError | undefined,
  metadata: RecordMetadata | undefined,
) => void;

/** A record in bytes, not yet placed. */
export interface EncodedRecord extends EncodableRecord {
  readonly topic: string;
  readonly partition: PartitionId | undefined;
  /** The option by which it shall wait: only where the topic lets it. */
  readonly waitsBy?: DelayOption | undefined;
  /** What it takes of the send buffer; no less than its share of a batch. */
  readonly bufferedBytes: number;
}
