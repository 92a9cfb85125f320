import type { Anomaly } from './anomaly.ts';
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

const FINDERS: ReadonlyArray<(history: Indexed) => Anomaly[]> = [
  findInconsistentOffsets,
  findDuplicates,
  findAbortedReads,
  findLostWrites,
  findUnseen,
  findPollAnomalies,
  findSendAnomalies,
];

/**
 * All anomalies of a history whose last phase read every partition from its start to its end.
 * Source: the Kafka workload of Jepsen, for producers with idempotence and readers by assignment.
 */
export const checkHistory = (operations: readonly Operation[]): Anomaly[] => {
  const history = indexHistory(operations);
  return FINDERS.flatMap((find) => find(history));
};
