import type { BrokerEpoch, FlushedOffset, NodeId, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { flushedWithin, NOTHING_FLUSHED } from '../../log/flushed-offset.ts';

/** When an acknowledgement counts: on disk, or in memory. */
export type AckDurability = 'fsync' | 'memory';

/** One verified, non-diverging fetch of a follower. */
export interface FollowerFetch {
  readonly brokerId: NodeId;
  /** The registration that the follower's stream was opened under. */
  readonly brokerEpoch: BrokerEpoch;
  /** The stream that fetched; only the last one that did may report progress. */
  readonly session: object;
  /** The follower has all below. */
  readonly fetchOffset: Offset;
  /** All below is on the follower's disk. */
  readonly flushedOffset: FlushedOffset;
  /** The first offset that the follower still holds. */
  readonly logStartOffset: Offset;
  readonly nowMs: number;
}

/** What a follower reports to have become durable. */
export interface FollowerFlush {
  readonly brokerId: NodeId;
  readonly session: object;
  readonly flushedOffset: FlushedOffset;
  readonly nowMs: number;
}

/**
 * What the leader knows of one follower within one leader epoch. Nothing is known before the
 * first verified fetch: a position from before the election says nothing about this log.
 */
export class FollowerProgress {
  readonly brokerId: NodeId;
  #brokerEpoch: BrokerEpoch = NONE;
  #session: object | undefined;
  #fetchOffset: Offset = NONE;
  #flushedOffset: FlushedOffset = NOTHING_FLUSHED;
  #logStartOffset: Offset = NONE;
  #lastCaughtUpMs: number;
  /** The leader's end at an earlier moment: reaching it proves having been caught up then. */
  #mark: { readonly logEndOffset: Offset; readonly atMs: number } | undefined;

  /** `lastCaughtUpMs`: the election for members of the ISR, minus infinity for the others. */
  constructor(brokerId: NodeId, lastCaughtUpMs: number) {
    this.brokerId = brokerId;
    this.#lastCaughtUpMs = lastCaughtUpMs;
  }

  get brokerEpoch(): BrokerEpoch {
    return this.#brokerEpoch;
  }

  get lastCaughtUpMs(): number {
    return this.#lastCaughtUpMs;
  }

  get fetchOffset(): Offset {
    return this.#fetchOffset;
  }

  /** Where its log began when it fetched last; `NONE` before it has. */
  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }

  /** True once this follower has fetched in this leader epoch. */
  get isHeard(): boolean {
    return this.#fetchOffset !== NONE;
  }

  /**
   * All below is on its disk; `NONE` before the first fetch. Bytes that the leader has not verified
   * to be its own do not count, whatever the follower says to have flushed.
   */
  get flushedPosition(): FlushedOffset {
    return flushedWithin(this.#flushedOffset, this.#fetchOffset);
  }

  /** All below counts for acknowledgements; `NONE` before the first fetch. */
  positionOf(durability: AckDurability): Offset {
    return durability === 'memory' ? this.#fetchOffset : this.flushedPosition;
  }

  /** False, and nothing changes, when the fetch is of an older registration than one seen. */
  onFetch(fetch: FollowerFetch): boolean {
    if (fetch.brokerEpoch < this.#brokerEpoch) return false;
    this.#brokerEpoch = fetch.brokerEpoch;
    this.#session = fetch.session;
    this.#fetchOffset = fetch.fetchOffset;
    this.#logStartOffset = fetch.logStartOffset;
    this.#flushedOffset = flushedWithin(fetch.flushedOffset, fetch.fetchOffset);
    return true;
  }

  /** False, and nothing changes, when another stream has fetched since. */
  onFlushed(flush: FollowerFlush): boolean {
    if (flush.session !== this.#session) return false;
    this.#flushedOffset = flush.flushedOffset;
    return true;
  }

  /** Notes whether the position proves that the follower was caught up, and when. */
  observe(position: Offset, logEndOffset: Offset, nowMs: number): void {
    const mark = this.#mark;
    if (position >= logEndOffset) this.#lastCaughtUpMs = nowMs;
    else if (mark !== undefined && position >= mark.logEndOffset) {
      this.#lastCaughtUpMs = Math.max(this.#lastCaughtUpMs, mark.atMs);
    } else if (mark !== undefined) return;
    this.#mark = { logEndOffset, atMs: nowMs };
  }
}

/**
 * As they stood just before an append. Who had all until then was caught up until then: a follower
 * of an idle partition says nothing, since nothing changes, and its time begins with the append.
 */
export const observeAll = (
  followers: ReadonlyMap<NodeId, FollowerProgress>,
  durability: AckDurability,
  before: { readonly logEndOffset: Offset; readonly nowMs: number },
): void => {
  for (const follower of followers.values()) {
    const position = follower.positionOf(durability);
    if (position < before.logEndOffset) continue;
    follower.observe(position, before.logEndOffset, before.nowMs);
  }
};
