import { OttlaError } from '../base/errors.ts';
import type { FlushedOffset, Offset, SettledOffset } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import { readCleanEnd, removeCleanEnd } from './compaction/clean-end.ts';
import { completeSwaps } from './compaction/swap.ts';
import { recoverEpochs } from './epoch-recovery.ts';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetInName,
  offsetPath,
  TEMPORARY_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './file-names.ts';
import { settledTo } from './flushed-offset.ts';
import { refill } from './journal/refill.ts';
import type { LogReplay, ReplayEntry } from './journal/replay.ts';
import type { LogState } from './log-context.ts';
import { rebuildProducers, removeSnapshotsAbove } from './producer-recovery.ts';
import type { SegmentPlace } from './segment.ts';
import { Segment } from './segment.ts';
import { removeSegmentFiles } from './segment-files.ts';
import { SegmentList } from './segment-list.ts';
import { recoverSegment } from './segment-recovery.ts';

/** What is known of a log before its files are read. */
export interface RecoveryHints {
  /** The process before stopped in order, with everything flushed. */
  readonly isClean: boolean;
  /**
   * Exclusive: everything below was durable in its segment. `undefined` when the checkpoint itself
   * is lost: then all segments but the last one count as durable, so that rot is not mistaken for a
   * torn tail.
   */
  readonly settledOffset: SettledOffset | undefined;
  /** Exclusive: everything below was durable, in its segment or in the journal. */
  readonly flushedOffset: FlushedOffset | undefined;
  /** What the journal has of the log; nothing after an orderly stop. */
  readonly journal?: LogReplay;
  /** `undefined` when no checkpoint has it: the log starts where its files do. */
  readonly logStartOffset: Offset | undefined;
}

export interface RecoveryTarget {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directory: string;
  readonly indexIntervalBytes: () => number;
}

/** `rot`: data that was durable is damaged or gone; nothing was changed, nothing may be served. */
export type Recovery =
  | {
      readonly kind: 'recovered';
      readonly state: LogState;
      /** What was cut, `undefined` when nothing was. */
      readonly cut: string | undefined;
    }
  | { readonly kind: 'rot'; readonly detail: string };

/**
 * Makes a log of the files of a partition. Damage at or after the settled mark is a torn tail: the
 * log is cut there and all later segments go, and what the journal has from there on is written
 * again. Damage below the mark is rot, and so is a log that is then shorter than it was durable.
 * Everything from the mark on is marked dirty: it must be synced before it is used, and no mark
 * rises before.
 *
 * Crash states: only the torn tail is removed, the last segment first; a second run finds a shorter
 * tail, or more of what the journal gave, and does the same.
 */
export const recoverLog = (target: RecoveryTarget, hints: RecoveryHints): Recovery => {
  if (hints.journal?.isUnknown === true) {
    return rot(`${target.directory}: what the journal held of it is damaged`);
  }
  sweepTemporaries(target);
  completeSwaps(target);
  const found = findSegments(target, hints);
  if (found.kind === 'rot') return found;
  const tail = tryCheckSegments(found, target, hints);
  if (tail.kind === 'rot') return tail;
  return { kind: 'recovered', state: assemble(tail, target, hints), cut: tail.cut };
};

/** Files of a log as their names tell. */
interface FoundSegments {
  readonly kind: 'found';
  readonly baseOffsets: readonly Offset[];
  readonly startOffset: Offset;
  readonly markOffset: Offset;
}

interface CheckedSegments {
  readonly kind: 'checked';
  readonly segments: SegmentList;
  readonly startOffset: Offset;
  readonly cut: string | undefined;
}

interface Rot {
  readonly kind: 'rot';
  readonly detail: string;
}

const rot = (detail: string): Rot => ({ kind: 'rot', detail });

const letGo = (segments: readonly Segment[]): void => {
  for (const segment of segments) segment.dispose();
};

const discard = (segments: readonly Segment[], detail: string): Rot => {
  letGo(segments);
  return rot(detail);
};

const offsetsOf = (target: RecoveryTarget, suffix: string): Offset[] =>
  target.disk
    .list(target.directory)
    .map(({ name }) => offsetInName(name, suffix))
    .filter((offset) => offset !== undefined);

