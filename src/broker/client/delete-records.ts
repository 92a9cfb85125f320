import { errorNumber } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import type { DeleteRecordsPartition, DeleteRecordsResult } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import { guardedCall } from '../guard.ts';
import { deleteRecords } from '../replication/delete-records.ts';
import type { ClientContext } from './context.ts';
import { findPartition, operatingError, requireUserTopic } from './context.ts';

const TIMEOUT_MS_MAX = 5 * 60 * 1000;

export const deleteRecordsHandler = (context: ClientContext): Handler =>
  guardedCall(context.onFatal, ClientService.deleteRecords, async ({ partitions, timeoutMs }) => ({
    partitions: await Promise.all(partitions.map((asked) => deleteFrom(context, asked, timeoutMs))),
  }));

/** One answer of DeleteRecords, whichever door it came by; an error is in its code. */
export const deleteFrom = async (
  context: ClientContext,
  { topicId, partition, beforeOffset }: DeleteRecordsPartition,
  timeoutMs: number,
): Promise<DeleteRecordsResult> => {
  const answer = { topicId, partition };
  try {
    const found = findPartition(context, topicId, partition);
    requireUserTopic(found.topicName);
    const waitMs = Math.min(Math.max(0, timeoutMs), TIMEOUT_MS_MAX);
    const request = { beforeOffset, timeoutMs: waitMs };
    const lowWatermark = await deleteRecords(found, request, context.deadlines);
    return { ...answer, errorCode: 0, lowWatermark };
  } catch (error) {
    const { code } = operatingError(error);
    return { ...answer, errorCode: errorNumber(code), lowWatermark: NONE };
  }
};
