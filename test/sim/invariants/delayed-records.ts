import type { Partition } from '../../../src/broker/replication/partition.ts';
import { isDelivery, isHeld, readBatchHeader } from '../../../src/record/batch-header.ts';
import { DelayedLedger, ROUNDING_MS } from './delayed-ledger.ts';
import type { Batches } from './delayed-steps.ts';
import { readBatches, stepsOf } from './delayed-steps.ts';
import { wrongFirstTick } from './delayed-ticks.ts';
import type { ClusterView, Invariant, Replica } from './invariant.ts';

/** What repeats may be so late once every clock has passed what was asked for. */
const LATE_MS = 10_000;

/**
 * A delayed record that was acknowledged is held in the committed log, taken out of what waits once
 * only, by its delivery, and delivered when a healthy cluster's clocks have passed its due time.
 * "Due" is by the wall clock of the leader that appends, at that moment, right or wrong: where that
 * clock jumps forward what it passes is due at once; where it jumps back, or another leader's is
 * behind, the record waits on. What was delivered stays so, whatever a clock says later. A change
 * is in the committed log when it is answered: what was cancelled there is taken out for ever, and
 * what was rescheduled is judged by its new time. What is held anew for any other reason keeps its
 * time. A record that repeats waits on after its delivery, for the tick that this has named; all of
 * them are the ticks of its schedule, one after the other, but for those that its leader may pass
 * over.
 */
export const delayedRecords = (): Invariant => {
  const ledger = new DelayedLedger();
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
    onDelayedAsked: (_view, asked) => ledger.onAsked(asked),
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
      for (const { partition, machine } of view.replicas) {
        const overdueMs = machine.clock.wallMs() - LATE_MS;
        // Others wait for no moment that has not come.
        const waiting = [...ledger.waitingIn(partition).values()].filter(
          ({ schedule, dueMs }) => schedule === undefined || dueMs < overdueMs,
        );
        const [first] = waiting;
        if (!partition.isLeader || first === undefined) continue;
        const { offset, value, dueMs } = first;
        const what = `${waiting.length} wait, first ${value} held at ${offset}, due at ${dueMs}`;
        view.violate('delayed-is-delivered', `${partition.describe()}: ${what}`);
      }
    },
  };
};

interface Led {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

/** What a leader has just delivered says the time of its own clock, and none that is yet to come. */
const checkClock = (view: ClusterView, { partition, machine }: Replica, batches: Batches): void => {
  for (const batch of batches) {
    const { attributes, maxTimestampMs, baseOffset } = readBatchHeader(batch);
    const wallMs = machine.clock.wallMs();
    if (isHeld(attributes)) checkFirstTicks(view, partition, { batch, wallMs });
    if (!isDelivery(attributes)) continue;
    if (Math.abs(maxTimestampMs - wallMs) <= ROUNDING_MS) continue;
    const who = `${partition.describe()}: the delivery at ${baseOffset}`;
    view.violate('delayed-in-time', `${who} says ${maxTimestampMs}, its leader ${wallMs}`);
  }
};

const checkFirstTicks = (
  view: ClusterView,
  partition: Partition,
  { batch, wallMs }: { readonly batch: Uint8Array; readonly wallMs: number },
): void => {
  for (const step of stepsOf(batch)) {
    const wrong = wrongFirstTick(step, { wallMs, roundingMs: ROUNDING_MS });
    const who = `${partition.describe()}: ${step.value} at ${step.offset}`;
    if (wrong !== undefined) view.violate('delayed-each-tick', `${who} ${wrong}`);
  }
};
