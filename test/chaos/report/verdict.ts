import type { Anomaly } from '../checker/anomaly.ts';
import { checkHistory } from '../checker/check.ts';
import type { Operation } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import type { CoordinatorMove } from '../load/coordinator-move.ts';
import type { RunSettings } from '../run-settings.ts';
import type { FaultEffect } from './availability.ts';
import { measureFaults } from './availability.ts';
import type { GoalResult } from './goals.ts';
import { measureGoals } from './goals.ts';
import type { SetBack } from './set-backs.ts';
import { findSetBacks } from './set-backs.ts';
import { findGivenUp, findStuck } from './unexplained.ts';
import { findVanished } from './vanished.ts';
import { findWaits } from './waiting.ts';

/** All that a history file holds. */
export interface RunHistory {
  readonly settings: RunSettings;
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultRecord[];
  /** Of the groups' coordinators, in their order. */
  readonly moves: readonly CoordinatorMove[];
  readonly failures: readonly string[];
}

export interface Verdict {
  readonly anomalies: readonly Anomaly[];
  /** Acknowledged values that are not in the log at the end. */
  readonly vanished: readonly string[];
  readonly effects: readonly FaultEffect[];
  /** Empty where the run is not held to them. */
  readonly goals: readonly GoalResult[];
  readonly failures: readonly string[];
  /** What no group is held to. */
  readonly setBacks: readonly SetBack[];
  /** Sentences on what clients suffered longer than, or without, a fault that explains it. */
  readonly unexplained: readonly string[];
  /** Nothing is wrong, and something was acknowledged at all. */
  readonly isGood: boolean;
}

export const judge = ({ settings, operations, faults, moves, failures }: RunHistory): Verdict => {
  const anomalies = checkHistory(operations);
  const vanished = findVanished(operations);
  const waits = findWaits(operations);
  const effects = measureFaults(operations, faults, waits);
  const setBacks = findSetBacks(operations, faults, moves);
  const stuck = findStuck(waits, faults, setBacks);
  const unexplained = [...stuck, ...findGivenUp(operations, faults)];
  const goals = settings.hasGoals === true ? measureGoals(effects) : [];
  const hasAcknowledged = operations.some(({ f, type }) => f === 'send' && type === 'ok');
  const isGood =
    anomalies.length === 0 &&
    vanished.length === 0 &&
    failures.length === 0 &&
    unexplained.length === 0 &&
    hasAcknowledged &&
    effects.every(({ isWithinBound }) => isWithinBound) &&
    // Goals of which nothing was measured are not met.
    (settings.hasGoals !== true || goals.length > 0) &&
    goals.every(({ isMet }) => isMet);
  return { anomalies, vanished, effects, goals, failures, setBacks, unexplained, isGood };
};
