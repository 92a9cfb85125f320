import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Change, Hold } from './held-batch.ts';

/** A cancelled record, and the one that says so. */
export interface Cancelled {
  readonly firstOffset: Offset;
  readonly atOffset: Offset;
}

/** What changes of the log come to, all together. */
export interface AppliedStep {
  readonly added: readonly Hold[];
  /** Of those that waited before. */
  readonly removed: readonly Hold[];
  /** Where each was held that the changes took out; those that waited never too. */
  readonly gone: readonly Offset[];
  readonly cancelled: readonly Cancelled[];
}

/** `find`: the one that waited before, by where it is held or was first. */
export const stepOf = async (
  changes: readonly Change[],
  find: (offset: Offset) => Promise<Hold | undefined>,
): Promise<AppliedStep> => {
  const added = new Map<Offset, Hold>();
  /** Where those of `added` are that were held elsewhere first. */
  const moved = new Map<Offset, Offset>();
  const removed = new Map<Offset, Hold>();
  const gone: Offset[] = [];
  const cancelled: Cancelled[] = [];
  /** What waited there. */
  const takeOut = async (offset: Offset): Promise<Hold | undefined> => {
    const at = moved.get(offset) ?? offset;
    const fresh = added.get(at);
    added.delete(at);
    // What was taken out before in this step is still found.
    const found = fresh === undefined ? await find(offset) : undefined;
    const hold = found !== undefined && removed.has(found.offset) ? undefined : found;
    if (hold !== undefined) removed.set(hold.offset, hold);
    gone.push(hold?.offset ?? at);
    return fresh ?? hold;
  };
  const add = (hold: Hold): void => {
    added.set(hold.offset, hold);
    if (hold.firstOffset !== hold.offset) moved.set(hold.firstOffset, hold.offset);
  };
  for (const change of changes) {
    if (change.kind === 'hold') {
      const { hold, replaces } = change;
      const { offset, firstOffset } = hold;
      // By both names: the form it replaces may have been compacted away before it came here.
      if (replaces !== NONE) await takeOut(replaces);
      if (firstOffset !== offset && firstOffset !== replaces) await takeOut(firstOffset);
      add(hold);
      continue;
    }
    const taken = await takeOut(change.offset);
    if (change.kind === 'repeated' && taken !== undefined) {
      add({ ...taken, dueMs: change.dueMs, isTold: true });
    }
    if (change.kind !== 'cancelled') continue;
    cancelled.push({ firstOffset: change.offset, atOffset: change.atOffset });
  }
  return { added: [...added.values()], removed: [...removed.values()], gone, cancelled };
};
