import type { SeededRandom } from '../../support/seeded-random.ts';
import type { FaultEvent } from '../faults/fault.ts';

/** Drawn where it is asked for: nothing else that a seed decides moves by it. */
export const HAS_BALANCE = process.env['SIM_BALANCE'] === '1';

const HEAL_DELAYS_MS = [500, 2000, 6000, 15_000] as const;

/** Lines of every node's configuration: most clusters balance and heal by themselves, soon. */
export const drawBalance = (random: SeededRandom): string[] => [
  `auto.balance.enable=${random.chance(4, 5)}`,
  `replica.heal.delay.ms=${HEAL_DELAYS_MS[random.below(HEAL_DELAYS_MS.length)]}`,
];

/** What operators do with brokers meanwhile; some for a while only. */
export const drawOperations = (random: SeededRandom, safetyMs: number): Omit<FaultEvent, 'id'>[] =>
  Array.from({ length: random.below(10) }, () => ({
    kind: 'operate',
    atMs: random.below(safetyMs - 1000),
    durationMs: 200 + random.below(random.chance(1, 3) ? 20_000 : 3000),
  }));
