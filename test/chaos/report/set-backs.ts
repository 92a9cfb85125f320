import type { Operation } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import type { CoordinatorMove } from '../load/coordinator-move.ts';
import { COMMIT_PATIENCE_MS, HEARTBEAT_MS, SESSION_MS } from '../load/group-member.ts';

/** A term of a group's coordinator that came to nothing, because the next one began too soon. */
export interface SetBack {
  readonly group: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * A coordinator that has just loaded a group knows nobody for dead: each member has a whole session
 * to find it. So long a term has to be for the group to go on without one that died: its session,
 * the others' next heartbeat, and the last commit of what they give up. A shorter one leaves the
 * next coordinator with the same members. A group that begins needs no longer: it waits
 * for company for 3 s, and for as long again where some came.
 */
const TERM_MS = SESSION_MS + HEARTBEAT_MS + COMMIT_PATIENCE_MS;
/** Leaders go back to the replicas that are preferred seconds after all is whole again. */
const RETURN_MS = 5_000;

/**
 * The terms that were too short, between two moves that faults explain. One in which a generation
 * began was long enough: whatever waits in it waits for something else.
 */
export const findSetBacks = (
  operations: readonly Operation[],
  faults: readonly FaultRecord[],
  moves: readonly CoordinatorMove[],
): SetBack[] => {
  const begun = generationsOf(operations);
  const explained = moves.filter((move) => faults.some((fault) => isBy(fault, move)));
  return explained.flatMap((move, at) => {
    const { group, firstMs: startMs } = move;
    const next = explained.find((it, place) => place > at && it.group === group);
    if (next === undefined || next.lastMs - startMs >= TERM_MS) return [];
    const endMs = next.firstMs;
    const hasBegun = (begun.get(group) ?? []).some((it) => it >= startMs && it < endMs);
    return hasBegun ? [] : [{ group, startMs, endMs }];
  });
};

const isBy = (
  { startMs, wholeMs = Number.POSITIVE_INFINITY }: FaultRecord,
  { lastMs, firstMs }: CoordinatorMove,
): boolean => firstMs >= startMs && lastMs <= wholeMs + RETURN_MS;

/** When somebody was first told of each generation, by group. */
const generationsOf = (operations: readonly Operation[]): Map<string, number[]> => {
  const newest = new Map<string, number>();
  const times = new Map<string, number[]>();
  for (const operation of operations) {
    if (operation.f !== 'hold') continue;
    const { group, generation, timeMs } = operation;
    if (generation <= (newest.get(group) ?? 0)) continue;
    newest.set(group, generation);
    times.set(group, [...(times.get(group) ?? []), timeMs]);
  }
  return times;
};
