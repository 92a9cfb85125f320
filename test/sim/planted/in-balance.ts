import type { Planted } from './fault.ts';

const OWN_MOVES = 'src/controller/balance/own-moves.ts';

/** Faults of balance, heals and the return of leaders. */
export const PLANTED_IN_BALANCE: readonly Planted[] = [
  {
    name: 'heal-on-while-the-owner-is-back',
    path: OWN_MOVES,
    original: "move.kind === 'heal' && areIn",
    fault: "move.kind !== 'heal' && areIn",
    finder: { scenarios: 'balance', name: 'keeps its replica where it is in sync before' },
  },
  {
    name: 'end-a-heal-for-an-owner-that-is-not-in-sync',
    path: OWN_MOVES,
    original: '(id) => isr.includes(id) && isUsableBroker(plan.image, id)',
    fault: '(id) => isUsableBroker(plan.image, id) || isr.includes(id)',
    also: [
      {
        path: OWN_MOVES,
        original: '&& !areIn(move.replicas)',
        fault: '&& !move.replicas.every((id) => isr.includes(id))',
      },
    ],
    finder: { scenarios: 'balance', name: 'has lost it where the new one is in sync first' },
  },
  {
    name: 'heal-at-once',
    path: 'src/controller/balance/absent-brokers.ts',
    original: 'nowMs - sinceMs >= delayMs',
    fault: 'nowMs - sinceMs >= delayMs * 0',
    finder: { scenarios: 'balance', name: 'keeps its replicas where it is back before the delay' },
  },
  {
    name: 'forget-the-goal-before-it-is-reached',
    path: 'src/controller/balance/steps.ts',
    original: 'const isDone = facts.isPlanNew && left.length === 0 && own.length === 0;',
    fault: 'const isDone = own.length === 0;',
    finder: { scenarios: 'balance', name: 'has its share of replicas and leaders' },
  },
  {
    name: 'give-leaders-back-at-once',
    path: 'src/controller/return-damping.ts',
    original: 'endCount < 2 ? 0',
    fault: 'endCount < 99 ? 0',
    finder: { scenarios: 'leader-return', name: 'leads again at once after the first end' },
  },
];
