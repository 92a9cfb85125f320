import type { FlushedOffset, Offset } from '../base/ids.ts';
import type { EpochFile } from './epoch-file.ts';
import { flushedTo, flushedWithin } from './flushed-offset.ts';
import type { FlushWork } from './flusher.ts';
import type { SegmentList } from './segment-list.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';

export interface FlushStateOptions {
  readonly directory: string;
  readonly segments: SegmentList;
  readonly epochFile: EpochFile;
  readonly snapshots: SnapshotWriter;
  readonly flushedOffset: FlushedOffset;
  readonly onMoved: () => void;
}

/** How far one log is durable, and what there is to do about the rest. */
export class FlushState {
  readonly #options: FlushStateOptions;
  #flushedOffset: FlushedOffset;
  #unflushedBytes = 0;
  #isDue = false;
  #truncationCount = 0;

  constructor(options: FlushStateOptions) {
    this.#options = options;
    this.#flushedOffset = options.flushedOffset;
  }

  get flushedOffset(): FlushedOffset {
    return this.#flushedOffset;
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

  onAppended(bytes: number): void {
    this.#unflushedBytes += bytes;
  }

  onRoll(): void {
    this.#isDue = true;
  }

  /** The log is about to be cut at `endOffset`. */
  onTruncation(endOffset: Offset): void {
    this.#truncationCount += 1;
    this.#flushedOffset = flushedWithin(this.#flushedOffset, endOffset);
  }

  /** All below `endOffset` was synced after the cut. */
  onTruncated(endOffset: Offset): void {
    this.#flushedOffset = flushedTo(endOffset);
    this.#options.onMoved();
  }

  /** What to sync so that everything below `endOffset`, the end of the log, is durable. */
  begin(endOffset: Offset): FlushWork | undefined {
    const { segments, epochFile, snapshots, directory } = this.#options;
    const dirty = segments.takeDirty();
    const { isDirectoryDirty } = segments;
    if (dirty.length === 0 && !isDirectoryDirty && epochFile.isDurable) return undefined;
    const files = dirty.map((segment) => segment.pin());
    const truncationCount = this.#truncationCount;
    segments.isDirectoryDirty = false;
    this.#unflushedBytes = 0;
    this.#isDue = false;
    return {
      prepare: () => epochFile.persist(),
      files,
      directory: isDirectoryDirty ? directory : undefined,
      release: (isSynced) => {
        for (const segment of dirty) segment.unpin();
        if (isSynced) return;
        for (const segment of dirty) segment.isDirty = true;
        segments.isDirectoryDirty ||= isDirectoryDirty;
      },
      complete: () => this.#complete(endOffset, truncationCount),
      finish: () => snapshots.write(),
    };
  }

  /**
   * A sync that began before a truncation says nothing of what was appended since, even when the
   * end is at the same offset again: hence the counter.
   */
  #complete(endOffset: Offset, truncationCount: number): boolean {
    if (truncationCount !== this.#truncationCount || endOffset <= this.#flushedOffset) return false;
    this.#flushedOffset = flushedTo(endOffset);
    this.#options.onMoved();
    return true;
  }
}
