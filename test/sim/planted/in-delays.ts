import type { Edit, Planted } from './fault.ts';
import { PLANTED_IN_SCHEDULES } from './in-schedules.ts';

const SCHEDULE = 'src/broker/delayed/partition-schedule.ts';

const CHANGES = 'src/broker/delayed/schedule-changes.ts';

const DUE_EARLY: Edit = {
  path: SCHEDULE,
  original: 'this.#window.due(clock.wallMs(), DELIVERY_COUNT_MAX)',
  fault: 'this.#window.due(clock.wallMs() + 500, DELIVERY_COUNT_MAX)',
};

/** Faults of delayed records: when, how often and whether they are delivered. */
export const PLANTED_IN_DELAYS: readonly Planted[] = [
  {
    name: 'deliver-before-all-is-known-that-others-delivered',
    path: SCHEDULE,
    original: 'const needed = Math.max(partition.core.epochStartOffset, this.#startOffset);',
    fault: 'const needed = 0;',
    finder: { seeds: '11' },
    property: 'delayed-once',
  },
  {
    name: 'deliver-what-is-nearly-due',
    ...DUE_EARLY,
    finder: { seeds: '11' },
    property: 'delayed-in-time',
  },
  {
    name: 'deliver-what-is-nearly-due-and-say-another-time',
    ...DUE_EARLY,
    also: [
      {
        path: SCHEDULE,
        original: 'partition.appendOwn(deliveryBatch(due, nowMs, { codec }));',
        fault: 'partition.appendOwn(deliveryBatch(due, nowMs + 500, { codec }));',
      },
    ],
    finder: { seeds: '11' },
    property: 'delayed-in-time',
  },
  {
    name: 'acknowledge-what-waits-by-the-leader-alone',
    path: 'src/broker/replication/partition.ts',
    original: 'if (options.acks !== -1) {',
    fault: 'if (options.acks !== -1 || options.held !== undefined) {',
    finder: { seeds: '11' },
    property: 'delayed-is-held',
  },
  {
    name: 'trust-an-index-that-lost-entries',
    path: 'src/broker/delayed/pending-index.ts',
    original: 'byOffset.is(waiting) && byDue.is(waiting) && byFirst.is(moved);',
    fault: 'waiting.count >= 0;',
    finder: { seeds: '1016' },
    property: 'history: duplicate',
  },
  {
    name: 'sleep-on-when-a-record-is-due',
    path: SCHEDULE,
    original:
      'return nextDueMs === undefined ? undefined : Math.max(0, nextDueMs - clock.wallMs());',
    fault: 'return undefined;',
    finder: { seeds: '11' },
    property: 'delayed-is-delivered',
  },
  {
    name: 'answer-a-change-before-it-is-committed',
    path: CHANGES,
    original: 'asked.error !== undefined || knownOffset() >= asked.endOffset;',
    fault: '!asked.isOpen || knownOffset() < 0;',
    finder: { seeds: '11' },
    property: 'delayed-change-is-made',
  },
  {
    name: 'give-a-rescheduled-record-its-old-time',
    path: SCHEDULE,
    original: 'dueMs: dues.get(hold) ?? hold.dueMs,',
    fault: 'dueMs: hold.dueMs,',
    finder: { seeds: '11' },
    property: 'delayed-change-is-made',
  },
  {
    name: 'deliver-what-is-being-cancelled',
    path: CHANGES,
    original: 'window.noteInFlight(cancelled.map(({ hold }) => hold.offset));',
    fault: 'void window;',
    finder: { seeds: '1003' },
    property: 'delayed-once',
  },
  {
    name: 'refuse-a-change-for-a-delivery-that-is-not-committed',
    path: 'src/broker/delayed/asked-changes.ts',
    original: '} else if (isInFlight(hold.offset) || taken.has(hold.offset)) {',
    fault: `} else if (isInFlight(hold.offset) || taken.has(hold.offset)) {
      asked.error = notWaiting(name, firstOffset);`,
    finder: { seeds: '24' },
    property: 'delayed-refused-is-gone',
  },
  ...PLANTED_IN_SCHEDULES,
];
