import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { ReadRequest, ReadResult } from './read.ts';
import type { SegmentList } from './segment-list.ts';

/** Held for all logs of a process together. */
const COUNT_MAX = 16;
/** Under way at once: the threads of the pool are for syncs and for readers who wait, too. */
const UNDER_WAY_MAX = 4;
/** Of one: what memory that is used again has room for. */
const BYTES_MAX = 1024 * 1024;
/** A reader that has not come for what was read for it makes room for another one. */
const PATIENCE_MS = 5000;

/** Bounds what the logs of a process hold of reads that nobody has asked for yet. */
export class AheadRoom {
  readonly #clock: Clock;
  /** Oldest first: how each is let go of, and since when it is here. */
  readonly #held = new Map<() => void, number>();
  #underWayCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  /**
   * False where all the room is taken; else `letGo` is called when others need it. A read begins
   * now, whose end is told by `onRead`.
   */
  enter(letGo: () => void): boolean {
    if (this.#underWayCount >= UNDER_WAY_MAX) return false;
    const nowMs = this.#clock.monotonicMs();
    if (this.#held.size >= COUNT_MAX && !this.#maybeMakeRoom(nowMs)) return false;
    this.#held.set(letGo, nowMs);
    this.#underWayCount += 1;
    return true;
  }

  onRead(): void {
    this.#underWayCount -= 1;
  }

  leave(letGo: () => void): void {
    this.#held.delete(letGo);
  }

  #maybeMakeRoom(nowMs: number): boolean {
    for (const [letGo, sinceMs] of this.#held) {
      if (nowMs - sinceMs < PATIENCE_MS) return false;
      this.#held.delete(letGo);
      letGo();
      return true;
    }
    return false;
  }
}

interface Ahead {
  readonly request: ReadRequest;
  /** Of the segments when it was begun. */
  readonly lossCount: number;
  readonly result: Promise<ReadResult | undefined>;
  readonly letGo: () => void;
}

/**
 * Reads of one log that are begun before they are asked for, so that the device and the sums work
 * while the reader does. Readers that have come equally far share them.
 */
export class ReadAhead {
  readonly #room: AheadRoom;
  readonly #segments: Pick<SegmentList, 'lossCount'>;
  readonly #byOffset = new Map<Offset, Ahead>();

  constructor(room: AheadRoom, segments: Pick<SegmentList, 'lossCount'>) {
    this.#room = room;
    this.#segments = segments;
  }

  /** Begins a read unless it is large, begun already, or there is no room. */
  maybeBegin(request: ReadRequest, read: (request: ReadRequest) => Promise<ReadResult>): void {
    const { fetchOffset, maxBytes } = request;
    if (maxBytes > BYTES_MAX || this.#byOffset.has(fetchOffset)) return;
    const letGo = (): void => this.#forget(fetchOffset);
    if (!this.#room.enter(letGo)) return;
    const { lossCount } = this.#segments;
    // A batch that is larger than all of it is for its reader to ask for.
    const result = read({ ...request, atLeastOne: false })
      .catch(unlessRefused)
      .finally(() => this.#room.onRead());
    this.#byOffset.set(fetchOffset, { request, lossCount, result, letGo });
  }

  /** What was read for such a request, also where that is under way; or undefined. */
  async take(request: ReadRequest): Promise<ReadResult | undefined> {
    const ahead = this.#byOffset.get(request.fetchOffset);
    if (ahead === undefined) return undefined;
    this.#byOffset.delete(request.fetchOffset);
    this.#room.leave(ahead.letGo);
    const result = await ahead.result;
    if (result === undefined || this.#isAnswer(ahead, result, request)) return result;
    result.loan?.giveBack();
    return undefined;
  }

  /** Nobody comes for what was read of a log that is closed. */
  clear(): void {
    for (const { letGo } of [...this.#byOffset.values()]) {
      this.#room.leave(letGo);
      letGo();
    }
  }

  /** What is gone from the log by now, or was replaced in it, is not given. */
  #isAnswer(ahead: Ahead, { sizeBytes, nextOffset }: ReadResult, request: ReadRequest): boolean {
    if (ahead.lossCount !== this.#segments.lossCount) return false;
    if (ahead.request.withoutGaps !== request.withoutGaps) return false;
    return sizeBytes > 0 && sizeBytes <= request.maxBytes && nextOffset <= request.endOffset;
  }

  #forget(fetchOffset: Offset): void {
    const ahead = this.#byOffset.get(fetchOffset);
    this.#byOffset.delete(fetchOffset);
    void ahead?.result.then((result) => result?.loan?.giveBack());
  }
}

/** Rot and the like are told to who asks for it: that read meets them again. */
const unlessRefused = (error: unknown): undefined => {
  if (!(error instanceof OttlaError)) throw error;
};
