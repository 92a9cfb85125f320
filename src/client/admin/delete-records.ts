import type { Offset, PartitionId } from '../../base/ids.ts';
import type {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteRecordsResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { LeaderMethod } from '../cluster/leader-questions.ts';
import { askLeaders } from '../cluster/leader-questions.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';

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

const LATEST = -1;

/** In the order of the deletions. Errors: those of `askLeaders`; asking twice deletes once. */
export const deleteRecords = (
  context: ClientContext,
  deletions: readonly RecordDeletion[],
  options: TimedCallOptions,
): Promise<DeletedRecords[]> =>
  askLeaders(context, DELETE_RECORDS, { ...options, questions: deletions });

const DELETE_RECORDS: LeaderMethod<
  RecordDeletion,
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteRecordsResult,
  DeletedRecords
> = {
  method: ClientService.deleteRecords,
  isPatient: true,
  requestOf: (asked, deadlineMs) => ({
    partitions: asked.map(({ question: { partition, before }, topicId }) => ({
      topicId,
      partition,
      beforeOffset: before === 'latest' ? LATEST : before,
    })),
    // Time for the answer to come back.
    timeoutMs: Math.floor(deadlineMs * 0.9),
  }),
  resultsOf: ({ partitions }) => partitions,
  answerOf: ({ topic, partition }, { lowWatermark }) => ({ topic, partition, lowWatermark }),
  describeFailure: (question, code) => `${describe(question)}: ${REASONS.get(code) ?? code}`,
};

const describe = ({ topic, partition, before }: RecordDeletion): string =>
  `deleting records of ${topic} partition ${partition} before ${before}`;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['OFFSET_OUT_OF_RANGE', 'that lies above what is committed'],
  ['POLICY_VIOLATION', 'the topic is compacted: add delete to its cleanup.policy'],
]);