const sweepTemporaries = (target: RecoveryTarget): void => {
  for (const { name } of target.disk.list(target.directory)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) target.disk.remove(`${target.directory}/${name}`);
  }
};

/** Which segments there are, once those below the log's start are swept. */
const findSegments = (target: RecoveryTarget, hints: RecoveryHints): FoundSegments | Rot => {
  const all = offsetsOf(target, LOG_SUFFIX);
  const startOffset = hints.logStartOffset ?? all[0] ?? 0;
  const baseOffsets = all.filter((_, index) => (all[index + 1] ?? Infinity) > startOffset);
  const lastBase = baseOffsets.at(-1) ?? 0;
  const markOffset = hints.settledOffset ?? lastBase;
  const first = baseOffsets[0];
  if ((first === undefined || first > startOffset) && markOffset > startOffset) {
    return rot(`${target.directory} has no segment at its start, offset ${startOffset}`);
  }
  for (const baseOffset of all) {
    if (!baseOffsets.includes(baseOffset)) removeSegmentFiles(target, baseOffset);
  }
  return { kind: 'found', baseOffsets, startOffset, markOffset };
};

/** What cannot be opened because it is no file any more is as good as gone: of this log alone. */
const tryCheckSegments = (
  found: FoundSegments,
  target: RecoveryTarget,
  hints: RecoveryHints,
): CheckedSegments | Rot => {
  const segments: Segment[] = [];
  try {
    return checkSegments({ ...found, segments }, target, hints);
  } catch (error) {
    letGo(segments);
    if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_STORE') throw error;
    return rot(error.message);
  }
};

/** Adds to `segments` what it has opened. */
const checkSegments = (
  found: FoundSegments & { readonly segments: Segment[] },
  target: RecoveryTarget,
  hints: RecoveryHints,
): CheckedSegments | Rot => {
  const { baseOffsets, startOffset, markOffset, segments } = found;
  const place: SegmentPlace = target;
  let cut: string | undefined;
  let isEnded = (baseOffsets[0] ?? Infinity) > startOffset;
  const durableOffset = durableTo(markOffset, hints);
  const goal = { startOffset, durableOffset, entries: hints.journal?.entries ?? [] };
  for (const [index, baseOffset] of baseOffsets.entries()) {
    const nextBaseOffset = baseOffsets[index + 1];
    if (isEnded) continue;
    const { segment, fault, fileBytes } = recoverSegment(place, {
      baseOffset,
      maxFirstOffset: index === 0 ? Math.max(baseOffset, startOffset) : baseOffset,
      nextBaseOffset,
      isTrusted: hints.isClean || (nextBaseOffset ?? Infinity) <= markOffset,
    });
    const gap =
      nextBaseOffset !== undefined && segment.nextOffset !== nextBaseOffset
        ? `${segment.path} ends at offset ${segment.nextOffset}, the next segment begins at ${nextBaseOffset}`
        : undefined;
    const damage = fault ?? gap;
    segments.push(segment);
    const isRot = hints.isClean || segment.nextOffset < markOffset || !mayReach(segment, goal);
    if (damage !== undefined && isRot) return discard(segments, damage);
    const hasUnsynced = !hints.isClean && segment.nextOffset > (hints.settledOffset ?? 0);
    if (hasUnsynced) segment.rewriteFrom(hints.settledOffset ?? 0);
    if (damage === undefined) continue;
    cut = damage;
    isEnded = true;
    if (fileBytes > segment.sizeBytes) segment.truncate(segment.sizeBytes, segment.nextOffset);
  }
  refill(segments, goal.entries);
  const endOffset = segments.at(-1)?.nextOffset ?? startOffset;
  const isShort = endOffset < durableOffset && durableOffset > startOffset;
  if (isShort || (endOffset < markOffset && endOffset >= startOffset)) {
    const what = `${target.directory} ends at ${endOffset}, ${Math.max(durableOffset, markOffset)}`;
    return discard(segments, `${what} was durable`);
  }
  return settle(found, { target, segments, cut, isClean: hints.isClean });
};

/**
 * Whether a log that is cut behind this segment can still end where it was durable, with what the
 * journal has from there on. Asked before a byte goes: else nothing is changed.
 */
