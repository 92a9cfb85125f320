import type { Offset, PartitionId } from '../../base/ids.ts';
import type {
  ListOffsetsRequest,
  ListOffsetsResponse,
  ListOffsetsResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import type { LeaderMethod } from './leader-questions.ts';
import { askLeaders } from './leader-questions.ts';

/** A position asked for by name or by time instead of by offset. */
export type OffsetQuery =
  | 'earliest'
  | 'latest'
  | 'maxTimestamp'
  | {
      /** The first record at or after this moment (since 1970, UTC). */
      readonly timestampMs: number;
    };

interface PartitionName {
  readonly topic: string;
  readonly partition: PartitionId;
}

export interface OffsetQuestion extends PartitionName {
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

/** Answers stand in the order of the questions. Errors: those of `askLeaders`. */
export const listOffsets = (
  context: ClientContext,
  questions: readonly OffsetQuestion[],
  options: TimedCallOptions = {},
): Promise<OffsetAnswer[]> => askLeaders(context, LIST_OFFSETS, { ...options, questions });

/** The ends (exclusive) of partitions, in their order. Errors: those of `askLeaders`. */
export const listEnds = async (
  context: ClientContext,
  partitions: readonly PartitionName[],
  options: TimedCallOptions = {},
): Promise<Array<PartitionName & { readonly endOffset: Offset }>> => {
  const questions = partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    at: 'latest' as const,
  }));
  const answers = await listOffsets(context, questions, options);
  return answers.map(({ topic, partition, offset = 0 }) => ({
    topic,
    partition,
    endOffset: offset,
  }));
};

const answerOf = (question: OffsetQuestion, result: ListOffsetsResult): OffsetAnswer => ({
  topic: question.topic,
  partition: question.partition,
  offset: result.offset < 0 ? undefined : result.offset,
  timestampMs: result.timestampMs < 0 ? undefined : result.timestampMs,
});

export const LIST_OFFSETS: LeaderMethod<
  OffsetQuestion,
  ListOffsetsRequest,
  ListOffsetsResponse,
  ListOffsetsResult,
  OffsetAnswer
> = {
  method: ClientService.listOffsets,
  requestOf: (asked) => ({
    partitions: asked.map(({ question, topicId, leaderEpoch }) => ({
      topicId,
      partition: question.partition,
      currentLeaderEpoch: leaderEpoch,
      timestampMs: wireTimestamp(question.at),
    })),
  }),
  resultsOf: ({ partitions }) => partitions,
  answerOf,
  describeFailure: ({ topic, partition }, code) =>
    `offsets of ${topic} partition ${partition} are not to be had now: ${code}`,
};
