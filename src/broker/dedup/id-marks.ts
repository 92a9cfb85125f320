import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { parseNumbers } from '../../log/checked-text.ts';

/** Marks in a window: a restart reads one such part of the log more than it needs to. */
const PARTS = 8;
/** Each mark is a file that is synced. */
const INTERVAL_MS_MIN = 10_000;

/** All below `endOffset`, the last of it of this epoch, was appended by then. */
interface Mark {
  readonly endOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  /** By the monotonic clock of this run. */
  readonly timeMs: number;
  /** Ids between the mark before and this one: no more than there are, and 0 only for none. */
  readonly idCount: number | undefined;
}

/** What of a log a mark is held against. */
export interface MarkedLog {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** The epoch in which the record at an offset was written, or NONE. */
  epochAt(offset: Offset): LeaderEpoch;
}

/** A part of a log of which all ids were taken in. */
export interface CountedIds {
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** Between two offsets, as `Mark.idCount` has it. */
  readonly countIn: (startOffset: Offset, endOffset: Offset) => number;
}

export interface UnreadBounds {
  readonly oldestMs: number;
  readonly maxCount: number;
}

/** Which part of a log is to be read. */
export interface UnreadIds {
  readonly startOffset: Offset;
  /** Inclusive: where nobody knows how many ids lie from here to the start, and some may. */
  readonly skippedFrom: Offset | undefined;
}

/**
 * When which part of a log was appended, and how many ids it has, oldest first: nothing else in a
 * log tells the first, its timestamps being the producers'. Told by ages, so that a wall clock may
 * be set and a replica may be away: an age then counts less than it is, and no id is forgotten too
 * early. A mark of another history than the log's is known by its epoch; where one is of the log's,
 * so is all below it.
 */
export class IdMarks {
  #marks: Mark[] = [];

