import type { ErrorCode } from '../../base/errors.ts';
import type {
  CancelDelayedRequest,
  ChangeDelayedResponse,
  ChangeDelayedResult,
  DelayedRecord as DelayedOnWire,
  GetDelayedRequest,
  GetDelayedResponse,
  GetDelayedResult,
  ListDelayedRequest,
  ListDelayedResponse,
  ListDelayedResult,
  RescheduleDelayedRequest,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { LeaderMethod, LeaderQuestion } from '../cluster/leader-questions.ts';
import type { DelayedRecord, DelayedRecordId, WholeDelayedRecord } from './delayed-types.ts';

/** Where a page begins, in the order in which records are due. */
export interface DelayedPlace {
  readonly dueMs: number;
  readonly heldOffset: number;
}

export interface PageQuestion extends LeaderQuestion {
  readonly from: DelayedPlace;
  readonly maxCount: number;
}

/** What waits in one partition, as far as it was told. */
export interface DelayedPage extends LeaderQuestion {
  readonly records: readonly DelayedRecord[];
  /** Undefined: nothing waits behind it. */
  readonly next: DelayedPlace | undefined;
}

export const LIST_DELAYED: LeaderMethod<
  PageQuestion,
  ListDelayedRequest,
  ListDelayedResponse,
  ListDelayedResult,
  DelayedPage
> = {
  method: ClientService.listDelayed,
  requestOf: (asked) => ({
    partitions: asked.map(({ question: { partition, from, maxCount }, topicId }) => ({
      topicId,
      partition,
      fromDueMs: from.dueMs,
      fromHeldOffset: from.heldOffset,
      maxCount,
    })),
  }),
  resultsOf: ({ partitions }) => partitions,
  answerOf: ({ topic, partition }, { topicId, records, nextDueMs, nextHeldOffset }) => ({
    topic,
    partition,
    records: records.map((record) => summaryOf({ topic, topicId, partition }, record)),
    next: nextDueMs < 0 ? undefined : { dueMs: nextDueMs, heldOffset: nextHeldOffset },
  }),
  describeFailure: ({ topic, partition }, code) =>
    `what waits in ${topic} partition ${partition} cannot be told now: ${code}`,
};

export const GET_DELAYED: LeaderMethod<
  DelayedRecordId,
  GetDelayedRequest,
  GetDelayedResponse,
  GetDelayedResult,
  WholeDelayedRecord | undefined
> = {
  method: ClientService.getDelayed,
  requestOf: (asked) => ({
    records: asked.map(({ question: { partition, offset }, topicId }) => ({
      topicId,
      partition,
      offset,
    })),
  }),
  resultsOf: ({ records }) => records,
  answerOf: ({ topic, partition }, { topicId, record }) =>
    record && {
      ...summaryOf({ topic, topicId, partition }, record),
      value: record.value ?? null,
      headers: record.headers.map(({ key, value }) => ({ key, value: value ?? null })),
    },
  describeFailure: (id, code) => refusal('reading', id, code),
};

type ChangeMethod<Question extends DelayedRecordId, Request> = LeaderMethod<
  Question,
  Request,
  ChangeDelayedResponse,
  ChangeDelayedResult,
  void
>;

export const CANCEL_DELAYED: ChangeMethod<DelayedRecordId, CancelDelayedRequest> = {
  method: ClientService.cancelDelayed,
  isPatient: true,
  isChange: true,
  requestOf: (asked, deadlineMs) => ({
    records: asked.map(({ question: { partition, offset }, topicId }) => ({
      topicId,
      partition,
      offset,
    })),
    timeoutMs: commitWaitMs(deadlineMs),
  }),
  resultsOf: ({ records }) => records,
  answerOf: () => undefined,
  describeFailure: (id, code) => refusal('cancelling', id, code),
};

export interface Rescheduled extends DelayedRecordId {
  readonly deliverAtMs: number;
}

export const RESCHEDULE_DELAYED: ChangeMethod<Rescheduled, RescheduleDelayedRequest> = {
  method: ClientService.rescheduleDelayed,
  isPatient: true,
  isChange: true,
  requestOf: (asked, deadlineMs) => ({
    records: asked.map(({ question: { partition, offset, deliverAtMs }, topicId }) => ({
      topicId,
      partition,
      offset,
      deliverAtMs,
    })),
    timeoutMs: commitWaitMs(deadlineMs),
  }),
  resultsOf: ({ records }) => records,
  answerOf: () => undefined,
  describeFailure: (id, code) => refusal('rescheduling', id, code),
};

/** With time for the answer to come back. */
const commitWaitMs = (deadlineMs: number): number => Math.floor(deadlineMs * 0.9);

const summaryOf = (
  of: Pick<DelayedRecord, 'topic' | 'topicId' | 'partition'>,
  { offset, dueMs, timestampMs, key }: DelayedOnWire,
): DelayedRecord => ({ ...of, offset, dueMs, timestampMs, key: key ?? null });

const refusal = (what: string, id: DelayedRecordId, code: ErrorCode): string => {
  const where = `${what} the delayed record ${id.offset} of ${id.topic} partition ${id.partition}`;
  return `${where}: ${REASONS[code] ?? code}`;
};

const TOO_FEW = 'too few replicas are in sync for min.insync.replicas: see that all brokers run';

const REASONS: Partial<Record<ErrorCode, string>> = {
  RESOURCE_NOT_FOUND: 'it does not wait, it was delivered or cancelled: list tells what waits',
  REQUEST_TIMED_OUT: 'it was not committed in time',
  NETWORK_EXCEPTION: 'the connection to the leader broke',
  NOT_ENOUGH_REPLICAS: TOO_FEW,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: TOO_FEW,
};
