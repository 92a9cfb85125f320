import { assert } from '../base/assert.ts';
import type { Offset } from '../base/ids.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { HEADER_BYTES, nextOffsetOf, readBatchHeader } from '../record/batch-header.ts';
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, offsetPath, TIME_INDEX_SUFFIX } from './file-names.ts';
import type { SegmentExtent } from './index-file.ts';
import { encodeIndex, readIndex, writeIndex } from './index-file.ts';
import { OFFSET_INDEX, OffsetIndex } from './offset-index.ts';
import { removeIndexFiles, removeSegmentFiles } from './segment-files.ts';
import { follows, scanBatches } from './segment-scan.ts';
import { TIME_INDEX, TimeIndex } from './time-index.ts';

/** Index positions and relative offsets are 32 bits wide. */
export const MAX_RELATIVE_OFFSET: number = 2 ** 31 - 1;
export const MAX_SEGMENT_BYTES: number = 2 ** 31 - 1;

/** Where segments live. */
export interface SegmentPlace {
  readonly disk: Disk;
  readonly directory: string;
  readonly indexIntervalBytes: () => number;
}

interface Indexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

/**
 * One file of batches and its two sparse indexes. Only the last segment of a log grows; the files
 * and indexes of the others are opened on first use and let go when idle.
 */
export class Segment {
  readonly baseOffset: Offset;
  readonly path: string;
  /** Bytes were written or cut since the last sync of this file. */
  isDirty = false;
  /** The indexes on disk describe the segment as it is. */
  #isSealed: boolean;
  readonly #place: SegmentPlace;
  #extent: SegmentExtent;
  #file: DiskFile | undefined;
  #indexes: Indexes | undefined;
  #bytesSinceEntry = 0;
  #pinCount = 0;
  #isDisposed = false;
  #wasUsed = false;

  private constructor(place: SegmentPlace, extent: SegmentExtent, isSealed: boolean) {
    this.#place = place;
    this.#extent = extent;
    this.#isSealed = isSealed;
    this.baseOffset = extent.baseOffset;
    this.path = offsetPath(place.directory, extent.baseOffset, LOG_SUFFIX);
  }

  /** Creates an empty file; its name is durable after a sync of the directory. */
  static create(place: SegmentPlace, baseOffset: Offset): Segment {
    const segment = Segment.#empty(place, baseOffset);
    segment.#file = place.disk.open(segment.path, { create: true });
    return segment;
  }

  /** A segment whose indexes were found to match: nothing is read until it is used. */
  static trusted(place: SegmentPlace, extent: SegmentExtent): Segment {
    return new Segment(place, extent, true);
  }

  /** A file of which nothing is known yet: recovery and compaction then `admit` its batches. */
  static unknown(place: SegmentPlace, baseOffset: Offset): Segment {
    return Segment.#empty(place, baseOffset);
  }

