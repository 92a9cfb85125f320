import { partitionKey } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';

/**
 * Replicas of this broker whose log is not here. *Away*: in a directory that failed, or was missing
 * at the start; nothing is made in their place as long as this process runs, since the log may come
 * back. *Gone*: in a directory that was given up; an empty log may be made once the cluster counts
 * on the old one no more.
 */
export class OfflineReplicas {
  readonly #away = new Map<string, PartitionRef>();
  readonly #gone = new Map<string, PartitionRef>();
  readonly #onNoneGone: () => void;

  /** `onNoneGone` is called whenever the last one that is gone has been seen to. */
  constructor(onNoneGone: () => void) {
    this.#onNoneGone = onNoneGone;
  }

  get away(): PartitionRef[] {
    return [...this.#away.values()];
  }

  get gone(): PartitionRef[] {
    return [...this.#gone.values()];
  }

  isAway(key: string): boolean {
    return this.#away.has(key);
  }

  isGone(key: string): boolean {
    return this.#gone.has(key);
  }

  /** Returns those that were not away before. */
  addAway(refs: readonly PartitionRef[]): PartitionRef[] {
    const added = refs.filter((ref) => !this.#away.has(keyOf(ref)));
    for (const ref of added) {
      this.#away.set(keyOf(ref), ref);
      this.#gone.delete(keyOf(ref));
    }
    return added;
  }

  addGone(refs: readonly PartitionRef[]): void {
    for (const ref of refs) this.#gone.set(keyOf(ref), ref);
    if (this.#gone.size === 0) this.#onNoneGone();
  }

  /** The cluster counts on it no more, or it is no replica of this broker any more. */
  settleGone(key: string): void {
    if (this.#gone.delete(key) && this.#gone.size === 0) this.#onNoneGone();
  }
}

const keyOf = ({ topicId, partition }: PartitionRef): string => partitionKey(topicId, partition);
