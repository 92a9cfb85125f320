import type { Partition } from '../../../src/broker/replication/partition.ts';
import { isDelivery, nextOffsetOf, readBatchHeader } from '../../../src/record/batch-header.ts';
import type { Batches, Step } from './delayed-steps.ts';
import { readBatches, stepsOf } from './delayed-steps.ts';
import type { ClusterView, DelayedChanged, Invariant, Replica } from './invariant.ts';

/** Timestamps are whole milliseconds. */
const ROUNDING_MS = 1;

/** A record that waits, by what is committed. */
interface Waiting {
  readonly offset: number;
  readonly dueMs: number;
  readonly value: string;
  readonly leaderEpoch: number;
}

/** What is committed of one partition that holds records back. */
interface Committed {
  endOffset: number;
  /** By the offset at which each was held first. */
  readonly waiting: Map<number, Waiting>;
}

/**
 * A delayed record that was acknowledged is held in the committed log, taken out of what waits once
 * only, by its delivery, and delivered when a healthy cluster's clocks have passed its due time.
 * "Due" is by the wall clock of the leader that appends, at that moment, right or wrong: where that
 * clock jumps forward what it passes is due at once; where it jumps back, or another leader's is
 * behind, the record waits on. What was delivered stays so, whatever a clock says later. A change
 * is in the committed log when it is answered: what was cancelled there is taken out for ever, and
 * what was rescheduled is judged by its new time.
 */
export const delayedRecords = (): Invariant => {
  const ledger = new Ledger();
  /** How far the log of each leader was when it was last looked at. */
  const led = new WeakMap<Partition, Led>();
  return {
    name: 'delayed-records',
    source: 'docs/adr/006: what waits is what is held and not delivered, by the committed log',
    onEvent: (view) => {
      for (const replica of view.replicas) {
        const { isLeader, core, log } = replica.partition;
        if (!log.config.delayEnable) continue;
        ledger.learn(view, replica);
        if (!isLeader) continue;
        const now = { leaderEpoch: core.leaderEpoch, endOffset: log.logEndOffset };
        const before = led.get(replica.partition) ?? now;
        led.set(replica.partition, now);
        if (before.leaderEpoch !== now.leaderEpoch || before.endOffset === now.endOffset) continue;
        checkClock(view, replica, readBatches(log, before.endOffset, now.endOffset));
      }
    },
    onDelayedAcknowledged: (view, { topic, partition, value }) => {
      view.mark('delayed.acknowledged');
      if (ledger.heldValues.has(value)) return;
      const what = `${value} is acknowledged, and nowhere in what is committed`;
      view.violate('delayed-is-held', `${topic}-${partition}: ${what}`);
    },
    onDelayedChanged: (view, changed) => {
      const { topic, kind, value, isDone } = changed;
      view.mark(`delayed.${kind}-${isDone ? 'made' : 'refused'}`);
      const who = `${topic}: the ${kind} of ${value}`;
      if (isDone && !ledger.isMade(changed))
        view.violate(
          'delayed-change-is-made',
          `${who} is answered, and nowhere in what is committed`,
        );
      if (!isDone && ledger.mayChange(changed))
        view.violate('delayed-refused-is-gone', `${who} is refused, and it could be made`);
    },
    onAllDue: (view) => {
      for (const { partition } of view.replicas) {
        const waiting = ledger.waitingIn(partition);
        const [first] = waiting;
        if (!partition.isLeader || first === undefined) continue;
        const [, { offset, value, dueMs }] = first;
        const what = `${waiting.size} wait, first ${value} held at ${offset}, due at ${dueMs}`;
        view.violate('delayed-is-delivered', `${partition.describe()}: ${what}`);
      }
    },
  };
};

interface Led {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

/** What is committed, of all partitions. */
class Ledger {
  /** Of records that were ever held. */
  readonly heldValues = new Set<string>();
  /** With when they were due, as each was held. */
  readonly #heldDues = new Set<string>();
  readonly #waitingValues = new Set<string>();
  readonly #cancelledValues = new Set<string>();
  readonly #byPartition = new Map<string, Committed>();

  waitingIn({ key }: Partition): Committed['waiting'] {
    return this.#of(key).waiting;
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
      for (const step of stepsOf(batch)) {
        const before = take(committed, step);
        judge(view, replica, { step, before });
        const isLater = before !== undefined && before.leaderEpoch < leaderEpoch;
        if (before !== undefined) this.#waitingValues.delete(before.value);
        if (step.kind === 'delivery') {
          view.mark('delayed.delivered');
          if (isLater) view.mark('delayed.by-a-later-leader');
        } else if (step.kind === 'cancellation') {
          view.mark('delayed.cancelled');
          if (before !== undefined) this.#cancelledValues.add(before.value);
        } else {
          if (step.takes) view.mark('delayed.held-anew');
          this.heldValues.add(step.value);
          this.#heldDues.add(heldDue(step));
          this.#waitingValues.add(step.value);
          committed.waiting.set(step.firstOffset, { ...step, leaderEpoch });
        }
      }
    }
  }

  #of(key: string): Committed {
    const known = this.#byPartition.get(key) ?? { endOffset: 0, waiting: new Map() };
    this.#byPartition.set(key, known);
    return known;
  }
}

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
}

const judge = (view: ClusterView, replica: Replica, { step, before }: Judged): void => {
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
  const isInTime = kind === 'delivery' ? dueMs + ROUNDING_MS > before.dueMs : true;
  if (isInTime) return;
  view.violate('delayed-in-time', `${who} comes at ${dueMs}, due at ${before.dueMs}`);
};

/** What a leader has just delivered says the time of its own clock, and none that is yet to come. */
const checkClock = (view: ClusterView, { partition, machine }: Replica, batches: Batches): void => {
  for (const batch of batches) {
    const { attributes, maxTimestampMs, baseOffset } = readBatchHeader(batch);
    if (!isDelivery(attributes)) continue;
    const wallMs = machine.clock.wallMs();
    if (Math.abs(maxTimestampMs - wallMs) <= ROUNDING_MS) continue;
    const who = `${partition.describe()}: the delivery at ${baseOffset}`;
    view.violate('delayed-in-time', `${who} says ${maxTimestampMs}, its leader ${wallMs}`);
  }
};
