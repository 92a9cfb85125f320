import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { RefusedRecordsError } from '../../record/refused-records.ts';

export interface ProduceOptions {
  /** 0 and 1: the leader has the bytes. -1: all in-sync replicas have them. */
  readonly acks: number;
  /** How long acks -1 may wait. */
  readonly timeoutMs: number;
}

/** What became of one batch. */
export interface ProduceOutcome {
  readonly code: ErrorCode;
  readonly message?: string;
  /** Of the batch's first record; of the original where it is a duplicate; `NONE` with an error. */
  readonly baseOffset: Offset;
  readonly logStartOffset: Offset;
  readonly isDuplicate: boolean;
  /** The leader's time of the append, where the topic has that time; else `NONE`. */
  readonly logAppendTimeMs: number;
  /** Of a refused batch, the records that are to blame, where it is about single ones. */
  readonly refusedRecords?: readonly RefusedRecord[];
}

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
