import type { FlushedOffset, Offset, SettledOffset } from '../base/ids.ts';
import type { EpochFile } from './epoch-file.ts';
import type { Flushing, FlushWork, JournalWork } from './flushable-log.ts';
import { flushedTo, flushedWithin, settledTo, settledWithin } from './flushed-offset.ts';
import type { SegmentList } from './segment-list.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';

/** What a log keeps for an entry in the journal; with more, its segment is synced. */
export const MAX_ENTRY_BYTES: number = 64 * 1024;
/** A log is idle that was not appended to between as many looks at it. */
const IDLE_LOOKS = 2;

export interface FlushStateOptions {
  readonly directory: string;
  readonly segments: SegmentList;
  readonly epochFile: EpochFile;
  readonly snapshots: SnapshotWriter;
  readonly settledOffset: SettledOffset;
  /** Of the log, as it is at the call. */
  readonly endOffset: () => Offset;
  readonly onMoved: () => void;
  /** Entries are made, of logs that the checkpoint lists. */
  readonly hasJournal: () => boolean;
}

/** All that was appended from an offset on, as it stands in the segment. */
interface Fresh {
  readonly fromOffset: Offset;
  /** Undefined before the first one: most have no other, and a list of one is small. */
  parts: Uint8Array[] | undefined;
  sizeBytes: number;
}

const freshFrom = (fromOffset: Offset): Fresh => ({ fromOffset, parts: undefined, sizeBytes: 0 });

const NO_PARTS: readonly Uint8Array[] = [];

/**
 * How far one log is durable, and what there is to do about the rest. Two marks: below
 * `settledOffset` all is durable in the segments; below `flushedOffset` it is so there or in the
 * journal. Where the segments themselves must be synced next (a new file, a cut, more bytes than an
 * entry takes), nothing is kept for the journal.
 */
export class FlushState implements Flushing {
  readonly #options: FlushStateOptions;
  #flushedOffset: FlushedOffset;
  #settledOffset: SettledOffset;
  #unflushedBytes = 0;
  #isDue = false;
  #truncationCount = 0;
  #fresh: Fresh | undefined;
  #isEnding = false;
  #heldStartOffset: Offset | undefined;
  /** The checkpoint says, durably, that the journal may have entries of the log. */
  #isListed = false;
  /** Since the last append that may go to the journal. */
  #lookCount = IDLE_LOOKS;

  constructor(options: FlushStateOptions) {
    this.#options = options;
    this.#flushedOffset = options.settledOffset;
    this.#settledOffset = options.settledOffset;
  }

  get flushedOffset(): FlushedOffset {
    return this.#flushedOffset;
  }

  get settledOffset(): SettledOffset {
    return this.#settledOffset;
  }

