import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import type {
  ChangeDelayedResult,
  DelayedPlace,
  DelayedRecord,
  GetDelayedResult,
  ListDelayedPartition,
  ListDelayedResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import { requireFeature } from '../../metadata/versions.ts';
import { guardedCall } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import type { PartitionDelays, WaitingRecord } from '../replication/partition-delays.ts';
import type { ClientContext } from './context.ts';
import { findPartition, numberOf, operatingError, requireUserTopic } from './context.ts';

const TIMEOUT_MS_MAX = 5 * 60 * 1000;
const PAGE_COUNT_MAX = 1000;
/** Of the log, read for one answer about all its partitions. */
const ANSWER_BYTES = 1024 * 1024;

export const delayedHandlers = (context: ClientContext): Handler[] => [
  guardedCall(context.onFatal, ClientService.listDelayed, async ({ partitions }) => {
    const maxBytes = Math.floor(ANSWER_BYTES / Math.max(1, partitions.length));
    const answers: ListDelayedResult[] = [];
    // One after the other: each reads the log at as many places as it has records.
    for (const asked of partitions) answers.push(await listDelayed(context, asked, maxBytes));
    return { partitions: answers };
  }),
  guardedCall(context.onFatal, ClientService.getDelayed, async ({ records }) => ({
    records: await Promise.all(records.map((asked) => getDelayed(context, asked))),
  })),
  guardedCall(context.onFatal, ClientService.cancelDelayed, async ({ records, timeoutMs }) => ({
    records: await Promise.all(
      records.map((asked) => changeDelayed(context, { ...asked, dueMs: undefined, timeoutMs })),
    ),
  })),
  guardedCall(context.onFatal, ClientService.rescheduleDelayed, async ({ records, timeoutMs }) => ({
    records: await Promise.all(
      records.map((asked) =>
        changeDelayed(context, { ...asked, dueMs: asked.deliverAtMs, timeoutMs }),
      ),
    ),
  })),
];

/** One answer of ListDelayed; an error is in its code. */
export const listDelayed = async (
  context: ClientContext,
  asked: ListDelayedPartition,
  maxBytes: number,
): Promise<ListDelayedResult> => {
  const { topicId, partition } = asked;
  const answer = { topicId, partition, nextDueMs: NONE, nextHeldOffset: NONE };
  try {
    const from = { dueMs: asked.fromDueMs, offset: asked.fromHeldOffset };
    if (from.dueMs < 0 || from.offset < 0)
      throw negative(from.dueMs < 0 ? from.dueMs : from.offset);
    const maxCount = Math.min(Math.max(1, asked.maxCount), PAGE_COUNT_MAX);
    const { records, next } = await withDelays(context, asked, async (delays) =>
      delays === undefined
        ? { records: [], next: undefined }
        : await delays.list({ from, maxCount, maxBytes }),
    );
    const nextPlace = next && { nextDueMs: next.dueMs, nextHeldOffset: next.offset };
    return { ...answer, ...nextPlace, errorCode: 0, records: records.map(summaryOf) };
  } catch (error) {
    return { ...answer, errorCode: numberOf(error), records: [] };
  }
};

/** One answer of GetDelayed; an error is in its code. */
export const getDelayed = async (
  context: ClientContext,
  asked: DelayedPlace,
): Promise<GetDelayedResult> => {
  const { topicId, partition, offset } = asked;
  try {
    const waiting = await withDelays(context, asked, async (delays) =>
      isOffset(offset) ? await delays?.find(offset) : undefined,
    );
    if (waiting === undefined) throw notWaiting(asked);
    return { topicId, partition, errorCode: 0, record: wholeOf(waiting) };
  } catch (error) {
    return { topicId, partition, errorCode: numberOf(error) };
  }
};

interface Change extends DelayedPlace {
  /** Undefined: it is cancelled. */
  readonly dueMs: number | undefined;
  readonly timeoutMs: number;
}

/** One answer of CancelDelayed and RescheduleDelayed; an error is in its code. */
export const changeDelayed = async (
  context: ClientContext,
  change: Change,
): Promise<ChangeDelayedResult> => {
  const { topicId, partition, offset: firstOffset, dueMs } = change;
  try {
    if (dueMs !== undefined && dueMs < 0) throw negative(dueMs);
    requireFeature(context.metadata.image, 'delayedChanges');
    const timeoutMs = Math.min(Math.max(0, change.timeoutMs), TIMEOUT_MS_MAX);
    await withDelays(context, change, async (delays) => {
      if (delays === undefined || !isOffset(firstOffset)) throw notWaiting(change);
      await delays.change({ firstOffset, dueMs }, timeoutMs);
    });
    return { topicId, partition, errorCode: 0 };
  } catch (error) {
    return { topicId, partition, errorCode: numberOf(error) };
  }
};

/** `ask` is given undefined where no record was ever held. */
const withDelays = async <T>(
  context: ClientContext,
  { topicId, partition }: { readonly topicId: TopicId; readonly partition: PartitionId },
  ask: (delays: PartitionDelays | undefined) => Promise<T>,
): Promise<T> => {
  const found = findPartition(context, topicId, partition);
  requireUserTopic(found.topicName);
  found.requireLeader();
  if (found.delays === undefined && found.log.config.delayEnable) throw notKnown(found);
  try {
    return await ask(found.delays);
  } catch (error) {
    const failed = operatingError(error);
    if (failed.code === 'CORRUPT_STORE') found.onReadFailed(failed);
    // It was held anew as it was read, and is found where it is now.
    throw failed.code === 'OFFSET_OUT_OF_RANGE' ? notKnown(found) : failed;
  }
};

const isOffset = (offset: Offset): boolean => offset >= 0;

const notKnown = (partition: Partition): OttlaError =>
  new OttlaError(
    'OFFSET_NOT_AVAILABLE',
    `${partition.describe()} does not know yet what waits in it: ask again`,
  );

const notWaiting = ({ topicId, partition, offset }: DelayedPlace): OttlaError =>
  new OttlaError(
    'RESOURCE_NOT_FOUND',
    `no record of ${topicId}-${partition} waits that was held at ${offset}: see ListDelayed`,
  );

const negative = (value: number): OttlaError =>
  new OttlaError('INVALID_REQUEST', `${value} is no moment and no offset: give 0 or more`);

const wholeOf = ({ firstOffset, dueMs, record }: WaitingRecord): DelayedRecord => ({
  offset: firstOffset,
  dueMs,
  timestampMs: record.timestampMs,
  key: record.key ?? undefined,
  value: record.value ?? undefined,
  headers: (record.headers ?? []).map(({ key, value }) => ({ key, value: value ?? undefined })),
});

const summaryOf = (waiting: WaitingRecord): DelayedRecord => ({
  ...wholeOf(waiting),
  value: undefined,
  headers: [],
});
