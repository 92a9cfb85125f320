import type { Operation, SendOperation } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import { CLOCK_FAULT } from '../faults/machine-faults.ts';
import { CRASHED } from '../load/producer-load.ts';
import { PATIENT, READERS } from '../load/roster.ts';
import type { SetBack } from './set-backs.ts';
import type { Wait } from './waiting.ts';

/** On top of what a fault takes: a client finds out, and asks elsewhere. */
const READER_SLACK_MS = 10_000;
/**
 * The same for a group, in which a member that died is waited for until its session of 6 s ends,
 * and one that gives partitions up may have two commits on their way, of 3 s each.
 */
const GROUP_SLACK_MS = 30_000;

/** The longest life of a reader that begins anew by itself. */
const RESTART_MS: ReadonlyMap<string, number> = new Map(
  READERS.map(({ name, restartEveryMs }) => [name, 1.5 * restartEveryMs] as const),
);

/**
 * A sentence for each reader or group that waited longer than the faults of that time explain; what
 * a group was set back in does not count.
 */
export const findStuck = (
  waits: readonly Wait[],
  faults: readonly FaultRecord[],
  setBacks: readonly SetBack[],
): string[] =>
  waits.flatMap((wait) => {
    const { who, isGroup, key, startMs, endMs } = wait;
    const slackMs = isGroup ? GROUP_SLACK_MS : READER_SLACK_MS + (RESTART_MS.get(who) ?? 0);
    const allowedMs = slackMs + longestBoundMs(faults, wait);
    const setBackMs = isGroup ? setBackOf(wait, setBacks) : 0;
    if (endMs - startMs - setBackMs <= allowedMs) return [];
    const what = isGroup ? `group ${who} handled` : `${who} was shown`;
    const waited = `nothing of ${key} for ${seconds(endMs - startMs)} from ${seconds(startMs)} on`;
    const why = `though acknowledged records waited; faults explain ${seconds(allowedMs)}`;
    const moves = setBackMs > 0 ? `, moves of its coordinator ${seconds(setBackMs)}` : '';
    return [`${what} ${waited}, ${why}${moves}`];
  });

const setBackOf = ({ who, startMs, endMs }: Wait, setBacks: readonly SetBack[]): number =>
  setBacks
    .filter(({ group }) => group === who)
    .map((it) => Math.min(it.endMs, endMs) - Math.max(it.startMs, startMs))
    .reduce((sum, overlapMs) => sum + Math.max(0, overlapMs), 0);

/** A sentence for each record that the patient producer was told of as failed, or perhaps so. */
export const findGivenUp = (
  operations: readonly Operation[],
  faults: readonly FaultRecord[],
): string[] =>
  operations.flatMap((operation) => {
    if (!isGivenUpByPatient(operation)) return [];
    const begun = operations[operation.invocation ?? -1];
    const { code, timeMs: endMs, sent } = operation;
    const startMs = begun?.timeMs ?? endMs;
    return sent
      .filter(({ key }) => {
        const span = { key, startMs, endMs };
        const isOverdue = endMs - startMs >= PATIENT.deliveryTimeoutMs;
        if (code === 'INVALID_TIMESTAMP') return !during(faults, span).some(isOfClock);
        return !isOverdue || longestBoundMs(faults, span) < PATIENT.deliveryTimeoutMs;
      })
      .map(({ key, value }) => {
        const after = `${seconds(endMs - startMs)} after it was sent`;
        return `${PATIENT.name} was told ${code} of ${value} to ${key} at ${seconds(endMs)}, ${after}`;
      });
  });

const isGivenUpByPatient = (operation: Operation): operation is SendOperation =>
  operation.f === 'send' &&
  (operation.type === 'fail' || operation.type === 'info') &&
  operation.process.startsWith(`${PATIENT.name}.`) &&
  operation.code !== CRASHED;

type Span = Pick<Wait, 'key' | 'startMs' | 'endMs'>;

/** A broker whose clock is hours behind refuses what comes from its future. */
const isOfClock = ({ kind }: FaultRecord): boolean => kind === CLOCK_FAULT;

/** Those that lasted, until all was whole again, in some of this time. */
const during = (faults: readonly FaultRecord[], { startMs, endMs }: Span): FaultRecord[] =>
  faults.filter((it) => it.startMs < endMs && (it.wholeMs ?? Number.POSITIVE_INFINITY) > startMs);

/** 0 where there was none. */
const longestBoundMs = (faults: readonly FaultRecord[], span: Span): number =>
  during(faults, span)
    .map(({ boundMs, taken }) => Math.max(boundMs, taken?.key === span.key ? taken.boundMs : 0))
    .reduce((longest, boundMs) => Math.max(longest, boundMs), 0);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
