import { assert, must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import { floorIndex } from './offset-index.ts';
import type { SegmentPlace } from './segment.ts';
import { Segment } from './segment.ts';

/** A batch boundary at which a log may be cut. */
export interface CutPoint {
  readonly segment: Segment;
  readonly position: number;
  /** Offset of the first record cut off; the end of the log afterwards. */
  readonly endOffset: Offset;
}

/**
 * The segments of one log by rising base offset; there is always one, the last is the active one.
 */
export class SegmentList {
  readonly place: SegmentPlace;
  readonly #segments: Segment[];
  #baseOffsets: number[];
  /** A file was created or removed since the last sync of the directory. */
  isDirectoryDirty: boolean;
  #lossCount = 0;
  #isDisposed = false;

  constructor(place: SegmentPlace, segments: readonly Segment[], isDirectoryDirty: boolean) {
    assert(segments.length > 0, 'a log has a segment');
    this.place = place;
    this.#segments = [...segments];
    this.#baseOffsets = segments.map((segment) => segment.baseOffset);
    this.isDirectoryDirty = isDirectoryDirty;
  }

  get active(): Segment {
    return must(this.#segments.at(-1), 'a log has a segment');
  }

  get first(): Segment {
    return must(this.#segments[0], 'a log has a segment');
  }

  get count(): number {
    return this.#segments.length;
  }

  /** Rises whenever bytes of the log go, or others take their place. */
  get lossCount(): number {
    return this.#lossCount;
  }

  /** The use of the files has ended. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.sizeBytes, 0);
  }

  all(): readonly Segment[] {
    return this.#segments;
  }

  /** The segment whose range has `offset`; the first where it lies before all. */
  floor(offset: Offset): Segment {
    const index = Math.max(0, floorIndex(this.#baseOffsets, offset));
    return must(this.#segments[index], 'a floor of the segments is one of them');
  }

  /** Segments from the one that has `offset` to the last. */
  from(offset: Offset): readonly Segment[] {
    return this.#segments.slice(Math.max(0, floorIndex(this.#baseOffsets, offset)));
  }

  /**
   * Closes the active segment and begins a new one at `baseOffset`. The new file is made first, so
   * that a full disk leaves all as it was.
   */
  roll(baseOffset: Offset): void {
    const { active } = this;
    assert(baseOffset > active.baseOffset, 'a new segment begins behind the active one');
    const next = Segment.create(this.place, baseOffset);
    this.isDirectoryDirty = true;
    active.seal();
    this.#segments.push(next);
    this.#baseOffsets.push(baseOffset);
  }

  /**
   * Where to cut so that nothing at or above `endOffset` stays: the start of its batch. Throws
   * CORRUPT_STORE where no batch has that offset.
   */
  cutPoint(endOffset: Offset): CutPoint {
    const segment = this.floor(endOffset);
    if (endOffset <= segment.baseOffset) {
      return { segment, position: 0, endOffset: segment.baseOffset };
    }
    const found = segment.locate(endOffset);
    if (found === undefined) {
      throw new OttlaError(
        'CORRUPT_STORE',
        `${segment.path} has no batch at offset ${endOffset}; the replica must be fetched again`,
      );
    }
    return { segment, position: found.position, endOffset: found.header.baseOffset };
  }

  /**
   * Removes all behind the cut, the last segment first, so that a crash leaves a shorter prefix.
   */
  truncate(cut: CutPoint): void {
    this.#lossCount += 1;
    while (this.active !== cut.segment) {
      this.active.remove();
      this.#segments.pop();
    }
    this.isDirectoryDirty = true;
    cut.segment.truncate(cut.position, cut.endOffset);
    this.#baseOffsets = this.#segments.map((segment) => segment.baseOffset);
  }

  /** Removes everything and begins anew at `baseOffset`. */
  reset(baseOffset: Offset): void {
    this.#lossCount += 1;
    for (const segment of this.#segments.splice(0).reverse()) segment.remove();
    this.#segments.push(Segment.create(this.place, baseOffset));
    this.#baseOffsets = [baseOffset];
    this.isDirectoryDirty = true;
  }

  /**
   * Removes segments that lie wholly below `startOffset`, never the active one; returns how many.
   */
  removeBelow(startOffset: Offset): number {
    let count = 0;
    while (this.count > 1 && this.first.nextOffset <= startOffset) {
      this.first.remove();
      this.#segments.shift();
      this.#baseOffsets.shift();
      count += 1;
    }
    if (count === 0) return 0;
    this.#lossCount += 1;
    this.isDirectoryDirty = true;
    return count;
  }

  /** True while these are neighbours here, in this order, below the active segment. */
  hasInRow(group: readonly Segment[]): boolean {
    const start = this.#segments.indexOf(group[0] as Segment);
    const isInRow = group.every((segment, index) => this.#segments[start + index] === segment);
    return start >= 0 && isInRow && group.at(-1) !== this.active;
  }

  /** Puts `next` in the place of neighbours whose offsets it has; files are the caller's. */
  replace(group: readonly Segment[], next: Segment): void {
    assert(this.hasInRow(group), 'what is replaced lies side by side');
    assert(next.nextOffset === group.at(-1)?.nextOffset, 'what is replaced keeps its offsets');
    this.#lossCount += 1;
    this.#segments.splice(this.#segments.indexOf(group[0] as Segment), group.length, next);
    this.#baseOffsets = this.#segments.map((segment) => segment.baseOffset);
    this.isDirectoryDirty = true;
  }

  /** The segments to sync, oldest first, no longer marked dirty: they lie together at the end. */
  takeDirty(): Segment[] {
    const dirty: Segment[] = [];
    for (let index = this.count - 1; index >= 0; index -= 1) {
      const segment = must(this.#segments[index], 'segments lie side by side');
      if (segment.isDirty) dirty.unshift(segment);
      else if (segment !== this.active) break;
      segment.isDirty = false;
    }
    return dirty;
  }

  /** Wins a little space on a full disk: the indexes of segments that wait for their removal. */
  dropIndexesBelow(startOffset: Offset): boolean {
    const doomed = this.#segments.filter(
      (segment) => segment !== this.active && segment.nextOffset <= startOffset,
    );
    for (const segment of doomed) segment.dropIndexes();
    return doomed.length > 0;
  }

  releaseIdle(): void {
    for (const segment of this.#segments) {
      if (segment !== this.active) segment.releaseIdle();
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const segment of this.#segments) segment.dispose();
  }
}
