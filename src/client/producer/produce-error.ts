import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { RecordMetadata } from './producer-record.ts';

export interface ProduceFailure {
  readonly topic: string;
  /** -1: not chosen yet. */
  readonly partition?: PartitionId;
  /** Overrules what the code alone tells: this producer may know more. */
  readonly maybeApplied?: boolean;
  readonly cause?: unknown;
}

/** A record was not acknowledged. `maybeApplied` false: it surely is not in the log. */
export class ProduceError extends OttlaError {
  override readonly name = 'ProduceError';
  readonly topic: string;
  readonly partition: PartitionId;
  readonly #maybeApplied: boolean | undefined;

  constructor(code: ErrorCode, message: string, failure: ProduceFailure) {
    super(code, message, failure.cause === undefined ? {} : { cause: failure.cause });
    this.topic = failure.topic;
    this.partition = failure.partition ?? NONE;
    this.#maybeApplied = failure.maybeApplied;
  }

  override get maybeApplied(): boolean {
    return this.#maybeApplied ?? super.maybeApplied;
  }
}

/** Some records of a `sendBatch` were not acknowledged; has the code of the first of them. */
export class SendBatchError extends OttlaError {
  override readonly name = 'SendBatchError';
  /** By index in the call; undefined where that record failed. */
  readonly delivered: ReadonlyArray<RecordMetadata | undefined>;
  /** By index in the call; undefined where that record was delivered. */
  readonly failures: ReadonlyArray<OttlaError | undefined>;

  constructor(
    delivered: ReadonlyArray<RecordMetadata | undefined>,
    failures: ReadonlyArray<OttlaError | undefined>,
  ) {
    const failed = failures.filter((failure) => failure !== undefined);
    const first = failed[0];
    super(
      first?.code ?? 'UNKNOWN_SERVER_ERROR',
      `${failed.length} of ${delivered.length} records failed, the first: ${first?.message}`,
      { cause: first },
    );
    this.delivered = delivered;
    this.failures = failures;
  }

  override get maybeApplied(): boolean {
    return this.failures.some((failure) => failure?.maybeApplied === true);
  }
}
