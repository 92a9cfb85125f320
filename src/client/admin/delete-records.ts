import { must } from '../../base/assert.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteRecordsResult,
  ListOffsetsRequest,
  ListOffsetsResponse,
  ListOffsetsResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { LeaderMethod, LeaderQuestion } from '../cluster/leader-questions.ts';
import { askLeaders } from '../cluster/leader-questions.ts';
import type { OffsetQuestion } from '../cluster/list-offsets.ts';
import { LIST_OFFSETS } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { Deadline } from '../timing.ts';

export interface RecordDeletion {
  readonly topic: string;
  readonly partition: PartitionId;
  /** All records below it go (exclusive); `latest`: all that are committed. */
  readonly before: Offset | 'latest';
}

export interface DeletedRecords {
  readonly topic: string;
  readonly partition: PartitionId;
  /** The lowest offset that any live replica still has. */
  readonly lowWatermark: Offset;
}

/** With an offset, where it is known which topic it is of. */
interface SettledDeletion extends LeaderQuestion {
  readonly before: Offset;
}

/**
 * In the order of the deletions. Errors: those of `askLeaders`; asking twice deletes once. An
 * attempt may come late, when its repeat was answered and more was written: so what `latest` means
 * is asked first, and no attempt says more than that offset of that topic.
 */
export const deleteRecords = async (
  context: ClientContext,
  deletions: readonly RecordDeletion[],
  { timeoutMs = context.requestTimeoutMs, signal }: TimedCallOptions,
): Promise<DeletedRecords[]> => {
  const deadline = new Deadline(context.clock, timeoutMs);
  const unsettled = deletions.filter(({ before }) => before === 'latest');
  const questions = unsettled.map(({ topic, partition }) => ({ topic, partition, at: LATEST }));
  const ends = await askLeaders(context, LIST_ENDS, { timeoutMs, signal, questions });
  const settled = deletions.map((deletion) => {
    const { topic, partition, before } = deletion;
    if (before !== 'latest') return { topic, partition, before };
    return must(ends[unsettled.indexOf(deletion)], 'each end was asked for');
  });
  const rest = { timeoutMs: deadline.remainingMs, signal, questions: settled };
  return await askLeaders(context, DELETE_RECORDS, rest);
};

const LATEST = 'latest' as const;

const LIST_ENDS: LeaderMethod<
  OffsetQuestion,
  ListOffsetsRequest,
  ListOffsetsResponse,
  ListOffsetsResult,
  SettledDeletion
> = {
  ...LIST_OFFSETS,
  answerOf: ({ topic, partition }, { topicId, offset }) => ({
    topic,
    partition,
    topicId,
    before: Math.max(0, offset),
  }),
};

const DELETE_RECORDS: LeaderMethod<
  SettledDeletion,
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteRecordsResult,
  DeletedRecords
> = {
  method: ClientService.deleteRecords,
  isPatient: true,
  isChange: true,
  requestOf: (asked, deadlineMs) => ({
    partitions: asked.map(({ question: { partition, before }, topicId }) => ({
      topicId,
      partition,
      beforeOffset: before,
    })),
    // Time for the answer to come back.
    timeoutMs: Math.floor(deadlineMs * 0.9),
  }),
  resultsOf: ({ partitions }) => partitions,
  answerOf: ({ topic, partition }, { lowWatermark }) => ({ topic, partition, lowWatermark }),
  describeFailure: (question, code) => `${describe(question)}: ${REASONS.get(code) ?? code}`,
};

const describe = ({ topic, partition, before }: SettledDeletion): string =>
  `deleting records of ${topic} partition ${partition} before ${before}`;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['OFFSET_OUT_OF_RANGE', 'that lies above what is committed'],
  ['POLICY_VIOLATION', 'the topic is compacted: add delete to its cleanup.policy'],
]);
