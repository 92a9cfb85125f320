import type { Offset, PartitionId } from '../../../base/ids.ts';

/** A partition from before the fence, as it is now. */
export interface FencedPlace {
  /** Where the group goes on; undefined: it has committed nothing. */
  readonly nextOffset: Offset | undefined;
  /** Of the first record there is. */
  readonly startOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
}

export interface FenceLook {
  /** Partitions of the topic that the group has committed something of. */
  readonly committed: Iterable<PartitionId>;
  /** Producers write by the new number of partitions since before this look began. */
  readonly isSettled: boolean;
  /** All before the fence, by number. */
  readonly places: readonly FencedPlace[];
}

/**
 * Whether one group may be given the partitions behind a fence. What was written before is what
 * the others have in them at the first look after all producers have gone over to the new number:
 * no key has records both behind the fence and beyond those ends. Once reached, it stays reached.
 */
export class FenceCore {
  readonly #firstPartition: PartitionId;
  #goals: readonly Offset[] | undefined;
  #isReached = false;
  #isPassed = false;

  constructor(firstPartition: PartitionId) {
    this.#firstPartition = firstPartition;
  }

  get isPassed(): boolean {
    return this.#isPassed;
  }

  /**
   * All goals are, and that is to be stored where the next leader finds it: then it is passed. Not
   * where an earlier try was stored though its answer was lost: members may have gone on behind it.
   */
  get isReached(): boolean {
    return this.#isReached && !this.#isPassed;
  }

  pass(): void {
    this.#isPassed = true;
  }

  /** Who has, or has had, one behind it was given it by a leader who saw that it was passed. */
  onHeld(partitions: Iterable<PartitionId>): void {
    for (const partition of partitions) {
      if (partition >= this.#firstPartition) this.#isPassed = true;
    }
  }

  onLook({ committed, isSettled, places }: FenceLook): void {
    this.onHeld(committed);
    if (this.#isPassed || !isSettled) return;
    this.#goals ??= places.map(({ endOffset }) => endOffset);
    const goals = this.#goals;
    this.#isReached ||= goals.every((goal, partition) => {
      const { nextOffset = 0, startOffset = 0 } = places[partition] ?? {};
      // What retention took meanwhile nobody reads any more.
      return Math.max(nextOffset, startOffset) >= goal;
    });
  }
}
