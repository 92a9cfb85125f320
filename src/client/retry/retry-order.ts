import type { Offset } from '../../base/ids.ts';

/** Records of one lane are handled in the order of their offsets; undefined: it is in none. */
export type Lane = number | undefined;

/** One record of the topic that is read, wherever it is now. */
export interface RetryPlace {
  readonly lane: Lane;
  /** In the topic that is read. */
  readonly offset: Offset;
  /** How often it had been sent to the retry topic; 0: it is where it was first. */
  readonly hops: number;
}

/**
 * `handle`: it is its turn. `there`: it is in the retry topic as well, and handled from there.
 * `behind`: one before it in its lane is not finished; it may come again at this moment.
 */
export type RetryTurn =
  | { readonly kind: 'handle' }
  | { readonly kind: 'there' }
  | { readonly kind: 'behind'; readonly dueMs: number };

interface Waiting {
  readonly hops: number;
  readonly dueMs: number;
  /** Which look at the topic it was known to be there before; undefined: it is being sent. */
  sureAt: number | undefined;
}

/** What of one record is in the retry topic. */
interface Entry {
  /** It will come from there. */
  waiting: Waiting | undefined;
  /** Copies that came from there and are not finished. */
  takenCount: number;
  /** How often the latest of them had been sent. */
  takenHops: number;
}

const HANDLE: RetryTurn = { kind: 'handle' };
const THERE: RetryTurn = { kind: 'there' };
/** What is due but does not come: whoever is behind it looks again after this. */
const LATE_PAUSE_MS = 1000;

/**
 * What of one partition is in the retry topic and not finished, by lane: whose turn it is. Records
 * of a lane that came in any order, from either topic, are let through in that of their offsets.
 */
export class RetryOrder {
  readonly #lanes = new Map<Lane, Map<Offset, Entry>>();
  #look = 0;

  /** It is about to be sent: from now on it will come. */
  onSend({ lane, offset, hops }: RetryPlace, dueMs: number): void {
    this.#entry(lane, offset).waiting = { hops, dueMs, sureAt: undefined };
  }

  /** It is acknowledged. */
  onSent({ lane, offset, hops }: RetryPlace): void {
    const waiting = this.#lanes.get(lane)?.get(offset)?.waiting;
    if (waiting?.hops === hops) waiting.sureAt = this.#look;
  }

  /** It was not sent: the topic can never take it. */
  onRefused({ lane, offset, hops }: RetryPlace): void {
    const entry = this.#lanes.get(lane)?.get(offset);
    if (entry?.waiting?.hops !== hops) return;
    entry.waiting = undefined;
    this.#forgetIfGone(lane, offset, entry);
  }

  /** It was found to wait; where it has come since, that counts. */
  onFound(place: RetryPlace, dueMs: number): void {
    const entry = this.#lanes.get(place.lane)?.get(place.offset);
    if (entry !== undefined && entry.takenHops >= place.hops) return;
    this.onSend(place, dueMs);
    this.onSent(place);
  }

  /** This copy has come from the retry topic; one that was sent later is still to come. */
  onTaken({ lane, offset, hops }: RetryPlace): void {
    const entry = this.#entry(lane, offset);
    entry.takenCount += 1;
    entry.takenHops = Math.max(entry.takenHops, hops);
    if ((entry.waiting?.hops ?? 0) <= hops) entry.waiting = undefined;
  }

  /** One that had come is finished here: handled, given up, or sent once more. */
  onEnded({ lane, offset }: RetryPlace): void {
    const entry = this.#entry(lane, offset);
    entry.takenCount -= 1;
    this.#forgetIfGone(lane, offset, entry);
  }

  /** `isBack`: it has come from the retry topic. */
  turnOf({ lane, offset, hops }: RetryPlace, isBack: boolean, nowMs: number): RetryTurn {
    const entries = this.#lanes.get(lane);
    if (entries === undefined) return HANDLE;
    const own = entries.get(offset);
    const isComing = own?.waiting !== undefined && own.waiting.hops > hops;
    if (isComing || (!isBack && own !== undefined)) return THERE;
    return lane === undefined ? HANDLE : turnBehind(entries, offset, nowMs);
  }

  /** Whether something was due before `beforeMs` and has not come. */
  isLate(beforeMs: number): boolean {
    for (const { waiting } of this.#waiting()) if (waiting.dueMs < beforeMs) return true;
    return false;
  }

  /** A new look at what waits: see `dropMissing`. */
  beginLook(): void {
    this.#look += 1;
  }

  /**
   * What was there before the look began, was not seen by it, and has not come from what was
   * delivered before its end, will not come: it was cancelled. What was rescheduled has a new time.
   */
  dropMissing(seen: ReadonlyMap<Offset, number>): void {
    for (const { lane, offset, entry, waiting } of this.#waiting()) {
      const dueMs = seen.get(offset);
      if (dueMs !== undefined) entry.waiting = { ...waiting, dueMs };
      else if (waiting.sureAt !== undefined && waiting.sureAt < this.#look) {
        entry.waiting = undefined;
        this.#forgetIfGone(lane, offset, entry);
      }
    }
  }

  #waiting(): Array<{ lane: Lane; offset: Offset; entry: Entry; waiting: Waiting }> {
    return [...this.#lanes].flatMap(([lane, entries]) =>
      [...entries].flatMap(([offset, entry]) =>
        entry.waiting === undefined ? [] : [{ lane, offset, entry, waiting: entry.waiting }],
      ),
    );
  }

  #entry(lane: Lane, offset: Offset): Entry {
    const entries = this.#lanes.get(lane) ?? new Map<Offset, Entry>();
    this.#lanes.set(lane, entries);
    const entry = entries.get(offset) ?? { waiting: undefined, takenCount: 0, takenHops: 0 };
    entries.set(offset, entry);
    return entry;
  }

  #forgetIfGone(lane: Lane, offset: Offset, { waiting, takenCount }: Entry): void {
    if (waiting !== undefined || takenCount > 0) return;
    const entries = this.#lanes.get(lane);
    entries?.delete(offset);
    if (entries?.size === 0) this.#lanes.delete(lane);
  }
}

/** Not before any that it follows: what is sent later, and due at the same moment, comes later. */
const turnBehind = (
  entries: ReadonlyMap<Offset, Entry>,
  offset: Offset,
  nowMs: number,
): RetryTurn => {
  let dueMs: number | undefined;
  for (const [at, { waiting }] of entries) {
    if (at >= offset) continue;
    const isLate = waiting !== undefined && waiting.dueMs <= nowMs;
    const aheadMs = isLate ? nowMs + LATE_PAUSE_MS : (waiting?.dueMs ?? nowMs);
    dueMs = Math.max(dueMs ?? nowMs, aheadMs);
  }
  return dueMs === undefined ? HANDLE : { kind: 'behind', dueMs };
};
