import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import { decodeCheckedText, encodeCheckedText, parseNumbers } from './checked-text.ts';

/** The first offset that a leader wrote, or might have written, in its epoch. */
export interface EpochEntry {
  readonly leaderEpoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/** Answer to "where does this epoch end?"; both `NONE` when it cannot be told. */
export interface EpochEnd {
  readonly leaderEpoch: LeaderEpoch;
  /** Exclusive. */
  readonly endOffset: Offset;
}

const KIND = 'leader-epochs';

/**
 * Which leader wrote which part of a log: entries rising in both fields. By it, and never by a high
 * watermark, two replicas find where they parted. Source: KIP-101, KIP-279.
 */
export class LeaderEpochHistory {
  #entries: EpochEntry[];
  #version = 0;

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries];
  }

  /** Rises with every change: what was saved at this version is still current. */
  get version(): number {
    return this.#version;
  }

  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1);
  }

  get latestEpoch(): LeaderEpoch {
    return this.latest?.leaderEpoch ?? NONE;
  }

  all(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** Where `epoch` begins, if it is known. */
  startOf(epoch: LeaderEpoch): Offset | undefined {
    return this.#entries.find((entry) => entry.leaderEpoch === epoch)?.startOffset;
  }

  /** The epoch in which the record at `offset` was written, or NONE. */
  epochAt(offset: Offset): LeaderEpoch {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.leaderEpoch ?? NONE;
  }

  /** Records that `epoch` begins at `startOffset`; entries that contradict it go. */
  assign(epoch: LeaderEpoch, startOffset: Offset): void {
    const { latest } = this;
    if (latest?.leaderEpoch === epoch && latest.startOffset <= startOffset) return;
    this.#replace([
      ...this.#entries.filter((e) => e.leaderEpoch < epoch && e.startOffset < startOffset),
      { leaderEpoch: epoch, startOffset },
    ]);
  }

  /**
   * The end of `epoch`: that of the log for the latest one, else the start of the next higher one,
   * told with the greatest known epoch at or below the one asked for. Below the first entry it is
   * that entry's start; an epoch above the latest cannot be told.
   */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEnd {
    const { latest } = this;
    if (latest === undefined || epoch < 0 || epoch > latest.leaderEpoch) {
      return { leaderEpoch: NONE, endOffset: NONE };
    }
    if (epoch === latest.leaderEpoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
    const floor = this.#entries.findLast((entry) => entry.leaderEpoch <= epoch);
    const higher = this.#entries.find((entry) => entry.leaderEpoch > epoch) ?? latest;
    return { leaderEpoch: floor?.leaderEpoch ?? epoch, endOffset: higher.startOffset };
  }

  /** Drops epochs that begin at or after `endOffset`, even where no record is cut (KAFKA-10706). */
  truncateFromEnd(endOffset: Offset): void {
    if ((this.latest?.startOffset ?? NONE) < endOffset) return;
    this.#replace(this.#entries.filter((entry) => entry.startOffset < endOffset));
  }

  /** Drops epochs that ended at or before `startOffset`; the one in force there begins there. */
  truncateFromStart(startOffset: Offset): void {
    const inForce = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset);
    const first = this.#entries[inForce];
    if (first === undefined || (inForce === 0 && first.startOffset === startOffset)) return;
    this.#replace([{ ...first, startOffset }, ...this.#entries.slice(inForce + 1)]);
  }

  clear(): void {
    if (this.#entries.length > 0) this.#replace([]);
  }

  isSameAs(entries: readonly EpochEntry[]): boolean {
    return (
      entries.length === this.#entries.length &&
      entries.every(
        ({ leaderEpoch, startOffset }, index) =>
          this.#entries[index]?.leaderEpoch === leaderEpoch &&
          this.#entries[index]?.startOffset === startOffset,
      )
    );
  }

  encode(): Uint8Array {
    const lines = this.#entries.map((entry) => `${entry.leaderEpoch} ${entry.startOffset}`);
    return encodeCheckedText(KIND, lines);
  }

  /** The entries of a file, or `undefined` when it is damaged. Throws as `decodeCheckedText`. */
  static decode(bytes: Uint8Array, path: string): EpochEntry[] | undefined {
    const entries: EpochEntry[] = [];
    for (const line of decodeCheckedText(KIND, bytes, path) ?? [DAMAGED]) {
      const [leaderEpoch, startOffset] = parseNumbers(line, 2) ?? [];
      if (leaderEpoch === undefined || startOffset === undefined) return undefined;
      const last = entries.at(-1);
      const rises = leaderEpoch > (last?.leaderEpoch ?? NONE);
      if (!rises || startOffset <= (last?.startOffset ?? NONE)) return undefined;
      entries.push({ leaderEpoch, startOffset });
    }
    return entries;
  }

  #replace(entries: EpochEntry[]): void {
    this.#entries = entries;
    this.#version += 1;
  }
}

const DAMAGED = 'damaged';