const mayReach = (
  { nextOffset }: Segment,
  goal: {
    readonly startOffset: Offset;
    readonly durableOffset: Offset;
    readonly entries: readonly ReplayEntry[];
  },
): boolean => {
  const { startOffset, durableOffset, entries } = goal;
  if (durableOffset <= Math.max(nextOffset, startOffset)) return true;
  const next = entries.find(({ endOffset }) => endOffset > nextOffset);
  return next !== undefined && next.firstOffset <= nextOffset;
};

/** How far the log was durable, as far as that is known of what the journal held. */
const durableTo = (markOffset: Offset, { flushedOffset, journal }: RecoveryHints): Offset => {
  const inJournal = Math.max(flushedOffset ?? 0, journal?.requiredOffset ?? 0);
  return inJournal > markOffset ? inJournal : 0;
};

/** Removes what lies behind the sound part; a log that ends below its start begins anew there. */
const settle = (
  found: FoundSegments,
  kept: {
    readonly target: RecoveryTarget;
    readonly segments: readonly Segment[];
    readonly cut: string | undefined;
    readonly isClean: boolean;
  },
): CheckedSegments => {
  const { target, cut } = kept;
  const { startOffset } = found;
  const endOffset = kept.segments.at(-1)?.nextOffset ?? -1;
  const isUsable = endOffset >= startOffset;
  const segments = isUsable ? [...kept.segments] : [];
  if (!isUsable) letGo(kept.segments);
  const keptOffsets = new Set(segments.map((segment) => segment.baseOffset));
  const removed = found.baseOffsets.filter((baseOffset) => !keptOffsets.has(baseOffset));
  for (const baseOffset of removed.toReversed()) removeSegmentFiles(target, baseOffset);
  if (segments.length === 0) segments.push(Segment.create(target, startOffset));
  sweepOrphans(target, segments);
  const isChanged = removed.length > 0 || !isUsable;
  const list = new SegmentList(target, segments, isChanged || !kept.isClean);
  return { kind: 'checked', segments: list, startOffset, cut };
};

/** Indexes whose segment is gone. */
const sweepOrphans = (target: RecoveryTarget, segments: readonly Segment[]): void => {
  const baseOffsets = new Set(segments.map((segment) => segment.baseOffset));
  for (const suffix of [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX]) {
    for (const offset of offsetsOf(target, suffix)) {
      if (!baseOffsets.has(offset)) {
        target.disk.remove(offsetPath(target.directory, offset, suffix));
      }
    }
  }
};

const assemble = (
  checked: CheckedSegments,
  target: RecoveryTarget,
  hints: RecoveryHints,
): LogState => {
  const { segments, startOffset } = checked;
  const { disk, directory } = target;
  const endOffset = Math.max(segments.active.nextOffset, startOffset);
  removeSnapshotsAbove(disk, directory, endOffset);
  const { isClean, settledOffset } = hints;
  const place = { disk, directory, segments, startOffset, endOffset };
  const { history, unsavedFrom } = recoverEpochs(place, { isClean, settledOffset });
  return {
    segments,
    logStartOffset: startOffset,
    // After an orderly stop everything is durable. Below the log's start nothing has to be.
    settledOffset: settledTo(
      hints.isClean
        ? endOffset
        : Math.min(Math.max(hints.settledOffset ?? 0, startOffset), endOffset),
    ),
    epochs: history,
    unsavedEpochsFrom: unsavedFrom,
    cleanEndOffset: recoverCleanEnd(target, segments, endOffset),
    producers: rebuildProducers({
      disk,
      directory,
      segments,
      endOffset,
      nowMs: target.clock.monotonicMs(),
    }),
  };
};

/** A boundary beyond the log's end is of records that are gone; gone, too, before more come. */
const recoverCleanEnd = (
  { disk, directory }: RecoveryTarget,
  segments: SegmentList,
  endOffset: Offset,
): Offset => {
  const cleanEndOffset = readCleanEnd(disk, directory);
  if (cleanEndOffset <= endOffset) return cleanEndOffset;
  removeCleanEnd(disk, directory);
  segments.isDirectoryDirty = true;
  return 0;
};
