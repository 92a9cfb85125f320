import type { Offset, TopicPartition } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../../record/batch-header.ts';
import type { AppendRecord, Frame, Hearsay } from './frame.ts';

/** Bytes that were durable in the journal: whole batches from `firstOffset` to `endOffset`. */
export interface ReplayEntry {
  readonly firstOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  readonly bytes: Uint8Array;
}

/** What the journal says of one log. */
export interface LogReplay {
  /** As they were written; each begins at or behind the end of the one before. */
  readonly entries: readonly ReplayEntry[];
  /** Exclusive: up to here the log was durable when the journal ended; one without that is rot. */
  readonly requiredOffset: Offset;
  /** Frames are damaged of which nothing tells whether they were about this log. */
  readonly isUnknown: boolean;
}

export interface JournalReplay {
  readonly logs: ReadonlyMap<string, LogReplay & TopicPartition>;
  /** As in `LogReplay`, for logs that are not among them. */
  readonly isUnknown: boolean;
  readonly frameCount: number;
  /** Of frames that were durable and are damaged or gone. */
  readonly damagedCount: number;
}

const NOTHING_KNOWN: LogReplay = { entries: [], requiredOffset: 0, isUnknown: true };

export const EMPTY_REPLAY: JournalReplay = {
  logs: new Map(),
  isUnknown: false,
  frameCount: 0,
  damagedCount: 0,
};

/** What is to be assumed when a journal or a file of it is gone, or no header can be read. */
export const UNREADABLE: JournalReplay = { ...EMPTY_REPLAY, isUnknown: true, damagedCount: 1 };

/**
 * What the journal says of a log; undefined where it has nothing that the log needs. Damage is none
 * of a log that the checkpoint does not list: all entries that it ever had are settled.
 */
export const replayOf = (
  replay: JournalReplay,
  { topicId, partition }: TopicPartition,
  isListed: boolean,
): LogReplay | undefined => {
  const known = replay.logs.get(partitionKey(topicId, partition));
  const isUnknown = known?.isUnknown ?? replay.isUnknown;
  if (!isUnknown) return known;
  return isListed ? NOTHING_KNOWN : undefined;
};

/**
 * What to put back, from all whole frames that were found, in any order. A frame was written when
 * the one before was synced, or is that of a cut: so where another number is missing below the
 * greatest, a durable frame is damaged, and the one behind it still tells what it held. Two in a
 * row leave one untold, which may have been a cut: no earlier entry counts then, and a log is known
 * again when a later frame is about it. Damage at the very end passes for torn; only the checkpoint
 * may know better.
 */
export const planReplay = (found: readonly Frame[]): JournalReplay => {
  const baseSequence = found.reduce((base, frame) => Math.max(base, frame.baseSequence), 0);
  const needed = found
    .filter(({ sequence }) => sequence >= baseSequence)
    .sort((a, b) => a.sequence - b.sequence);
  const plan = new Plan();
  let expected = baseSequence;
  for (const frame of needed) {
    plan.onDamaged(frame.sequence - expected, frame.previous);
    plan.onFrame(frame);
    expected = frame.sequence + 1;
  }
  return plan.result(needed.length);
};

interface Draft extends TopicPartition {
  entries: ReplayEntry[];
  requiredOffset: Offset;
  isUnknown: boolean;
}

class Plan {
  readonly #logs = new Map<string, Draft>();
  #isUnknown = false;
  #damagedCount = 0;

  /** Frames are missing before one that tells what the last of them held. */
  onDamaged(count: number, told: readonly Hearsay[]): void {
    if (count <= 0) return;
    if (count > 1) this.#doubtAll();
    // Cuts and the frame that tells of them are one write, of which either may be torn.
    const mayBeTorn = count === 1 && told.length > 0 && told.every(({ kind }) => kind === 'cut');
    if (!mayBeTorn) this.#damagedCount += count;
    for (const record of told) {
      if (record.kind === 'cut') this.#cut(record);
      else this.#require(record);
    }
  }

  onFrame({ records }: Frame): void {
    for (const record of records) {
      if (record.kind === 'cut') this.#cut(record);
      else this.#append(record);
    }
  }

  result(frameCount: number): JournalReplay {
    const damagedCount = this.#damagedCount;
    return { logs: this.#logs, isUnknown: this.#isUnknown, frameCount, damagedCount };
  }

  #doubtAll(): void {
    this.#isUnknown = true;
    for (const draft of this.#logs.values()) {
      draft.entries = [];
      draft.requiredOffset = 0;
      draft.isUnknown = true;
    }
  }

  #append(record: AppendRecord): void {
    const { firstOffset, endOffset, parts } = record;
    const [bytes] = parts;
    if (bytes === undefined) return;
    this.#require(record).entries.push({ firstOffset, endOffset, bytes });
  }

  #require({ topicId, partition, endOffset }: Hearsay): Draft {
    const draft = this.#draftOf({ topicId, partition });
    draft.requiredOffset = Math.max(draft.requiredOffset, endOffset);
    draft.isUnknown = false;
    return draft;
  }

  /** The marks in the checkpoint are newer than the cut: they were lowered before it. */
  #cut({ topicId, partition, endOffset }: Hearsay): void {
    const draft = this.#draftOf({ topicId, partition });
    draft.requiredOffset = Math.min(draft.requiredOffset, endOffset);
    draft.entries = draft.entries.flatMap((entry) => within(entry, endOffset));
    draft.isUnknown = false;
  }

  #draftOf({ topicId, partition }: TopicPartition): Draft {
    const key = partitionKey(topicId, partition);
    const isUnknown = this.#isUnknown;
    const empty = { topicId, partition, entries: [], requiredOffset: 0, isUnknown };
    const draft = this.#logs.get(key) ?? empty;
    this.#logs.set(key, draft);
    return draft;
  }
}

/** What of an entry lies below `endOffset`: whole batches. */
const within = (entry: ReplayEntry, endOffset: Offset): ReplayEntry[] => {
  if (entry.endOffset <= endOffset) return [entry];
  let keptBytes = 0;
  let keptOffset = entry.firstOffset;
  for (const { position, sizeBytes } of splitBatches(entry.bytes)) {
    const nextOffset = nextOffsetOf(readBatchHeader(entry.bytes, position));
    if (nextOffset > endOffset) break;
    keptBytes = position + sizeBytes;
    keptOffset = nextOffset;
  }
  if (keptBytes === 0) return [];
  return [{ ...entry, endOffset: keptOffset, bytes: entry.bytes.subarray(0, keptBytes) }];
};
