import type { Partition } from '../../../src/broker/replication/partition.ts';
import { nextOffsetOf, readBatchHeader } from '../../../src/record/batch-header.ts';
import type { SimSchedule } from '../workload/schedules.ts';
import { nextAfter } from '../workload/schedules.ts';
import type { Step } from './delayed-steps.ts';
import { readBatches, stepsOf } from './delayed-steps.ts';
import { wrongTick } from './delayed-ticks.ts';
import type { ClusterView, DelayedAsked, DelayedChanged, Replica } from './invariant.ts';

/** Timestamps are whole milliseconds. */
export const ROUNDING_MS = 1;

/** A record that waits, by what is committed. */
interface Waiting {
  readonly offset: number;
  readonly dueMs: number;
  readonly value: string;
  readonly leaderEpoch: number;
  /** By which it repeats. */
  readonly schedule?: SimSchedule;
}

/** What is committed of one partition that holds records back. */
interface Committed {
  endOffset: number;
  /** By the offset at which each was held first. */
  readonly waiting: Map<number, Waiting>;
}

/** What is committed, of all partitions. */
export class DelayedLedger {
  /** Of records that were ever held. */
  readonly heldValues = new Set<string>();
  /** With when they were due, as each was held. */
  readonly #heldDues = new Set<string>();
  /** That someone wanted records to be due at. */
  readonly #askedDues = new Set<string>();
  readonly #waitingValues = new Set<string>();
  readonly #cancelledValues = new Set<string>();
  readonly #byPartition = new Map<string, Committed>();

  waitingIn({ key }: Partition): Committed['waiting'] {
    return this.#of(key).waiting;
  }

  onAsked(asked: DelayedAsked): void {
    this.#askedDues.add(heldDue(asked));
  }

  /** What such an answer says is committed. */
  isMade({ kind, value, dueMs }: DelayedChanged): boolean {
    if (kind === 'cancel') return this.#cancelledValues.has(value);
    return this.#heldDues.has(heldDue({ value, dueMs: dueMs ?? 0 }));
  }

  /** It waits by what is committed, or was cancelled before, which is true as often as it is asked. */
  mayChange({ kind, value, isKept }: DelayedChanged): boolean {
    if (this.#waitingValues.has(value)) return true;
    return kind === 'cancel' && isKept && this.#cancelledValues.has(value);
  }

  /** As far as this replica knows, from where others did. */
  learn(view: ClusterView, replica: Replica): void {
    const { key, log, highWatermark } = replica.partition;
    const committed = this.#of(key);
    if (highWatermark <= committed.endOffset) return;
    const from = Math.max(committed.endOffset, log.logStartOffset);
    for (const batch of readBatches(log, from, highWatermark)) {
      const header = readBatchHeader(batch);
      const leaderEpoch = header.partitionLeaderEpoch;
      committed.endOffset = nextOffsetOf(header);
      for (const step of stepsOf(batch))
        this.#take(view, replica, { step, committed, leaderEpoch });
    }
  }

  #take(view: ClusterView, replica: Replica, { step, committed, leaderEpoch }: Taken): void {
    const before = take(committed, step);
    const isAsked = this.#askedDues.has(heldDue(step));
    judge(view, replica, { step, before, isAsked });
    if (before !== undefined) this.#waitingValues.delete(before.value);
    if (step.kind === 'delivery') {
      const isLater = before !== undefined && before.leaderEpoch < leaderEpoch;
      view.mark('delayed.delivered');
      if (isLater) view.mark('delayed.by-a-later-leader');
      if (before === undefined || step.tick === undefined) return;
      markTick(view, { step, before, isLater });
      this.#wait(committed, step.firstOffset, {
        ...before,
        dueMs: step.tick.nextMs,
        leaderEpoch,
      });
    } else if (step.kind === 'cancellation') {
      view.mark('delayed.cancelled');
      if (before === undefined) return;
      if (before.schedule !== undefined) view.mark('delayed.schedule-cancelled');
      this.#cancelledValues.add(before.value);
    } else {
      if (step.takes) view.mark('delayed.held-anew');
      this.heldValues.add(step.value);
      this.#wait(committed, step.firstOffset, { ...step, leaderEpoch });
    }
  }

  #wait(committed: Committed, firstOffset: number, waiting: Waiting): void {
    this.#heldDues.add(heldDue(waiting));
    this.#waitingValues.add(waiting.value);
    committed.waiting.set(firstOffset, waiting);
  }

  #of(key: string): Committed {
    const known = this.#byPartition.get(key) ?? { endOffset: 0, waiting: new Map() };
    this.#byPartition.set(key, known);
    return known;
  }
}

/** A step of what is committed, written in this epoch. */
interface Taken {
  readonly step: Step;
  readonly committed: Committed;
  readonly leaderEpoch: number;
}

const markTick = (
  view: ClusterView,
  { step, before, isLater }: { step: Step; before: Waiting; isLater: boolean },
): void => {
  view.mark('delayed.tick');
  if (isLater) view.mark('delayed.tick-by-a-later-leader');
  const { tick, dueMs } = step;
  if (tick === undefined || before.schedule === undefined) return;
  if (tick.nextMs <= dueMs) view.mark('delayed.tick-made-up-for');
  const followingMs = nextAfter(before.schedule, before.dueMs);
  if (tick.nextMs !== followingMs) view.mark('delayed.ticks-passed-over');
};

const heldDue = ({ value, dueMs }: Pick<Waiting, 'value' | 'dueMs'>): string => `${value} ${dueMs}`;

const take = ({ waiting }: Committed, { takes, firstOffset }: Step): Waiting | undefined => {
  if (!takes) return undefined;
  const before = waiting.get(firstOffset);
  waiting.delete(firstOffset);
  return before;
};

interface Judged {
  readonly step: Step;
  readonly before: Waiting | undefined;
  /** Of a hold: someone wanted it to be due then. */
  readonly isAsked: boolean;
}

const judge = (view: ClusterView, replica: Replica, { step, before, isAsked }: Judged): void => {
  const { kind, offset, firstOffset, value, dueMs, takes, replaces } = step;
  if (!takes) return;
  const who = `${replica.partition.describe()}: the ${kind} of ${value} at ${offset}`;
  const isOther = kind !== 'cancellation' && before?.value !== value;
  const isElsewhere = replaces !== undefined && before?.offset !== replaces;
  if (before === undefined || isOther || isElsewhere) {
    const what =
      before === undefined ? 'nothing waits there' : `${before.value} waits, at ${before.offset}`;
    view.violate('delayed-once', `${who} takes ${firstOffset} out, and ${what}`);
    return;
  }
  if (kind === 'hold' && dueMs !== before.dueMs && !isAsked)
    view.violate('delayed-keeps-its-time', `${who} is due at ${dueMs}, and was at ${before.dueMs}`);
  if (kind !== 'delivery') return;
  if (dueMs + ROUNDING_MS <= before.dueMs)
    view.violate('delayed-in-time', `${who} comes at ${dueMs}, due at ${before.dueMs}`);
  const wrong = wrongTick(before, step);
  if (wrong !== undefined) view.violate('delayed-each-tick', `${who} ${wrong}`);
};
