import type { Anomaly } from './anomaly.ts';
import { findCommitAnomalies } from './commit-anomalies.ts';
import type { Operation } from './history.ts';
import type { Indexed } from './key-log.ts';
import { indexHistory } from './key-log.ts';
import {
  findAbortedReads,
  findDuplicates,
  findInconsistentOffsets,
  findLostWrites,
  findUnseen,
} from './log-anomalies.ts';
import { findPollAnomalies, findSendAnomalies } from './order-anomalies.ts';
import { findTwoOwners } from './owner-anomalies.ts';
import { findUnhandled } from './unhandled.ts';

const FINDERS: ReadonlyArray<(history: Indexed) => Anomaly[]> = [
  findInconsistentOffsets,
  findDuplicates,
  findAbortedReads,
  findLostWrites,
  findUnseen,
  findPollAnomalies,
  findSendAnomalies,
  findTwoOwners,
  findCommitAnomalies,
  findUnhandled,
];

/**
 * All anomalies of a history whose last phase read every partition from its start to its end.
 * Source: the Kafka workload of Jepsen, for producers with idempotence and readers by assignment;
 * the rules of consumer groups are the project's own.
 */
export const checkHistory = (operations: readonly Operation[]): Anomaly[] => {
  const history = indexHistory(operations);
  return FINDERS.flatMap((find) => find(history));
};
