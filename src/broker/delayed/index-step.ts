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
  const takeOut = async (offset: Offset): Promise<void> => {
    const at = moved.get(offset) ?? offset;
    const isNew = added.delete(at);
    const hold = isNew ? undefined : await find(offset);
    if (hold !== undefined) removed.set(hold.offset, hold);
    gone.push(hold?.offset ?? at);
  };
  for (const change of changes) {
    if (change.kind === 'hold') {
      const { hold, replaces } = change;
      const { offset, firstOffset } = hold;
      // By both names: the form it replaces may have been compacted away before it came here.
      if (replaces !== NONE) await takeOut(replaces);
      if (firstOffset !== offset && firstOffset !== replaces) await takeOut(firstOffset);
      added.set(offset, hold);
      if (firstOffset !== offset) moved.set(firstOffset, offset);
      continue;
    }
    await takeOut(change.offset);
    if (change.kind === 'gone') continue;
    cancelled.push({ firstOffset: change.offset, atOffset: change.atOffset });
  }
  return { added: [...added.values()], removed: [...removed.values()], gone, cancelled };
};
