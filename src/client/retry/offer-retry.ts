import type { ErrorCode, OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import type { DecodedRecord } from '../../record/record.ts';
import type { SureSender } from '../failure/sure-sender.ts';
import { asOttlaError } from '../timing.ts';
import type { RetryMarks } from './retry-record.ts';
import { retryHeaders } from './retry-record.ts';

export interface RetryOffer {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly stored: Pick<DecodedRecord, 'key' | 'value' | 'headers'>;
  readonly marks: RetryMarks;
}

const TOO_LARGE: ReadonlySet<ErrorCode> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/**
 * Resolves when the record is on the disks of the in-sync replicas of the retry topic, or with why
 * that topic can never take it as it is. One that is too large goes without the stack of its error.
 * Rejects as `SureSender.send` does with what is wrong with more than this record.
 */
export const offerRetry = async (
  sender: Pick<SureSender, 'send'>,
  offer: RetryOffer,
  signal: AbortSignal,
): Promise<OttlaError | undefined> => {
  const { trail } = offer.marks;
  const refusal = await offerOnce(sender, offer, signal);
  if (refusal === undefined || !TOO_LARGE.has(refusal.code)) return refusal;
  if (trail.errorStack === '') return refusal;
  const marks = { ...offer.marks, trail: { ...trail, errorStack: '' } };
  return await offerOnce(sender, { ...offer, marks }, signal);
};

const offerOnce = async (
  sender: Pick<SureSender, 'send'>,
  { topic, partition, stored: { key, value, headers }, marks }: RetryOffer,
  signal: AbortSignal,
): Promise<OttlaError | undefined> => {
  try {
    const retry = { key, value, headers: retryHeaders(headers, marks), partition };
    await sender.send(topic, retry, signal);
    return undefined;
  } catch (error) {
    const refusal = asOttlaError(error);
    if (refusal.code === 'INVALID_RECORD' || TOO_LARGE.has(refusal.code)) return refusal;
    throw error;
  }
};
