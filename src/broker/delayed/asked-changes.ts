import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { DelayChange } from '../replication/partition-delays.ts';
import type { Hold } from './held-batch.ts';
import type { PendingIndex } from './pending-index.ts';

/** A change of a record that waits, until who asked for it is answered. */
export class AskedChange {
  readonly change: DelayChange;
  /** Exclusive: it is true once this is committed, and known to be. */
  endOffset: Offset = Number.POSITIVE_INFINITY;
  error: OttlaError | undefined;

  constructor(change: DelayChange) {
    this.change = change;
  }

  /** It is neither in the log nor refused. */
  get isOpen(): boolean {
    return this.error === undefined && this.endOffset === Number.POSITIVE_INFINITY;
  }
}

/** A change that is to be appended, and the record as it waits now. */
export interface JudgedChange {
  readonly asked: AskedChange;
  readonly hold: Hold;
}

export interface JudgedChanges {
  readonly cancelled: readonly JudgedChange[];
  readonly rescheduled: readonly JudgedChange[];
}

interface Judge {
  readonly index: Pick<PendingIndex, 'find' | 'isCancelled'>;
  /** What takes it out of those that wait is appended, and not committed: that decides first. */
  readonly isInFlight: (offset: Offset) => boolean;
  /** Of the partition, for messages. */
  readonly name: string;
}

/**
 * What has to be appended, at most one change a record; ends those that are true already, and those
 * of records that do not wait. The rest stays open until what is in flight is committed.
 */
export const judgeChanges = async (
  open: readonly AskedChange[],
  { index, isInFlight, name }: Judge,
): Promise<JudgedChanges> => {
  const cancelled: JudgedChange[] = [];
  const rescheduled: JudgedChange[] = [];
  const taken = new Set<Offset>();
  for (const asked of open) {
    const { firstOffset, dueMs } = asked.change;
    const hold = await index.find(firstOffset);
    if (hold?.firstOffset !== firstOffset) {
      const isDone = dueMs === undefined && (await index.isCancelled(firstOffset));
      if (isDone) asked.endOffset = 0;
      else asked.error = notWaiting(name, firstOffset);
    } else if (isInFlight(hold.offset) || taken.has(hold.offset)) {
    } else if (hold.dueMs === dueMs) {
      asked.endOffset = 0;
    } else {
      taken.add(hold.offset);
      (dueMs === undefined ? cancelled : rescheduled).push({ asked, hold });
    }
  }
  return { cancelled, rescheduled };
};

const notWaiting = (name: string, firstOffset: Offset): OttlaError =>
  new OttlaError(
    'RESOURCE_NOT_FOUND',
    `${name} has no record that waits and was held at ${firstOffset}: it was delivered or cancelled, or never held there`,
  );
