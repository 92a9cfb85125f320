import type { Operation } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import { CRASHED } from '../load/producer-load.ts';
import type { Wait } from './waiting.ts';

/** What clients felt of one fault. */
export interface FaultEffect {
  readonly fault: FaultRecord;
  /**
   * The longest time from the fault on in which one partition acknowledged nothing; one that the
   * fault itself took away does not count.
   */
  readonly longestGapMs: number;
  /** The partition. */
  readonly key: string;
  /** Records that failed meanwhile, those apart that their sender gave up by its own death. */
  readonly failedCount: number;
  /** The longest time that a reader waited, from the fault on, for what was acknowledged. */
  readonly readersWaitedMs: number;
  /** The same for a group, one of whose members handled something again. */
  readonly groupsWaitedMs: number;
  readonly isWithinBound: boolean;
}

/** Of each fault, from its start until the cluster was whole again. */
export const measureFaults = (
  operations: readonly Operation[],
  faults: readonly FaultRecord[],
  waits: readonly Wait[] = [],
): FaultEffect[] => {
  const acknowledgedAt = acknowledgementsByKey(operations);
  const readers = waits.filter(({ isGroup }) => !isGroup);
  const groups = waits.filter(({ isGroup }) => isGroup);
  return faults.map((fault) => ({
    ...effectOf(fault, operations, acknowledgedAt),
    readersWaitedMs: longestWaitMs(readers, fault),
    groupsWaitedMs: longestWaitMs(groups, fault),
  }));
};

/** Of the waits that began while it lasted, or went on then. */
const longestWaitMs = (
  waits: readonly Wait[],
  { startMs, wholeMs = Number.POSITIVE_INFINITY }: FaultRecord,
): number =>
  waits
    .filter((wait) => wait.startMs < wholeMs && wait.endMs > startMs)
    .map((wait) => wait.endMs - Math.max(wait.startMs, startMs))
    .reduce((longest, waitedMs) => Math.max(longest, waitedMs), 0);

const acknowledgementsByKey = (operations: readonly Operation[]): Map<string, number[]> => {
  const byKey = new Map<string, number[]>();
  for (const operation of operations) {
    if (operation.f !== 'send' || operation.type !== 'ok') continue;
    for (const { key } of operation.sent) {
      const times = byKey.get(key);
      if (times === undefined) byKey.set(key, [operation.timeMs]);
      else times.push(operation.timeMs);
    }
  }
  return byKey;
};

const effectOf = (
  fault: FaultRecord,
  operations: readonly Operation[],
  acknowledgedAt: ReadonlyMap<string, readonly number[]>,
): Omit<FaultEffect, 'readersWaitedMs' | 'groupsWaitedMs'> => {
  const { taken, boundMs, wholeMs, failsNoSend = false } = fault;
  let longest = { gapMs: 0, key: '' };
  let isTakenBack = true;
  for (const [key, times] of acknowledgedAt) {
    const gapMs = longestGapMs(times, fault);
    if (key === taken?.key) isTakenBack = gapMs <= taken.boundMs;
    else if (gapMs > longest.gapMs) longest = { gapMs, key };
  }
  const failedCount = failedDuring(operations, fault);
  const isWithinBound =
    wholeMs !== undefined &&
    longest.gapMs <= boundMs &&
    isTakenBack &&
    !(failsNoSend && failedCount > 0);
  return { fault, longestGapMs: longest.gapMs, key: longest.key, failedCount, isWithinBound };
};

const failedDuring = (
  operations: readonly Operation[],
  { startMs, wholeMs = Number.POSITIVE_INFINITY }: FaultRecord,
): number =>
  operations.filter(
    (operation) =>
      operation.f === 'send' &&
      (operation.type === 'fail' || operation.type === 'info') &&
      operation.code !== CRASHED &&
      operation.timeMs >= startMs &&
      operation.timeMs <= wholeMs,
  ).length;

/** Without an acknowledgement after the fault, the gap has no end. */
const longestGapMs = (times: readonly number[], fault: FaultRecord): number => {
  const endMs = fault.wholeMs ?? Number.POSITIVE_INFINITY;
  let lastMs = fault.startMs;
  let longestMs = 0;
  for (const timeMs of times) {
    if (timeMs <= fault.startMs) continue;
    if (timeMs > endMs) break;
    longestMs = Math.max(longestMs, timeMs - lastMs);
    lastMs = timeMs;
  }
  return Math.max(longestMs, endMs - lastMs);
};
