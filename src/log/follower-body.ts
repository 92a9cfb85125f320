import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../record/batch-header.ts';
import { validateStoredBatch } from '../record/validate-batch.ts';

/** What batches from a leader must continue. */
export interface FollowerLimits {
  /** For messages. */
  readonly name: string;
  readonly endOffset: Offset;
  /** Epoch of the last record here. */
  readonly minLeaderEpoch: LeaderEpoch;
  /** Epoch in which the bytes were fetched. */
  readonly maxLeaderEpoch: LeaderEpoch;
  /** The log is empty: its start may lie within the first batch. */
  readonly mayBeginWithin: boolean;
}

/**
 * The headers of all batches of a body, every one checked before any is used. Throws
 * CORRUPT_MESSAGE (retriable: fetch again) for a wrong CRC, a gap or overlap, an epoch that falls
 * or comes from the future, or a batch that is cut off.
 */
export const readFollowerBody = (body: Uint8Array, limits: FollowerLimits): BatchHeader[] => {
  const headers: BatchHeader[] = [];
  let endOffset = limits.endOffset;
  let leaderEpoch = limits.minLeaderEpoch;
  let endPosition = 0;
  for (const { position, sizeBytes } of splitBatches(body)) {
    const batch = body.subarray(position, position + sizeBytes);
    const fault = validateStoredBatch(batch);
    if (fault !== undefined) throw refuse(limits, fault.reason);
    const header = readBatchHeader(batch);
    const mayBeginWithin = limits.mayBeginWithin && headers.length === 0;
    requireNext(header, endOffset, { limits, mayBeginWithin });
    requireEpoch(header, leaderEpoch, limits);
    headers.push(header);
    endOffset = nextOffsetOf(header);
    leaderEpoch = header.partitionLeaderEpoch;
    endPosition = position + sizeBytes;
  }
  if (endPosition < body.length) {
    throw refuse(limits, `${body.length - endPosition} bytes behind the last whole batch`);
  }
  return headers;
};

const requireNext = (
  header: BatchHeader,
  endOffset: Offset,
  options: { readonly limits: FollowerLimits; readonly mayBeginWithin: boolean },
): void => {
  const { baseOffset } = header;
  const contains = baseOffset <= endOffset && endOffset < nextOffsetOf(header);
  if (options.mayBeginWithin ? contains : baseOffset === endOffset && contains) return;
  throw refuse(options.limits, `batch at offset ${baseOffset} does not continue at ${endOffset}`);
};

const requireEpoch = (
  header: BatchHeader,
  leaderEpoch: LeaderEpoch,
  limits: FollowerLimits,
): void => {
  const { baseOffset, partitionLeaderEpoch } = header;
  if (partitionLeaderEpoch >= leaderEpoch && partitionLeaderEpoch <= limits.maxLeaderEpoch) return;
  throw refuse(
    limits,
    `batch at offset ${baseOffset} has epoch ${partitionLeaderEpoch}, not in ${leaderEpoch}..${limits.maxLeaderEpoch}`,
  );
};

const refuse = (limits: FollowerLimits, reason: string): OttlaError =>
  new OttlaError('CORRUPT_MESSAGE', `${limits.name}: ${reason}; fetch again`);

/** The bytes, copied when they are a small part of a larger buffer, which they would keep alive. */
export const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
