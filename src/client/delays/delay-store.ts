import { OttlaError } from '../../base/errors.ts';
import type { RecordHeader } from '../../record/record.ts';

/** A message that waits, and where it was read. */
export interface StoredDelay {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
  /** The topic that it is for. */
  readonly target: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** What was read of a partition in one step. */
export interface DumpedPart {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message read, whether it waits or not. */
  readonly firstOffset: number;
  /** Exclusive. */
  readonly nextOffset: number;
  readonly delays: readonly StoredDelay[];
}

/** What became of messages that were due. */
export interface Forwarded {
  readonly done: readonly StoredDelay[];
  /** These are due again at `againMs`. */
  readonly failed: readonly StoredDelay[];
  readonly againMs: number;
}

export interface DueRequest {
  /** Milliseconds since 1970, inclusive. */
  readonly nowMs: number;
  readonly maxCount: number;
}

/**
 * Keeps messages until they are due. One is the same by topic, partition and offset. What fails may
 * throw anything: nothing is lost by it.
 */
export interface DelayStore {
  /**
   * Keeps what a part holds, and that it was read, all or nothing; durable when it resolves. Of a
   * part that was read before, as after a crash, what is new is kept (`newOfPart`).
   */
  put(part: DumpedPart): Promise<void>;
  /**
   * Gives those that are due, the longest due first, to `forward`; once that resolves, those done
   * are gone for good and those that failed wait on. Where it rejects, all of them stay as they
   * are. Resolves with how many it gave. Damaged ones are passed over; where nothing whole is due,
   * it throws CORRUPT_STORE, naming one of them.
   */
  forwardDue(
    request: DueRequest,
    forward: (delays: readonly StoredDelay[]) => Promise<Forwarded>,
  ): Promise<number>;
}

/** The part that a store took last of a partition. */
export interface DumpPosition {
  readonly firstOffset: number;
  /** Exclusive. */
  readonly nextOffset: number;
}

/**
 * What of a part a store does not have yet. A step is committed before the next one is read, so
 * that a crash repeats the last part alone, from its start. What lies further back is of a topic
 * made anew, or of a group set back: to take it for known would lose it, so it is refused. Throws
 * CONFIG.
 */
export const newOfPart = (
  part: DumpedPart,
  last: DumpPosition | undefined,
): readonly StoredDelay[] => {
  if (last === undefined) return part.delays;
  if (part.firstOffset < last.firstOffset) {
    const { topic, partition, firstOffset } = part;
    const range = `from ${firstOffset} again, and was stored up to ${last.nextOffset}`;
    throw new OttlaError(
      'CONFIG',
      `${topic}/${partition} is read ${range}: a topic made anew, or a group set back, wants a new store`,
    );
  }
  return part.delays.filter(({ offset }) => offset >= last.nextOffset);
};

/** Never back: a part that is repeated may end earlier than it did. */
export const nextPosition = (part: DumpedPart, last: DumpPosition | undefined): DumpPosition => ({
  firstOffset: part.firstOffset,
  nextOffset: Math.max(part.nextOffset, last?.nextOffset ?? 0),
});
