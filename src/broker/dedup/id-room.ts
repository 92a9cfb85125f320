import { must } from '../../base/assert.ts';
import type { HeldIds } from './id-window.ts';

/** Has ids of one partition. */
export interface IdHolder {
  readonly heldCount: number;
  /** The oldest goes, within its window or not; there is one. */
  giveUpOldest(): void;
}

/**
 * Who gives up is looked for anew after so many, or after one part in eight of what it had: where
 * many have as much as each other a longer turn would cost one of them its whole window.
 */
const TURN_IDS = 1024;
const TURN_PARTS = 8;

/**
 * The room for ids on one broker, [dedup.max.ids], shared by all its replicas. Where it is full
 * the one that has most forgets its oldest: a partition with few keeps its whole window, however
 * many another has.
 */
export class IdRoom implements HeldIds {
  readonly maxCount: number;
  heldCount = 0;
  readonly #holders = new Set<IdHolder>();
  readonly #onFull: () => void;
  #isFull = false;
  #giver: IdHolder | undefined;
  /** How many the giver still gives before another is looked for. */
  #turnIds = 0;

  /** `onFull`: it has become so; said again once it was half empty in between. */
  constructor(maxCount: number, onFull: () => void) {
    this.maxCount = maxCount;
    this.#onFull = onFull;
  }

  enter(holder: IdHolder): void {
    this.#holders.add(holder);
  }

  /** With all that it has. */
  leave(holder: IdHolder): void {
    if (!this.#holders.delete(holder)) return;
    this.heldCount -= holder.heldCount;
    if (this.#giver === holder) this.#giver = undefined;
  }

  /** After ids were taken in. */
  keepBound(): void {
    if (this.heldCount <= this.maxCount / 2) this.#isFull = false;
    while (this.heldCount > this.maxCount) {
      if (!this.#isFull) this.#onFull();
      this.#isFull = true;
      this.#nextGiver().giveUpOldest();
    }
  }

  #nextGiver(): IdHolder {
    this.#turnIds -= 1;
    const giver = this.#giver;
    if (giver !== undefined && giver.heldCount > 0 && this.#turnIds > 0) return giver;
    let most: IdHolder | undefined;
    for (const holder of this.#holders) {
      if (holder.heldCount > (most?.heldCount ?? 0)) most = holder;
    }
    const next = must(most, 'somebody has what is held');
    this.#giver = next;
    this.#turnIds = Math.min(TURN_IDS, Math.ceil(next.heldCount / TURN_PARTS));
    return next;
  }
}
