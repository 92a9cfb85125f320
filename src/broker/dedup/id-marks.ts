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
}

/** What of a log a mark is held against. */
export interface MarkedLog {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** The epoch in which the record at an offset was written, or NONE. */
  epochAt(offset: Offset): LeaderEpoch;
}

/**
 * When which part of a log was appended, oldest first: nothing else in a log tells that, its
 * timestamps being the producers'. Told by ages, so that a wall clock may be set and a replica may
 * be away: an age then counts less than it is, and no id is forgotten too early. A mark of another
 * history than the log's is known by its epoch.
 */
export class IdMarks {
  #marks: Mark[] = [];

  /** Takes over what an earlier run has left. Lines that are none count as nothing. */
  load(lines: readonly string[], log: MarkedLog, nowMs: number): void {
    this.#marks = lines.flatMap((line) => {
      const numbers = parseNumbers(line, 3);
      if (numbers === undefined) return [];
      const [endOffset = 0, epochAndOne = 0, ageMs = 0] = numbers;
      const mark = { endOffset, leaderEpoch: epochAndOne - 1, timeMs: nowMs - ageMs };
      return isOf(log, mark) ? [mark] : [];
    });
  }

  /** As `load` takes them. */
  lines(nowMs: number): string[] {
    return this.#marks.map(({ endOffset, leaderEpoch, timeMs }) => {
      const ageMs = Math.max(0, Math.floor(nowMs - timeMs));
      return `${endOffset} ${leaderEpoch + 1} ${ageMs}`;
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
    this.#marks.push({ endOffset, leaderEpoch: log.epochAt(endOffset - 1), timeMs: nowMs });
    const firstNeeded = this.#marks.findLastIndex(({ timeMs }) => timeMs < nowMs - windowMs);
    this.#marks = this.#marks.slice(Math.max(0, firstNeeded));
    return true;
  }

  /** The log was cut here. */
  truncate(endOffset: Offset): void {
    this.#marks = this.#marks.filter((mark) => mark.endOffset <= endOffset);
  }

  /** Below it all was appended before `oldestMs`; 0 where nothing is known to be. */
  endBefore(oldestMs: number): Offset {
    return this.#marks.findLast(({ timeMs }) => timeMs < oldestMs)?.endOffset ?? 0;
  }

  /** By when a batch that ends here was appended, as far as that is known. */
  appendedBy(endOffset: Offset, nowMs: number): number {
    return this.#marks.find((mark) => mark.endOffset >= endOffset)?.timeMs ?? nowMs;
  }
}

const isOf = (log: MarkedLog, { endOffset, leaderEpoch }: Mark): boolean =>
  endOffset <= log.logStartOffset ||
  (endOffset <= log.logEndOffset && log.epochAt(endOffset - 1) === leaderEpoch);