  static #empty(place: SegmentPlace, baseOffset: Offset): Segment {
    const extent = { baseOffset, nextOffset: baseOffset, sizeBytes: 0, maxTimestampMs: -1 };
    const segment = new Segment(place, extent, false);
    segment.#indexes = { offsets: new OffsetIndex(baseOffset), times: new TimeIndex(baseOffset) };
    return segment;
  }

  /** Exclusive end. */
  get nextOffset(): Offset {
    return this.#extent.nextOffset;
  }

  get sizeBytes(): number {
    return this.#extent.sizeBytes;
  }

  get maxTimestampMs(): number {
    return this.#extent.maxTimestampMs;
  }

  /** The greatest timestamp of the first batch; -1 where there is none, or it cannot be read. */
  firstTimestampMs(): number {
    const bytes = new Uint8Array(HEADER_BYTES);
    if (this.sizeBytes < HEADER_BYTES || this.file.read(bytes, 0) < HEADER_BYTES) return -1;
    return maxTimestampIn(bytes);
  }

  get file(): DiskFile {
    this.#wasUsed = true;
    assert(!this.#isDisposed || this.#pinCount > 0, 'a segment let go is not used again');
    this.#file ??= this.#place.disk.open(this.path);
    return this.#file;
  }

  /**
   * Writes whole batches at the end, in one call; accepted, not durable. When it throws nothing of
   * the segment's state has changed, but bytes may lie behind its end: `cutBack` removes them.
   */
  append(bytes: Uint8Array, headers: readonly BatchHeader[]): void {
    this.file.write([bytes], this.sizeBytes);
    this.isDirty = true;
    this.#isSealed = false;
    for (const header of headers) this.admit(header);
  }

  /** Counts a batch that stands at the end of the known part: after a write, or in recovery. */
  admit(header: BatchHeader): void {
    const position = this.sizeBytes;
    const maxTimestampMs = Math.max(this.maxTimestampMs, header.maxTimestampMs);
    if (this.#bytesSinceEntry > this.#place.indexIntervalBytes()) {
      const { offsets, times } = this.#loaded();
      offsets.add(header.baseOffset, position);
      times.maybeAdd(maxTimestampMs, header.baseOffset);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += header.sizeBytes;
    this.#extent = {
      baseOffset: this.baseOffset,
      nextOffset: nextOffsetOf(header),
      sizeBytes: position + header.sizeBytes,
      maxTimestampMs,
    };
  }

  /** Removes what a failed write left behind the end. */
  cutBack(): void {
    this.file.truncate(this.sizeBytes);
    this.isDirty = true;
  }

  /**
   * Writes what stands at `offset` and behind it once more, as it is. A process that ended by a
   * failed sync leaves bytes in the page cache that count as clean and are on no disk: no later
   * sync would bring them there. A crash in between leaves each sector as it was or as it is.
   */
  rewriteFrom(offset: Offset): void {
    let position = offset <= this.baseOffset ? 0 : this.positionAtOrBelow(offset);
    while (position < this.sizeBytes) {
      const bytes = new Uint8Array(Math.min(REWRITE_BYTES, this.sizeBytes - position));
      const readBytes = this.file.read(bytes, position);
      if (readBytes === 0) break;
      this.file.write([bytes.subarray(0, readBytes)], position);
      position += readBytes;
    }
    this.isDirty = true;
  }

  /** Cuts at a batch boundary that `locate` gave; durable after a sync of file and directory. */
  truncate(position: number, nextOffset: Offset): void {
    assert(position <= this.sizeBytes, 'a segment is cut within its bytes');
    const { offsets, times } = this.#loaded();
    this.#removeIndexes();
    offsets.truncate(position);
    times.truncate(nextOffset);
    this.#extent = { ...this.#extent, nextOffset, sizeBytes: position };
    this.cutBack();
    this.#bytesSinceEntry = position - offsets.lastPosition;
    this.#extent = { ...this.#extent, maxTimestampMs: this.#scanMaxTimestamp() };
  }

  /** Position of the batch that contains `offset`, and its header; it must lie in this segment. */
  locate(offset: Offset): { readonly position: number; readonly header: BatchHeader } | undefined {
    let found: { position: number; header: BatchHeader } | undefined;
    const { position: start, baseOffset } = this.floor(offset);
    let expected = baseOffset;
    const options = { start, end: this.sizeBytes, verify: false, chunkBytes: LOCATE_CHUNK_BYTES };
    scanBatches(this.file, options, ({ header, position }) => {
      if (!follows(header, position, expected)) return false;
      expected = nextOffsetOf(header);
      found = { position, header };
      return expected <= offset;
    });
    return found !== undefined && nextOffsetOf(found.header) > offset ? found : undefined;
  }

  /** Position of some batch at or below `offset`, at most about an index interval before it. */
  positionAtOrBelow(offset: Offset): number {
    return this.floor(offset).position;
  }

  /** As `positionAtOrBelow`, with the offset at which that batch begins. */
  floor(offset: Offset): { readonly position: number; readonly baseOffset: Offset } {
    return this.#loaded().offsets.floor(offset);
  }

  /** Position from which a search for `timestampMs` may begin. */
  positionForTimestamp(timestampMs: number): number {
    const { offsets, times } = this.#loaded();
    return offsets.floor(times.lookup(timestampMs)).position;
  }

  /**
   * Writes the indexes, without a sync: they are checked when read, and built again when wrong. A
   * full disk only costs that rebuild.
   */
  seal(): void {
    // One let go of has no say any more about the files of its name.
    if (this.#isSealed || this.#isDisposed) return;
    const { offsets, times } = this.#loaded();
    try {
      const { disk } = this.#place;
      const times1 = encodeIndex(TIME_INDEX, this.#extent, times.encodeEntries());
      writeIndex(disk, this.#indexPath(TIME_INDEX_SUFFIX), times1);
      const offsets1 = encodeIndex(OFFSET_INDEX, this.#extent, offsets.encodeEntries());
      writeIndex(disk, this.#indexPath(OFFSET_INDEX_SUFFIX), offsets1);
      this.#isSealed = true;
    } catch {
      this.#removeIndexes();
    }
  }

  /** Keeps the file open for a sync or a cold read; each pin is followed by an `unpin`. */
  pin(): DiskFile {
    const { file } = this;
    this.#pinCount += 1;
    return file;
  }

  unpin(): void {
    this.#pinCount -= 1;
    if (this.#isDisposed && this.#pinCount === 0) this.#closeFile();
  }

  /** Lets go of file and indexes when nothing used them since the last call. */
  releaseIdle(): void {
    if (this.#isSealed && !this.#wasUsed && !this.isDirty && this.#pinCount === 0) {
      this.#indexes = undefined;
      this.#closeFile();
    }
    this.#wasUsed = false;
  }

  /** Ends the use of this object, files stay. */
  dispose(): void {
    this.#isDisposed = true;
    if (this.#pinCount === 0) this.#closeFile();
  }

  /** Removes the index files, to win a little space: they are built again when asked for. */
  dropIndexes(): void {
    this.#removeIndexes();
  }

  remove(): void {
    this.dispose();
    this.#isSealed = false;
    removeSegmentFiles(this.#place, this.baseOffset);
  }

  /** Another file is about to take the place of this one's, under its name. */
  supersede(): void {
    this.dispose();
    this.#removeIndexes();
  }

  #loaded(): Indexes {
    this.#wasUsed = true;
    this.#indexes ??= this.#readIndexes() ?? this.#buildIndexes();
    return this.#indexes;
  }

  #readIndexes(): Indexes | undefined {
    const { disk } = this.#place;
    const offsets = readIndex(disk, this.#indexPath(OFFSET_INDEX_SUFFIX), OFFSET_INDEX);
    const times = readIndex(disk, this.#indexPath(TIME_INDEX_SUFFIX), TIME_INDEX);
    if (offsets === undefined || times === undefined) return undefined;
    if (!this.#describes(offsets.extent) || !this.#describes(times.extent)) return undefined;
    return {
      offsets: OffsetIndex.decodeEntries(this.baseOffset, offsets.entries),
      times: TimeIndex.decodeEntries(this.baseOffset, times.entries),
    };
  }

  #buildIndexes(): Indexes {
    const { path, sizeBytes } = this;
    const rebuilt = Segment.#empty(this.#place, this.baseOffset);
    const end = scanBatches(
      this.file,
      { start: 0, end: sizeBytes, verify: false },
      ({ header }) => {
        rebuilt.admit(header);
        return true;
      },
    );
    // What cannot be walked is left out: a read there meets the damage and reports it.
    assert(end.position <= sizeBytes, `the walk over ${path} stays within the file`);
    this.#isSealed = false;
    this.#indexes = rebuilt.#loaded();
    this.seal();
    return this.#indexes;
  }

  #describes(extent: SegmentExtent): boolean {
    return extent.baseOffset === this.baseOffset && extent.sizeBytes === this.sizeBytes;
  }

  #scanMaxTimestamp(): number {
    let maxTimestampMs = -1;
    scanBatches(this.file, { start: 0, end: this.sizeBytes, verify: false }, ({ header }) => {
      maxTimestampMs = Math.max(maxTimestampMs, header.maxTimestampMs);
      return true;
    });
    return maxTimestampMs;
  }

  #removeIndexes(): void {
    this.#isSealed = false;
    removeIndexFiles(this.#place, this.baseOffset);
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #indexPath(suffix: string): string {
    return offsetPath(this.#place.directory, this.baseOffset, suffix);
  }
}

/** Damage is for readers to find: here it only makes a segment young. */
const maxTimestampIn = (header: Uint8Array): number => {
  try {
    return readBatchHeader(header).maxTimestampMs;
  } catch {
    return -1;
  }
};

const REWRITE_BYTES = 1024 * 1024;
const LOCATE_CHUNK_BYTES = 16 * 1024;
