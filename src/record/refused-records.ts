import type { ErrorCode } from '../base/errors.ts';
import { OttlaError } from '../base/errors.ts';

/** One record for which its batch was refused. */
export interface RefusedRecord {
  /** Within the batch, from 0. */
  readonly index: number;
  /** One line. */
  readonly reason: string;
}

/** More are not named: an answer stays small, however many records of a batch are wrong. */
export const NAMED_RECORDS_MAX = 100;

/** A whole batch is refused for some of its records, and nothing of it was appended. */
export class RefusedRecordsError extends OttlaError {
  /** In the order of the batch, at most `NAMED_RECORDS_MAX`. */
  readonly records: readonly RefusedRecord[];

  constructor(code: ErrorCode, message: string, records: readonly RefusedRecord[]) {
    super(code, message);
    this.records = records;
  }
}
