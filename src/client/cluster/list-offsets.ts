import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { ListOffsetsPartition, ListOffsetsResult } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { asOttlaError, backoffMs, Deadline, pause, RETRY_BACKOFF } from '../timing.ts';
import type { TopicView } from './cluster-view.ts';
import { leaderOf } from './cluster-view.ts';

/** A position asked for by name or by time instead of by offset. */
export type OffsetQuery =
  | 'earliest'
  | 'latest'
  | 'maxTimestamp'
  | {
      /** The first record at or after this moment (since 1970, UTC). */
      readonly timestampMs: number;
    };

export interface OffsetQuestion {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly at: OffsetQuery;
}

export interface OffsetAnswer {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Undefined: the partition has no such record (by time). */
  readonly offset: Offset | undefined;
  readonly timestampMs: number | undefined;
}

const TIMESTAMP_BY_NAME = { latest: -1, earliest: -2, maxTimestamp: -3 } as const;

const wireTimestamp = (at: OffsetQuery): number =>
  typeof at === 'string' ? TIMESTAMP_BY_NAME[at] : at.timestampMs;

interface Pending {
  readonly question: OffsetQuestion;
  readonly index: number;
}

interface Asked extends Pending {
  readonly topic: TopicView;
  readonly request: ListOffsetsPartition;
}

/**
 * Asks the leaders of the partitions, each leader once a round, and goes on with those that could
 * not answer until the deadline. Answers stand in the order of the questions. Throws what the last
 * round failed with, ABORTED by the signal.
 */
export const listOffsets = async (
  context: ClientContext,
  questions: readonly OffsetQuestion[],
  options: TimedCallOptions = {},
): Promise<OffsetAnswer[]> => {
  const { clock, random } = context;
  const deadline = new Deadline(clock, options.timeoutMs ?? context.requestTimeoutMs);
  const answers: OffsetAnswer[] = [];
  let pending: readonly Pending[] = questions.map((question, index) => ({ question, index }));
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    const failures: Failed[] = await askLeaders(context, pending, {
      deadline,
      signal: options.signal,
      onAnswer: (index, answer) => {
        answers[index] = answer;
      },
    });
    pending = failures;
    const first = failures[0];
    if (first === undefined) break;
    const fatal = failures.find(({ error }) => !error.retriable || error.code === 'ABORTED');
    if (fatal !== undefined) throw fatal.error;
    if (deadline.hasPassed) throw first.error;
    context.metadata.requestRefresh(new Set(failures.map(({ question }) => question.topic)));
    const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
    await pause(clock, Math.min(delayMs, deadline.remainingMs), options.signal);
  }
  return answers;
};

interface Failed extends Pending {
  readonly error: OttlaError;
}

interface RoundOptions {
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly onAnswer: (index: number, answer: OffsetAnswer) => void;
}

const askLeaders = async (
  context: ClientContext,
  pending: readonly Pending[],
  round: RoundOptions,
): Promise<Failed[]> => {
  const failures: Failed[] = [];
  const requests = new Map<string, { readonly address: string; readonly asked: Asked[] }>();
  const askedTimes = new Map<string, number>();
  for (const item of pending) {
    const { question } = item;
    const { deadline, signal } = round;
    const at = { deadline, signal };
    const topic = await context.metadata.topicWith(question.topic, question.partition, at);
    const leader = leaderOf(context.metadata.view, topic, question.partition);
    if (leader === undefined) {
      failures.push({ ...item, error: noLeader(topic, question) });
      continue;
    }
    // An answer names its partition only: a second question about it goes in a request of its own.
    const place = partitionKey(topic.topicId, question.partition);
    const times = askedTimes.get(place) ?? 0;
    askedTimes.set(place, times + 1);
    const key = `${leader.address} ${times}`;
    const request = requests.get(key) ?? { address: leader.address, asked: [] };
    requests.set(key, request);
    request.asked.push({
      ...item,
      topic,
      request: {
        topicId: topic.topicId,
        partition: question.partition,
        currentLeaderEpoch: leader.leaderEpoch,
        timestampMs: wireTimestamp(question.at),
      },
    });
  }
  const rounds = [...requests.values()].map((request) => askLeader(context, request, round));
  return failures.concat(...(await Promise.all(rounds)));
};

const askLeader = async (
  context: ClientContext,
  at: { readonly address: string; readonly asked: readonly Asked[] },
  round: RoundOptions,
): Promise<Failed[]> => {
  try {
    const response = await context.transport.call(at.address, ClientService.listOffsets, {
      request: { partitions: at.asked.map(({ request }) => request) },
      deadlineMs: Math.max(1, Math.min(round.deadline.remainingMs, context.requestTimeoutMs / 3)),
      ...(round.signal === undefined ? {} : { signal: round.signal }),
    });
    return at.asked.flatMap((item) => {
      const result = response.partitions.find(
        ({ topicId, partition }) =>
          topicId === item.topic.topicId && partition === item.question.partition,
      );
      const error = failureOf(item.question, result);
      if (error !== undefined || result === undefined) {
        return [{ ...item, error: error ?? noLeader(item.topic, item.question) }];
      }
      round.onAnswer(item.index, answerOf(item.question, result));
      return [];
    });
  } catch (error) {
    return at.asked.map((item) => ({ ...item, error: asOttlaError(error) }));
  }
};

const answerOf = (question: OffsetQuestion, result: ListOffsetsResult): OffsetAnswer => ({
  topic: question.topic,
  partition: question.partition,
  offset: result.offset < 0 ? undefined : result.offset,
  timestampMs: result.timestampMs < 0 ? undefined : result.timestampMs,
});

const failureOf = (
  question: OffsetQuestion,
  result: ListOffsetsResult | undefined,
): OttlaError | undefined => {
  if (result === undefined) {
    return new OttlaError(
      'NETWORK_EXCEPTION',
      `the broker left out partition ${question.partition} of ${question.topic}`,
    );
  }
  if (result.errorCode === 0) return undefined;
  const code = errorCodeOf(result.errorCode);
  return new OttlaError(
    code,
    `offsets of ${question.topic} partition ${question.partition} are not to be had now: ${code}`,
  );
};

const noLeader = (topic: TopicView, question: OffsetQuestion): OttlaError =>
  new OttlaError(
    'LEADER_NOT_AVAILABLE',
    `partition ${question.partition} of ${topic.name} has no leader now`,
  );
