import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { BrokerInfo, ListGroupsResponse } from '../../gen/ottla.ts';
import { ClientService, GroupService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import {
  asOttlaError,
  backoffMs,
  Deadline,
  pause,
  RETRY_BACKOFF,
  throwIfAborted,
} from '../timing.ts';
import type { GroupList, GroupListing, GroupStateName } from './group-types.ts';

/** What one broker has told of the groups that it coordinates. */
interface Told {
  readonly brokerId: NodeId;
  readonly groups: readonly GroupListing[];
  /** Why that is not all of them. */
  readonly error: OttlaError | undefined;
}

/** One that hangs is given up by then: the others wait for it. */
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Asks every broker for the groups that it coordinates, round after round until all could tell in
 * one: a group may move between two. At the deadline, or where asking again would not help, what
 * each has told is what there is. Throws where nobody has told anything.
 */
export const listGroups = async (
  context: ClientContext,
  options: TimedCallOptions,
): Promise<GroupList> => {
  const { clock, random, requestTimeoutMs } = context;
  const deadline = new Deadline(clock, options.timeoutMs ?? requestTimeoutMs);
  let told: readonly Told[] = [];
  for (let attempt = 0; ; attempt += 1) {
    const round = await askAll(context, deadline, options).catch(asOttlaError);
    throwIfAborted(options.signal, 'groups.list');
    const isAnswered = !(round instanceof OttlaError);
    if (isAnswered) told = merge(told, round);
    const errors = isAnswered ? round.flatMap(({ error }) => error ?? []) : [round];
    const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
    // A round that begins at the deadline would only be told that it came too late.
    if (!errors.some(({ retriable }) => retriable) || delayMs >= deadline.remainingMs) {
      if (errors[0] !== undefined && !told.some(hasTold)) throw errors[0];
      return listOf(told);
    }
    await pause(clock, delayMs, options.signal);
  }
};

const hasTold = ({ groups, error }: Told): boolean => groups.length > 0 || error === undefined;

const askAll = async (
  context: ClientContext,
  deadline: Deadline,
  options: TimedCallOptions,
): Promise<Told[]> => {
  const { brokers } = await context.calls.any(ClientService.metadata, {
    request: { topics: [], allTopics: false, allowAutoCreate: false },
    timeoutMs: Math.max(1, deadline.remainingMs),
    signal: options.signal,
  });
  const asked = brokers.filter(({ fenced }) => !fenced);
  return await Promise.all(asked.map((broker) => ask(context, broker, { deadline, ...options })));
};

/** Never rejects: a broker that does not answer has told nothing. */
const ask = async (
  { transport }: ClientContext,
  { brokerId, address }: BrokerInfo,
  { deadline, signal }: TimedCallOptions & { readonly deadline: Deadline },
): Promise<Told> => {
  try {
    const answer = await transport.call(address, GroupService.listGroups, {
      request: {},
      deadlineMs: Math.max(1, Math.min(deadline.remainingMs, ATTEMPT_TIMEOUT_MS)),
      ...(signal === undefined ? {} : { signal }),
    });
    const code = errorCodeOf(answer.errorCode);
    const words = `broker ${brokerId} cannot list all of its groups now: ${code}`;
    const error = code === 'NONE' ? undefined : new OttlaError(code, words);
    return { brokerId, groups: answer.groups.map(listing), error };
  } catch (error) {
    return { brokerId, groups: [], error: asOttlaError(error) };
  }
};

/** The newest whole answer of each that was asked, the later ones last; else the newest. */
const merge = (known: readonly Told[], round: readonly Told[]): Told[] => {
  const kept = known.filter(
    (earlier) => isWhole(earlier) && round.some((it) => isSame(it, earlier) && !isWhole(it)),
  );
  return [...kept, ...round.filter((it) => !kept.some((earlier) => isSame(it, earlier)))];
};

const isWhole = ({ error }: Told): boolean => error === undefined;

const isSame = (a: Told, b: Told): boolean => a.brokerId === b.brokerId;

const listOf = (told: readonly Told[]): GroupList => {
  // One that moved meanwhile may be told of by two: the later one has it.
  const byId = new Map(told.flatMap(({ groups }) => groups.map((it) => [it.groupId, it] as const)));
  return {
    groups: [...byId.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1)),
    failures: told.flatMap(({ brokerId, error }) =>
      error === undefined ? [] : [{ brokerId, error }],
    ),
  };
};

const listing = ({
  groupId,
  state,
  protocolType,
  standbyLabels,
}: ListGroupsResponse['groups'][number]): GroupListing => ({
  groupId,
  state: state as GroupStateName,
  protocolType,
  standbyLabels,
});