  /**
   * What the checkpoint may name: a start that reads from there on finds, in the batches, every
   * epoch that the history on the disk does not have.
   */
  get markOffset(): SettledOffset {
    const { unsavedFrom } = this.#options.epochFile;
    if (unsavedFrom === undefined) return this.#settledOffset;
    return settledWithin(this.#settledOffset, unsavedFrom);
  }

  /** The journal has what the segments may not have yet. */
  get isBehind(): boolean {
    return this.#flushedOffset > this.#settledOffset;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** The start that the checkpoint goes on to name, where it must not name a lower one yet. */
  get heldStartOffset(): Offset | undefined {
    return this.#heldStartOffset;
  }

  get unflushedBytes(): number {
    return this.#unflushedBytes;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  get truncationCount(): number {
    return this.#truncationCount;
  }

  get isListed(): boolean {
    return this.#isListed;
  }

  /** Nothing was appended for a while that would go to the journal. */
  get isIdle(): boolean {
    return this.#lookCount >= IDLE_LOOKS;
  }

  /** Bytes of the entry that would make all durable; undefined where segments must be synced. */
  get entryBytes(): number | undefined {
    const { segments, hasJournal } = this.#options;
    if (!this.#isListed && hasJournal()) return undefined;
    const fresh = this.#fresh;
    if (fresh?.fromOffset !== this.#flushedOffset || this.#isDue) return undefined;
    return segments.isDirectoryDirty ? undefined : fresh.sizeBytes;
  }

  /** `isKept`: the journal may take them, so that they stay in memory until the next flush. */
  onAppended(bytes: Uint8Array, isKept: boolean): void {
    this.#unflushedBytes += bytes.length;
    if (isKept) this.#lookCount = 0;
    const fresh = this.#fresh;
    if (fresh === undefined) return;
    fresh.sizeBytes += bytes.length;
    if (!isKept || fresh.sizeBytes > MAX_ENTRY_BYTES) this.#fresh = undefined;
    else if (fresh.parts === undefined) fresh.parts = [bytes];
    else fresh.parts.push(bytes);
  }

  onRoll(): void {
    this.#isDue = true;
    this.#fresh = undefined;
  }

  /** Bytes were cut off again: until a sync, a crash may bring them back under what follows. */
  onCutBack(): void {
    this.#fresh = undefined;
  }

  /** The log will be gone: nothing waits for room for its sake, or goes to the journal any more. */
  onEnding(): void {
    this.#isEnding = true;
    this.#fresh = undefined;
  }

  /** Called now and then, to find out who is idle. */
  onLook(): void {
    this.#lookCount += 1;
  }

  /**
   * What the checkpoint that is about to be written says: whether the journal may have entries of
   * the log, or is to have some. Where it says no, none is made any more, and all that were made
   * are settled: whatever becomes of the journal, the log has what it needs. What was made stays
   * listed while a stop settles it, though none is made then.
   */
  takeListing(): boolean {
    const isHeld = this.#isListed && this.#options.endOffset() > this.#settledOffset;
    const isWanted = isHeld || (this.#options.hasJournal() && !this.isIdle);
    if (!isWanted) this.#isListed = false;
    return isWanted;
  }

  /** A checkpoint that lists the log is durable. */
  onListed(): void {
    this.#isListed = true;
  }

  /** The log will start lower: told once the journal has nothing above, which would be missed. */
  holdStart(startOffset: Offset): void {
    this.#heldStartOffset = startOffset;
  }

  releaseStart(): void {
    this.#heldStartOffset = undefined;
  }

  /** The log is about to be cut at `endOffset`. */
  onTruncation(endOffset: Offset): void {
    this.#truncationCount += 1;
    this.#flushedOffset = flushedWithin(this.#flushedOffset, endOffset);
    this.#settledOffset = settledWithin(this.#settledOffset, endOffset);
    this.#fresh = undefined;
  }

  /** All below `endOffset` was synced in its segment after the cut. */
  onTruncated(endOffset: Offset): void {
    this.#settledOffset = settledTo(endOffset);
    this.#flushedOffset = this.#settledOffset;
    this.#options.onMoved();
  }

  /**
   * What to sync so that all of the log is settled; `isWhole`: so that the history of its epochs is
   * durable too, for which nobody who only waits for records has to wait.
   */
  begin(isWhole: boolean): FlushWork | undefined {
    const endOffset = this.#options.endOffset();
    const { segments, epochFile, snapshots, directory } = this.#options;
    const dirty = segments.takeDirty();
    const { isDirectoryDirty } = segments;
    const savesEpochs = isWhole && !epochFile.isDurable;
    if (dirty.length === 0 && !isDirectoryDirty && !savesEpochs) return undefined;
    const files = dirty.map((segment) => segment.pin());
    const truncationCount = this.#truncationCount;
    segments.isDirectoryDirty = false;
    this.#unflushedBytes = 0;
    this.#isDue = false;
    this.#fresh = this.#isEnding ? undefined : freshFrom(endOffset);
    return {
      prepare: savesEpochs ? () => epochFile.persist() : undefined,
      files,
      directory: isDirectoryDirty ? directory : undefined,
      release: (isSynced) => {
        for (const segment of dirty) segment.unpin();
        if (isSynced) return;
        for (const segment of dirty) segment.isDirty = true;
        segments.isDirectoryDirty ||= isDirectoryDirty;
        this.#fresh = undefined;
      },
      complete: () => this.#complete(endOffset, truncationCount),
      finish: () => snapshots.write(),
    };
  }

  /** The mark waits for the history; not in a log that is about to go. */
  get hasUnsavedEpochs(): boolean {
    return this.#options.epochFile.unsavedFrom !== undefined && !this.#isEnding;
  }

  /** Makes the history durable, so that the mark goes on. Errors: DISK_FULL, STORAGE_ERROR. */
  saveEpochs(): Promise<void> {
    return this.#options.epochFile.persist();
  }

  /**
   * What the journal must hold so that all of the log is durable; only where `entryBytes` tells of
   * any. The segments stay to be synced.
   */
  beginEntry(): JournalWork {
    const endOffset = this.#options.endOffset();
    const { fromOffset, parts = NO_PARTS } = this.#fresh ?? freshFrom(endOffset);
    const truncationCount = this.#truncationCount;
    this.#unflushedBytes = 0;
    this.#fresh = freshFrom(endOffset);
    return {
      firstOffset: fromOffset,
      endOffset,
      parts,
      complete: () => {
        if (truncationCount !== this.#truncationCount) return false;
        return this.#maybeRaise(flushedTo(endOffset));
      },
    };
  }

  /**
   * A sync that began before a truncation says nothing of what was appended since, even when the
   * end is at the same offset again: hence the counter.
   */
  #complete(endOffset: Offset, truncationCount: number): boolean {
    if (truncationCount !== this.#truncationCount) return false;
    if (endOffset > this.#settledOffset) {
      this.#settledOffset = settledTo(endOffset);
      this.#options.onMoved();
    }
    return this.#maybeRaise(this.#settledOffset);
  }

  #maybeRaise(flushedOffset: FlushedOffset): boolean {
    if (flushedOffset <= this.#flushedOffset) return false;
    this.#flushedOffset = flushedOffset;
    this.#options.onMoved();
    return true;
  }
}
