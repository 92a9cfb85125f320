import { assert, must } from '../../base/assert.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import { OttlaError } from '../../base/errors.ts';
import type { Offset, SettledOffset, TopicPartition } from '../../base/ids.ts';
import type { DiskFile } from '../../env/disk.ts';
import type { JournalPlace } from './begin-life.ts';
import { beginLife } from './begin-life.ts';
import { FILE_COUNT, journalFilePath } from './files.ts';
import type { CutRecord, Hearsay, JournalRecord } from './frame.ts';
import { BLOCK_BYTES, encodeFrame, frameBytesBound } from './frame.ts';
import { decideSettling } from './round.ts';

/** A log as the journal sees it. */
export interface JournalledLog extends TopicPartition {
  readonly settledOffset: SettledOffset;
}

export interface JournalOptions extends JournalPlace {
  /** Rounds of fewer logs sync these themselves. */
  readonly minLogs: number;
}

/** Beyond this, writing everything twice takes longer than the syncs that it saves. */
const LARGE_ROUND_BYTES = 4 * 1024 * 1024;
const NO_RECORDS = { count: 0, bodyBytes: 0 };

/** What one frame may hold of records: some of them fit a file. */
export const maxFrameBytes = (fileBytes: number): number =>
  Math.min(LARGE_ROUND_BYTES, Math.floor(fileBytes / 4));

interface JournalFile<Log> {
  readonly number: number;
  readonly file: DiskFile;
  /** Where the next frame goes. */
  position: number;
  firstSequence: number;
  lastSequence: number;
  /** How far each log must be settled before the file is free; who is so goes at the next look. */
  readonly live: Map<Log, Offset>;
  /** Logs with entries in it, settled or not. */
  readonly logs: Set<Log>;
  /** Logs that were not settled when it was left. */
  logCount: number;
}

const hearsayOf = ({ kind, topicId, partition, endOffset }: JournalRecord): Hearsay => ({
  kind,
  topicId,
  partition,
  endOffset,
});

/**
 * The journal of a log directory, while it is on: frames in files that take turns, one a sync, and
 * two for cuts. One caller at a time; a write begins when the sync of the one before has ended,
 * which is what tells a damaged frame from a torn one.
 *
 * A file is written anew only when all logs with entries in it are settled, and a durable frame of
 * the other file has told so (`baseSequence`): else a crash in the middle would leave some frames
 * of it, and the holes between them would pass for damage.
 */
export class Journal<Log extends JournalledLog> {
  readonly #place: JournalPlace;
  readonly minLogs: number;
  readonly #nonce: Uint8Array;
  readonly #files: ReadonlyArray<JournalFile<Log>>;
  #active: JournalFile<Log>;
  #nextSequence = 0;
  /** Of the last durable frame. */
  #durableBase = 0;
  #previous: readonly Hearsay[] = [];
  readonly #writer = new ByteWriter(BLOCK_BYTES);
  #isWriting = false;
  /** At the end of the active file stands, in part or whole, a frame that does not count. */
  #hasLeftover = false;

