import { readInt16At, readInt64At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { LogConfig } from '../../log/log-config.ts';
import {
  ATTRIBUTES_AT,
  codecOf,
  PRODUCER_ID_AT,
  readBatchHeader,
} from '../../record/batch-header.ts';
import { codecNameOf } from '../../record/codec.ts';
import { recompress } from '../../record/recompress.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES } from '../../record/records-bound.ts';
import { emptiedBatch, thinnedBatch } from '../../record/thinned-batch.ts';
import { validateBatch } from '../../record/validate-batch.ts';
import type { IdVerdict, JudgedBatch, PartitionIds } from '../replication/partition-ids.ts';

/** What was opened before, and has grown a little since where it is held. */
const STORED_BYTES_MAX = 2 * DEFAULT_MAX_DECOMPRESSED_BYTES;

/** The part of a partition that says whether its records are looked at for repeats. */
export interface JudgingPartition {
  readonly isLeader: boolean;
  readonly ids?: PartitionIds | undefined;
  readonly log: { readonly name: string; readonly config: Pick<LogConfig, 'dedupWindowMs'> };
}

export interface SentForms {
  /** As it was sent, or the same records uncompressed. */
  readonly sent: Uint8Array;
  /** What is to be appended of it where no record is a repeat. */
  readonly stored: Uint8Array;
}

/**
 * An uncompressed batch as it is to be appended, where the topic asks for that, this broker leads
 * and a record has an id; undefined elsewhere, and where the log will refuse it as damaged. Throws
 * as `PartitionIds.judge`.
 */
export const judgedForm = (
  partition: JudgingPartition,
  { sent, stored }: SentForms,
): JudgedBatch | undefined => {
  const verdict = verdictOn(partition, sent);
  if (verdict === undefined) return undefined;
  const short = shortForm(verdict, stored);
  return verdict.toBatch(short === 'thin' ? thinnedBatch(stored, verdict.repeats) : short);
};

/** As `judgedForm`, in any loaded codec; what has to be opened and packed is, in other threads. */
export const judgedFormInPool = async (
  partition: JudgingPartition,
  { sent, stored }: SentForms,
): Promise<JudgedBatch | undefined> => {
  const verdict = verdictOn(partition, sent);
  if (verdict === undefined) return undefined;
  const short = shortForm(verdict, stored);
  if (short !== 'thin') return verdict.toBatch(short);
  const target = codecNameOf(codecOf(readInt16At(stored, ATTRIBUTES_AT))) ?? 'none';
  const maxRecordsBytes = STORED_BYTES_MAX;
  const plain = await recompress(stored, { target: 'none', maxRecordsBytes });
  const thinned = thinnedBatch(plain, verdict.repeats);
  return verdict.toBatch(await recompress(thinned, { target, maxRecordsBytes }));
};

const verdictOn = (
  { isLeader, ids, log: { name, config } }: JudgingPartition,
  sent: Uint8Array,
): IdVerdict | undefined => {
  if (!isLeader || config.dedupWindowMs === 0) return undefined;
  // Nothing is read of a batch whose sum is wrong; the log says so.
  if (validateBatch(sent, { maxBytes: Number.MAX_SAFE_INTEGER }) !== undefined) return undefined;
  if (ids !== undefined) return ids.judge(sent);
  throw new OttlaError(
    'REPLICA_NOT_AVAILABLE',
    `${name} does not know yet which ids it has: try again`,
  );
};

/**
 * A whole repeat of a producer that counts leaves its header: its sequence goes on, on every
 * replica. One of any other producer leaves nothing.
 */
const shortForm = (verdict: IdVerdict, stored: Uint8Array): Uint8Array | undefined | 'thin' => {
  if (verdict.repeatCount === 0) return stored;
  if (!verdict.isWhole) return 'thin';
  if (readInt64At(stored, PRODUCER_ID_AT) === NONE) return undefined;
  return emptiedBatch({ ...readBatchHeader(stored), maxTimestampMs: NONE });
};
