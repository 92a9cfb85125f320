import type { Edit, Planted } from './fault.ts';

const SCHEDULE = 'src/broker/delayed/partition-schedule.ts';
const TICKS = 'src/record/cron/cron-ticks.ts';

/** What repeats is held anew at once, which makes up for a replica that missed its last tick. */
const NOT_HELD_ANEW: Edit = {
  path: SCHEDULE,
  original: 'await this.#holdTold(leaderEpoch);',
  fault: 'void this.#holdTold;',
};

/** Faults of records that repeat: which ticks they are delivered for, and when they end. */
export const PLANTED_IN_SCHEDULES: readonly Planted[] = [
  {
    name: 'deliver-a-tick-without-the-next-one',
    path: 'src/broker/delayed/held-batch.ts',
    original: ': [header(CRON_TICK, repeat.tickMs), header(CRON_NEXT, repeat.nextMs)]),',
    fault: ': [header(CRON_TICK, repeat.tickMs)]),',
    finder: { seeds: '21' },
    property: 'delayed-each-tick',
  },
  {
    name: 'deliver-a-tick-again-after-a-takeover',
    path: SCHEDULE,
    original: 'const { changes, endOffset, leaderEpoch } = step;',
    fault: `const { endOffset, leaderEpoch } = step;
      const changes = step.changes.filter(
        (change) => change.kind !== 'repeated' || this.#leaderEpoch !== NONE,
      );`,
    also: [NOT_HELD_ANEW],
    finder: { seeds: '86' },
    property: 'delayed-each-tick',
  },
  {
    name: 'lose-schedules-at-a-takeover',
    path: SCHEDULE,
    original: 'const { changes, endOffset, leaderEpoch } = step;',
    fault: `const { endOffset, leaderEpoch } = step;
      const changes = step.changes.map((change) =>
        change.kind === 'repeated' && this.#leaderEpoch === NONE
          ? { kind: 'gone' as const, offset: change.offset }
          : change,
      );`,
    also: [NOT_HELD_ANEW],
    finder: { seeds: '86' },
    property: 'delayed-is-delivered',
  },
  {
    name: 'leave-a-delivered-tick-in-flight',
    path: SCHEDULE,
    original: 'for (const offset of applied.removed) this.#window.remove(offset);',
    fault: `for (const offset of applied.removed) {
          if (!applied.added.some((hold) => hold.offset === offset)) this.#window.remove(offset);
        }`,
    finder: { seeds: '21' },
    property: 'delayed-is-delivered',
  },
  {
    name: 'hold-a-schedule-anew-with-another-time',
    path: SCHEDULE,
    original:
      'const holds = this.#options.index.told.filter(({ offset }) => !this.#window.isInFlight(offset));',
    fault: `const holds = this.#options.index.told
      .filter(({ offset }) => !this.#window.isInFlight(offset))
      .map((hold) => ({ ...hold, dueMs: hold.dueMs - 1000 }));`,
    finder: { seeds: '21' },
    property: 'delayed-keeps-its-time',
  },
  {
    name: 'pass-over-what-an-outage-missed',
    path: TICKS,
    original: 'nextTick(schedule, Math.max(tickMs, nowMs - CATCH_UP_MS));',
    fault: 'nextTick(schedule, Math.max(tickMs, nowMs));',
    finder: { seeds: '21' },
    property: 'delayed-each-tick',
  },
  {
    name: 'begin-a-schedule-in-the-wrong-zone',
    path: TICKS,
    original: "return { expression, timeZone: textOf(CRON_TZ) ?? 'UTC' };",
    fault: "return { expression, timeZone: 'UTC' };",
    finder: { seeds: '56' },
    property: 'delayed-each-tick',
  },
];