  private constructor(place: JournalOptions, nonce: Uint8Array) {
    this.#place = place;
    this.minLogs = place.minLogs;
    this.#nonce = nonce;
    this.#files = Array.from({ length: FILE_COUNT }, (_, number) => ({
      number,
      file: place.disk.open(journalFilePath(place.directory, number)),
      position: BLOCK_BYTES,
      firstSequence: 0,
      lastSequence: -1,
      live: new Map(),
      logs: new Set(),
      logCount: 0,
    }));
    this.#active = must(this.#files[0], 'a journal has files');
  }

  /**
   * Begins an empty journal; what an earlier one held must be settled. Errors: DISK_FULL,
   * STORAGE_ERROR.
   */
  static async open<Log extends JournalledLog>(place: JournalOptions): Promise<Journal<Log>> {
    const { nonce } = await beginLife(place);
    return new Journal<Log>(place, nonce);
  }

  get maxFrameBytes(): number {
    return maxFrameBytes(this.#place.fileBytes);
  }

  /** A start after a crash may find entries of the log, whether it is settled by now or not. */
  holds(log: Log): boolean {
    return this.#files.some(({ logs }) => logs.has(log));
  }

  /** Logs of the full file that it is time to settle. */
  overdue(): Log[] {
    const old = this.#other;
    const filledShare = this.#active.position / this.#place.fileBytes;
    const countOf = (leftCount: number): number =>
      decideSettling({ filledShare, logCount: old.logCount, leftCount });
    // Those that are settled and not found so yet are among them.
    if (countOf(old.live.size) === 0) return [];
    const left = this.#unsettledOf(old);
    return left.slice(0, countOf(left.length));
  }

  /** All logs that keep the full file from being used again. */
  unsettled(): Log[] {
    return this.#unsettledOf(this.#other);
  }

  /**
   * Whether a frame of these, and one that tells of it, fit this file or, once it is free, the
   * next. Room for a notice stays.
   */
  maybeMakeRoom(records: { readonly count: number; readonly bodyBytes: number }): boolean {
    const { count } = records;
    const neededBytes =
      frameBytesBound(records, this.#previous.length) +
      frameBytesBound(NO_RECORDS, count) +
      frameBytesBound(NO_RECORDS, 0);
    if (neededBytes > this.#place.fileBytes / 2) return false;
    if (this.#active.position + neededBytes <= this.#place.fileBytes) return true;
    return this.#maybeSwitch();
  }

  /** The full file is free but for a frame that tells so, or one in the place of a leftover. */
  get wantsNotice(): boolean {
    if (this.#hasLeftover) return true;
    const old = this.#other;
    return this.#isSettled(old) && old.lastSequence >= this.#durableBase;
  }

  /**
   * A frame without records, for which its file always has room: tells that what was, is durable.
   * False where the disk is full.
   */
  notice(): Promise<boolean> {
    return this.#write([], []);
  }

  /**
   * Makes these entries durable: the bytes are on the disk on return, and must be settled later.
   * Room was made. False where the disk is full, as one is that gives blocks away when they are
   * written over: no entry counts then. Errors: STORAGE_ERROR; nothing more may be written then.
   *
   * Crash states: before the sync, a torn frame at the end, which does not count. After false a
   * whole one may stand there: until the next frame stands in its place, with its number, its logs
   * have what it says, because no cut of theirs is done before that frame is durable.
   */
  append(
    entries: ReadonlyArray<{ readonly log: Log; readonly record: JournalRecord }>,
  ): Promise<boolean> {
    const records = entries.map(({ record }) => record);
    return this.#write(records, entries);
  }

  /**
   * Makes cuts durable, before they are done: from then on nothing that was journalled at or above
   * them comes back. Twice over, in two frames and one sync, so that damage of either leaves one.
   * False where the disk is full: then they may or may not be.
   *
   * Crash states: none of both, then the cut will not have been done; or one or both.
   */
  async cut(
    cuts: ReadonlyArray<{ readonly log: Log; readonly endOffset: Offset }>,
  ): Promise<boolean> {
    const records = cuts.map(({ log: { topicId, partition }, endOffset }): CutRecord => {
      return { kind: 'cut', topicId, partition, endOffset };
    });
    if (this.#maybePut(records) === undefined) return false;
    return await this.#write([], []);
  }

  /**
   * A log is about to be cut: what lies above need not be settled any more. Before the cut is
   * journalled, as room for it may depend on that.
   */
  lower(log: Log, endOffset: Offset): void {
    for (const { live } of this.#files) {
      const liveTo = live.get(log);
      if (liveTo !== undefined) live.set(log, Math.min(liveTo, endOffset));
    }
  }

  /** A log that is gone: it need not be settled. Its entries stay until they are cut. */
  forget(log: Log): void {
    for (const { live } of this.#files) live.delete(log);
  }

  /** Ends the use; empties the journal where all is settled. */
  async close(isSettled: boolean): Promise<void> {
    for (const { file } of this.#files) file.close();
    if (isSettled) await beginLife(this.#place);
  }

  get #other(): JournalFile<Log> {
    return must(this.#files[1 - this.#active.number], 'there are two files');
  }

  #unsettledOf({ live }: JournalFile<Log>): Log[] {
    for (const [log, endOffset] of live) if (log.settledOffset >= endOffset) live.delete(log);
    return [...live.keys()];
  }

  /** As long as one is not, looks no further. */
  #isSettled({ live }: JournalFile<Log>): boolean {
    for (const [log, endOffset] of live) {
      if (log.settledOffset < endOffset) return false;
      live.delete(log);
    }
    return true;
  }

  #maybeSwitch(): boolean {
    const next = this.#other;
    const isTold = next.lastSequence < this.#durableBase;
    // A leftover would stand beside the frame that got its number.
    if (this.#hasLeftover) return false;
    if (!isTold || !this.#isSettled(next)) return false;
    this.#unsettledOf(this.#active);
    this.#active.logCount = this.#active.live.size;
    next.position = BLOCK_BYTES;
    next.firstSequence = this.#nextSequence;
    next.logCount = 0;
    // The frames that are still there lie below what a durable frame calls the base, and so will
    // the next one.
    next.logs.clear();
    this.#active = next;
    return true;
  }

  /** Writes one frame, accepted and not durable. Returns the base that it tells. */
  #put(records: readonly JournalRecord[]): number {
    const active = this.#active;
    const baseSequence = this.#isSettled(this.#other)
      ? active.firstSequence
      : Math.min(this.#other.firstSequence, active.firstSequence);
    const sequence = this.#nextSequence;
    const frame = { sequence, baseSequence, records, previous: this.#previous };
    const place = { fileNumber: active.number, position: active.position, nonce: this.#nonce };
    const { parts, sizeBytes } = encodeFrame(frame, place, this.#writer);
    assert(active.position + sizeBytes <= this.#place.fileBytes, 'a frame fits its file');
    active.file.write(parts, active.position);
    active.position += sizeBytes;
    active.lastSequence = sequence;
    this.#nextSequence += 1;
    this.#previous = records.map(hearsayOf);
    return baseSequence;
  }

  /** As `#put`; undefined where the disk is full: no number is given away, the place is free. */
  #maybePut(records: readonly JournalRecord[]): number | undefined {
    try {
      const baseSequence = this.#put(records);
      this.#hasLeftover = false;
      return baseSequence;
    } catch (error) {
      if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') throw error;
      this.#hasLeftover = true;
      return undefined;
    }
  }

  async #write(
    records: readonly JournalRecord[],
    entries: ReadonlyArray<{ readonly log: Log; readonly record: JournalRecord }>,
  ): Promise<boolean> {
    assert(!this.#isWriting, 'a frame is written when the one before is synced');
    const { file, live, logs } = this.#active;
    // Whatever becomes of the write: what stands there may be found, and is to be cut as well.
    for (const { log, record } of entries) {
      live.set(log, record.endOffset);
      logs.add(log);
    }
    const baseSequence = this.#maybePut(records);
    if (baseSequence === undefined) return false;
    this.#isWriting = true;
    await file.sync();
    this.#durableBase = baseSequence;
    this.#isWriting = false;
    return true;
  }
}
