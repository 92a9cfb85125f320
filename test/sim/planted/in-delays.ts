import type { Edit, Planted } from './fault.ts';

const SCHEDULE = 'src/broker/delayed/partition-schedule.ts';

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
        original: 'partition.appendOwn(deliveryBatch(gathered.due, nowMs, { codec }));',
        fault: 'partition.appendOwn(deliveryBatch(gathered.due, nowMs + 500, { codec }));',
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
    original: 'if (!isWhole) await this.clear();\n    return isWhole;',
    fault: 'return isWhole || this.#mark.count >= 0;',
    finder: { seeds: '1009' },
    property: 'delayed-is-delivered',
  },
];