  /** Takes over what an earlier run has left. Lines that are none count as nothing. */
  load(lines: readonly string[], log: MarkedLog, nowMs: number): void {
    const counts = countsIn(lines);
    this.#marks = lines.flatMap((line) => {
      const numbers = parseNumbers(line, 3);
      if (numbers === undefined) return [];
      const [endOffset = 0, epochAndOne = 0, ageMs = 0] = numbers;
      const idCount = counts.get(endOffset);
      const mark = { endOffset, leaderEpoch: epochAndOne - 1, timeMs: nowMs - ageMs, idCount };
      return isOf(log, mark) ? [mark] : [];
    });
    this.#forgetFirstCount();
  }

  /** As `load` takes them; releases that know no counts take these lines for none. */
  lines(nowMs: number): string[] {
    return this.#marks.flatMap(({ endOffset, leaderEpoch, timeMs, idCount }) => {
      const ageMs = Math.max(0, Math.floor(nowMs - timeMs));
      const mark = `${endOffset} ${leaderEpoch + 1} ${ageMs}`;
      return idCount === undefined ? [mark] : [mark, `${endOffset} ${idCount}`];
    });
  }

  /** The log ends here now; true where that makes a mark, which should then be stored. */
  note(log: MarkedLog, windowMs: number, nowMs: number): boolean {
    const endOffset = log.logEndOffset;
    const last = this.#marks.at(-1);
    const intervalMs = Math.max(INTERVAL_MS_MIN, windowMs / PARTS);
    if (last !== undefined) {
      if (endOffset <= last.endOffset || nowMs - last.timeMs < intervalMs) return false;
    }
    const leaderEpoch = log.epochAt(endOffset - 1);
    this.#marks.push({ endOffset, leaderEpoch, timeMs: nowMs, idCount: undefined });
    const firstNeeded = this.#marks.findLastIndex(({ timeMs }) => timeMs < nowMs - windowMs);
    this.#marks = this.#marks.slice(Math.max(0, firstNeeded));
    this.#forgetFirstCount();
    return true;
  }

  /**
   * Notes how many ids lie between marks, as far as these lie where all ids are known. True where
   * that was not known of one.
   */
  count({ startOffset, endOffset, countIn }: CountedIds): boolean {
    let isNews = false;
    this.#marks = this.#marks.map((mark, at) => {
      const partStart = this.#marks[at - 1]?.endOffset ?? Number.NEGATIVE_INFINITY;
      const isKnown = partStart >= startOffset && mark.endOffset <= endOffset;
      if (mark.idCount !== undefined || !isKnown) return mark;
      isNews = true;
      return { ...mark, idCount: countIn(partStart, mark.endOffset) };
    });
    return isNews;
  }

  /** The log was cut here. */
  truncate(endOffset: Offset): void {
    this.#marks = this.#marks.filter((mark) => mark.endOffset <= endOffset);
  }

  /** Below it all was appended before `oldestMs`; 0 where nothing is known to be. */
  endBefore(oldestMs: number): Offset {
    return this.#marks.findLast(({ timeMs }) => timeMs < oldestMs)?.endOffset ?? 0;
  }

  /**
   * What has to be read for the newest `maxCount` ids that were appended since `oldestMs`, or for
   * more. Where it is not known how many a part has, each of its offsets counts as one; only behind
   * the newest mark, where a part of a window lies at most, all is read.
   */
  unread(log: MarkedLog, { oldestMs, maxCount }: UnreadBounds): UnreadIds {
    const lowest = Math.max(log.logStartOffset, this.endBefore(oldestMs));
    let startOffset = this.#marks.at(-1)?.endOffset ?? log.logEndOffset;
    let wantedCount = maxCount;
    let isGuess = false;
    for (let at = this.#marks.length - 1; startOffset > lowest && wantedCount > 0; at -= 1) {
      const idCount = this.#marks[at]?.idCount;
      const partStart = Math.max(lowest, this.#marks[at - 1]?.endOffset ?? 0);
      const isKnown = idCount !== undefined;
      const from = isKnown ? partStart : Math.max(partStart, startOffset - wantedCount);
      wantedCount -= idCount ?? startOffset - from;
      isGuess ||= !isKnown;
      startOffset = from;
    }
    const isSkip = isGuess && startOffset > lowest;
    return {
      startOffset: Math.max(lowest, startOffset),
      skippedFrom: isSkip ? lowest : undefined,
    };
  }

  /** Inclusive: from this offset on, the first at which an id may lie. */
  nextFrom(offset: Offset): Offset {
    let next = offset;
    for (const [at, { endOffset, idCount }] of this.#marks.entries()) {
      const partStart = this.#marks[at - 1]?.endOffset ?? Number.POSITIVE_INFINITY;
      if (idCount === 0 && partStart <= next) next = Math.max(next, endOffset);
    }
    return next;
  }

  /** By when a batch that ends here was appended, as far as that is known. */
  appendedBy(endOffset: Offset, nowMs: number): number {
    return this.#marks.find((mark) => mark.endOffset >= endOffset)?.timeMs ?? nowMs;
  }

  /** There is no mark any more from which it was counted. */
  #forgetFirstCount(): void {
    const [first, ...others] = this.#marks;
    if (first !== undefined) this.#marks = [{ ...first, idCount: undefined }, ...others];
  }
}

/** By the mark that they end at. */
const countsIn = (lines: readonly string[]): ReadonlyMap<Offset, number> =>
  new Map(
    lines.flatMap((line) => {
      const [endOffset, idCount] = parseNumbers(line, 2) ?? [];
      return endOffset === undefined || idCount === undefined ? [] : [[endOffset, idCount]];
    }),
  );

const isOf = (log: MarkedLog, { endOffset, leaderEpoch }: Mark): boolean =>
  endOffset <= log.logStartOffset ||
  (endOffset <= log.logEndOffset && log.epochAt(endOffset - 1) === leaderEpoch);
