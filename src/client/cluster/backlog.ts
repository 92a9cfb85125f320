import type { Offset, PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Backlog } from '../../base/lag.ts';
import type { BacklogRequest, BacklogResponse, BacklogResult } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import type { LeaderMethod } from './leader-questions.ts';
import { askLeaders } from './leader-questions.ts';

export interface BacklogQuestion {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Where the reader goes on; undefined: at the first record there is. */
  readonly nextOffset: Offset | undefined;
}

/** Answers stand in the order of the questions. Errors: those of `askLeaders`. */
export const askBacklogs = (
  context: ClientContext,
  questions: readonly BacklogQuestion[],
  options: TimedCallOptions = {},
): Promise<Backlog[]> => askLeaders(context, BACKLOG, { ...options, questions });

const BACKLOG: LeaderMethod<
  BacklogQuestion,
  BacklogRequest,
  BacklogResponse,
  BacklogResult,
  Backlog
> = {
  method: ClientService.backlog,
  requestOf: (asked) => ({
    partitions: asked.map(({ question, topicId, leaderEpoch }) => ({
      topicId,
      partition: question.partition,
      currentLeaderEpoch: leaderEpoch,
      offset: question.nextOffset ?? NONE,
    })),
  }),
  resultsOf: ({ partitions }) => partitions,
  answerOf: (_, result) => ({
    startOffset: result.logStartOffset,
    endOffset: result.highWatermark,
    recordOffset: result.recordOffset,
    recordTimestampMs: result.recordTimestampMs,
    nowMs: result.nowMs,
  }),
  describeFailure: ({ topic, partition }, code) =>
    `the lag of ${topic} partition ${partition} is not to be had now: ${code}`,
};
