import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { DiskFile } from '../../env/disk.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import { nextOffsetOf, readBatchHeader } from '../../record/batch-header.ts';
import type { SegmentPlace } from '../segment.ts';
import { MAX_SEGMENT_BYTES, Segment } from '../segment.ts';
import type { Gap } from './gap-batch.ts';
import { gapBatch, gapOf, MAX_GAP_OFFSETS } from './gap-batch.ts';
import { cleanedPath } from './swap.ts';

const WRITE_BYTES = 256 * 1024;

/** The compacted form of some segments, written beside them under a name of its own. */
export class CleanedSegment {
  /** As it will be once its file has its place; its indexes are in memory. */
  readonly segment: Segment;
  readonly #file: DiskFile;
  readonly #remove: () => void;
  #gap: Gap | undefined;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #writtenBytes = 0;

  constructor(place: SegmentPlace, baseOffset: Offset) {
    const { disk } = place;
    const path = cleanedPath(place.directory, baseOffset);
    disk.remove(path);
    this.#file = disk.open(path, { create: true });
    this.#remove = () => disk.remove(path);
    this.segment = Segment.unknown(place, baseOffset);
  }

  /** Takes a whole batch; the bytes must stay as they are until the next write. */
  keep(bytes: Uint8Array): void {
    this.#endGap();
    this.#push(bytes);
  }

  /** Takes the offsets of a batch: neighbours of one leader epoch share one gap. */
  drop(header: BatchHeader): void {
    const next = gapOf(header);
    const gap = this.#gap;
    const isJoined =
      gap !== undefined &&
      gap.leaderEpoch === next.leaderEpoch &&
      next.nextOffset - gap.baseOffset <= MAX_GAP_OFFSETS;
    if (!isJoined) this.#endGap();
    const baseOffset = isJoined ? gap.baseOffset : next.baseOffset;
    const maxTimestampMs = Math.max(isJoined ? gap.maxTimestampMs : -1, next.maxTimestampMs);
    this.#gap = { ...next, baseOffset, maxTimestampMs };
  }

  /** Bytes written, for a throttle. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Durable on return, all but the name. */
  async finish(): Promise<void> {
    this.#endGap();
    this.#write();
    await this.#file.sync();
    this.#file.close();
  }

  /** Nothing is left of it. */
  discard(): void {
    this.#file.close();
    this.#remove();
  }

  #endGap(): void {
    const gap = this.#gap;
    this.#gap = undefined;
    if (gap !== undefined) this.#push(gapBatch(gap));
  }

  #push(bytes: Uint8Array): void {
    const header = readBatchHeader(bytes);
    if (this.segment.sizeBytes + bytes.length > MAX_SEGMENT_BYTES) {
      throw new OttlaError(
        'RECORD_LIST_TOO_LARGE',
        `${this.segment.path} would grow above 2 GiB at offset ${nextOffsetOf(header)}: lower segment.bytes`,
      );
    }
    this.segment.admit(header);
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
    if (this.#partBytes >= WRITE_BYTES) this.#write();
  }

  #write(): void {
    if (this.#parts.length === 0) return;
    this.#file.write(this.#parts, this.#writtenBytes);
    this.#writtenBytes += this.#partBytes;
    this.#parts = [];
    this.#partBytes = 0;
  }
}
