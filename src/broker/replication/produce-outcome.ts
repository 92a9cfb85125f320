import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { NodeId, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { RefusedRecordsError } from '../../record/refused-records.ts';
import type { PartitionCore } from './partition-core.ts';
import type { JudgedBatch } from './partition-ids.ts';

export interface ProduceOptions {
  /** 0 and 1: the leader has the bytes. -1: all in-sync replicas have them. */
  readonly acks: number;
  /** How long acks -1 may wait. */
  readonly timeoutMs: number;
  /** The batch as it was sent, with its records uncompressed, where that is there. */
  readonly opened?: Uint8Array | undefined;
  /** Of a batch whose records have ids that count. */
  readonly ids?: JudgedBatch | undefined;
  /** What is appended in the place of a batch of which a record is not due yet. */
  readonly held?: {
    readonly stored: Uint8Array;
    /** Called once it is appended, before anyone is answered; not for a repeat. */
    onAppended(endOffset: Offset): void;
  };
}

/** What became of one batch. */
export interface ProduceOutcome {
  readonly code: ErrorCode;
  readonly message?: string;
  /**
   * Of the batch's first record, whom the others follow one by one; of the original where it is a
   * duplicate; `NONE` with an error, where the records are held until they are due, and where
   * repeats among them lie elsewhere.
   */
  readonly baseOffset: Offset;
  /** One a record, where `baseOffset` does not tell them; `NONE` where it is not known. */
  readonly offsets?: readonly Offset[] | undefined;
  /** Records that were not appended, because they are in the log by their ids. */
  readonly repeatCount?: number;
  readonly logStartOffset: Offset;
  readonly isDuplicate: boolean;
  /** The leader's time of the append, where the topic has that time; else `NONE`. */
  readonly logAppendTimeMs: number;
  /** Of a refused batch, the records that are to blame, where it is about single ones. */
  readonly refusedRecords?: readonly RefusedRecord[];
}

/** As a batch was appended, or found. */
export interface AppendedProduce extends ProduceOutcome {
  /** Exclusive. */
  readonly endOffset: Offset;
}

export const notEnoughReplicas = (
  name: string,
  { presentIsr, effectiveMinIsr }: Pick<PartitionCore, 'presentIsr' | 'effectiveMinIsr'>,
): OttlaError =>
  new OttlaError(
    'NOT_ENOUGH_REPLICAS',
    `${name} has ${presentIsr.length} in-sync replicas, min.insync.replicas is ${effectiveMinIsr}`,
  );

export const notLeader = (name: string, brokerId: NodeId): OttlaError =>
  new OttlaError(
    'NOT_LEADER_OR_FOLLOWER',
    `broker ${brokerId} does not lead ${name}: refresh the metadata`,
  );

/** The outcome for an error that was thrown, or for a code alone. */
export const failedProduce = (error: unknown): ProduceOutcome => {
  const nowhere = { baseOffset: NONE, logStartOffset: NONE, logAppendTimeMs: NONE };
  const failed = { ...nowhere, isDuplicate: false };
  if (typeof error === 'string') return { ...failed, code: error as ErrorCode };
  if (!(error instanceof OttlaError)) throw error;
  const refused = { ...failed, code: error.code, message: error.message };
  if (!(error instanceof RefusedRecordsError)) return refused;
  return { ...refused, refusedRecords: error.records };
};
