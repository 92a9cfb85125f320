import {
  readInt32At,
  readInt64At,
  writeInt32At,
  writeInt64At,
} from '../../base/bytes/big-endian.ts';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import type { KeyRange } from '../../env/key-value-store.ts';
import type { Hold } from './held-batch.ts';
import type { Cancelled } from './index-step.ts';
import type { Tallied } from './index-tally.ts';

/**
 * Keys and values of the index. All of one partition begin with a letter, its topic id, a zero and
 * its number; integers are big-endian and never negative, so that bytes order as the numbers do.
 *
 *     m <partition>                  how far the log was applied: see `Mark`
 *     d <partition> due offset       first offset i64: what is due next
 *     o <partition> offset           due i64, first offset i64: what waits in a part of the log;
 *                                    an i64 more where a delivery has told its due time
 *     f <partition> first offset     offset i64: where one is that was held anew
 *     c <partition> first offset     offset i64: which record has cancelled it
 *     e <partition> offset           first offset i64: what was cancelled there
 */
type Kind = 'm' | 'd' | 'o' | 'f' | 'c' | 'e';

/** How far a partition's log is in the index, and what it must then hold. */
export interface Mark {
  /** Exclusive. */
  readonly appliedOffset: Offset;
  /** In which the last applied offset was written; NONE where nothing was. */
  readonly leaderEpoch: LeaderEpoch;
  /** Of all that wait: tells a store that lost a write from a whole one. */
  readonly waiting: Tallied;
  /** Of the cancellations that are remembered. */
  readonly cancelled: Tallied;
}

const MARK_BYTES = 44;

export type KeyBounds = Required<Pick<KeyRange, 'start' | 'end'>>;

export class IndexKeys {
  readonly mark: Uint8Array;
  readonly #prefix: Buffer;

  constructor(topicId: TopicId, partition: PartitionId) {
    const number = Buffer.alloc(4);
    writeInt32At(number, 0, partition);
    this.#prefix = Buffer.concat([Buffer.from(topicId, 'latin1'), Buffer.of(0), number]);
    this.mark = this.#key('m', []);
  }

  due({ dueMs, offset }: Pick<Hold, 'dueMs' | 'offset'>): Uint8Array {
    return this.#key('d', [dueMs, offset]);
  }

  offset(offset: Offset): Uint8Array {
    return this.#key('o', [offset]);
  }

  /** Of one that is no longer where it was held first. */
  moved(firstOffset: Offset): Uint8Array {
    return this.#key('f', [firstOffset]);
  }

  cancelled(firstOffset: Offset): Uint8Array {
    return this.#key('c', [firstOffset]);
  }

  cancelledBy(offset: Offset): Uint8Array {
    return this.#key('e', [offset]);
  }

  /** From one moment and offset on, in order of time. */
  dueFrom({ dueMs, offset }: Pick<Hold, 'dueMs' | 'offset'>): KeyBounds {
    return { start: this.due({ dueMs, offset }), end: this.allDue.end };
  }

  get allMoved(): KeyBounds {
    return { start: this.moved(0), end: this.moved(END) };
  }

  get allCancelled(): KeyBounds {
    return { start: this.cancelled(0), end: this.cancelled(END) };
  }

  /** In the order in which they were cancelled. */
  get allCancelledBy(): KeyBounds {
    return { start: this.cancelledBy(0), end: this.cancelledBy(END) };
  }

  /** All in order of time. */
  get allDue(): KeyBounds {
    const start = this.#key('d', []);
    // No number begins with that byte, as large as it may be.
    return { start, end: Buffer.concat([start, Buffer.of(0x80)]) };
  }

  /** From one offset (inclusive) to another (exclusive). */
  between(start: Offset, end: Offset = END): KeyBounds {
    return { start: this.offset(start), end: this.offset(end) };
  }

  holdOfDue(key: Uint8Array, value: Uint8Array): Hold {
    const at = this.#prefix.length + 1;
    const [dueMs, offset] = [readInt64At(key, at), readInt64At(key, at + 8)];
    return { dueMs, offset, firstOffset: readInt64At(value, 0) };
  }

  holdOfOffset(key: Uint8Array, value: Uint8Array): Hold {
    const offset = this.#numberOf(key);
    const hold = { offset, dueMs: readInt64At(value, 0), firstOffset: readInt64At(value, 8) };
    return value.length > HELD_BYTES ? { ...hold, isTold: true } : hold;
  }

  cancelledOfFirst(key: Uint8Array, value: Uint8Array): Cancelled {
    return { firstOffset: this.#numberOf(key), atOffset: numberIn(value) };
  }

  cancelledOfOffset(key: Uint8Array, value: Uint8Array): Cancelled {
    return { firstOffset: numberIn(value), atOffset: this.#numberOf(key) };
  }

  #numberOf(key: Uint8Array): number {
    return readInt64At(key, this.#prefix.length + 1);
  }

  #key(kind: Kind, numbers: readonly number[]): Uint8Array {
    const tail = Buffer.alloc(8 * numbers.length);
    for (const [index, number] of numbers.entries()) writeInt64At(tail, 8 * index, number);
    return Buffer.concat([Buffer.from(kind), this.#prefix, tail]);
  }
}

const END = Number.MAX_SAFE_INTEGER;
const HELD_BYTES = 16;

/** The value at the offset of one that waits. */
export const heldValue = ({ dueMs, firstOffset, isTold }: Hold): Uint8Array =>
  isTold === true ? numbersOf(dueMs, firstOffset, 1) : numbersOf(dueMs, firstOffset);

/** Marks of all partitions. */
export const ALL_MARKS: KeyRange = { start: Buffer.from('m'), end: Buffer.from('n') };

/** Whose mark a key is. */
export const partitionOfMark = (
  key: Uint8Array,
): { readonly topicId: TopicId; readonly partition: PartitionId } => ({
  topicId: Buffer.from(key.subarray(1, key.length - 5)).toString('latin1'),
  partition: readInt32At(key, key.length - 4),
});

export const numbersOf = (...numbers: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(8 * numbers.length);
  for (const [index, number] of numbers.entries()) writeInt64At(bytes, 8 * index, number);
  return bytes;
};

export const numberIn = (value: Uint8Array): number => readInt64At(value, 0);

export const encodeMark = (mark: Mark): Uint8Array => {
  const { appliedOffset, leaderEpoch, waiting, cancelled } = mark;
  const bytes = new Uint8Array(MARK_BYTES);
  writeInt64At(bytes, 0, appliedOffset);
  writeInt32At(bytes, 8, leaderEpoch);
  writeInt64At(bytes, 12, waiting.count);
  writeInt64At(bytes, 20, waiting.sum);
  writeInt64At(bytes, 28, cancelled.count);
  writeInt64At(bytes, 36, cancelled.sum);
  return bytes;
};

/** Undefined too where an earlier program wrote it, which did not count cancellations. */
export const decodeMark = (bytes: Uint8Array | undefined): Mark | undefined =>
  bytes?.length === MARK_BYTES
    ? {
        appliedOffset: readInt64At(bytes, 0),
        leaderEpoch: readInt32At(bytes, 8),
        waiting: { count: readInt64At(bytes, 12), sum: readInt64At(bytes, 20) },
        cancelled: { count: readInt64At(bytes, 28), sum: readInt64At(bytes, 36) },
      }
    : undefined;
