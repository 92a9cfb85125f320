/**
 * The closed list of operating errors. `kafkaCode` is the number on Kafka's wire and on ours;
 * codes from 10000 are Ottla's own. `retriable` means: the same request may succeed later
 * without a change by the caller. `outcome` tells whether a failed write surely did not happen
 * (`no`) or may have happened (`maybe`): Kafka leaves that open, and clients need to know.
 */
const define = <const T extends Record<string, ErrorSpec>>(specs: T): T => specs;
interface ErrorSpec {
  readonly kafkaCode: number;
  readonly retriable: boolean;
  readonly outcome?: 'no' | 'maybe';
}

export const ERRORS = define({
  NONE: { kafkaCode: 0, retriable: false },
  UNKNOWN_SERVER_ERROR: { kafkaCode: -1, retriable: false, outcome: 'maybe' },
  OFFSET_OUT_OF_RANGE: { kafkaCode: 1, retriable: false },
  CORRUPT_MESSAGE: { kafkaCode: 2, retriable: true, outcome: 'no' },
  UNKNOWN_TOPIC_OR_PARTITION: { kafkaCode: 3, retriable: true, outcome: 'no' },
  LEADER_NOT_AVAILABLE: { kafkaCode: 5, retriable: true, outcome: 'no' },
  NOT_LEADER_OR_FOLLOWER: { kafkaCode: 6, retriable: true, outcome: 'maybe' },
  REQUEST_TIMED_OUT: { kafkaCode: 7, retriable: true, outcome: 'maybe' },
  BROKER_NOT_AVAILABLE: { kafkaCode: 8, retriable: true, outcome: 'no' },
  REPLICA_NOT_AVAILABLE: { kafkaCode: 9, retriable: true },
  MESSAGE_TOO_LARGE: { kafkaCode: 10, retriable: false, outcome: 'no' },
  OFFSET_METADATA_TOO_LARGE: { kafkaCode: 12, retriable: false, outcome: 'no' },
  NETWORK_EXCEPTION: { kafkaCode: 13, retriable: true, outcome: 'maybe' },
  COORDINATOR_LOAD_IN_PROGRESS: { kafkaCode: 14, retriable: true, outcome: 'no' },
  COORDINATOR_NOT_AVAILABLE: { kafkaCode: 15, retriable: true, outcome: 'maybe' },
  NOT_COORDINATOR: { kafkaCode: 16, retriable: true, outcome: 'maybe' },
  INVALID_TOPIC: { kafkaCode: 17, retriable: false, outcome: 'no' },
  RECORD_LIST_TOO_LARGE: { kafkaCode: 18, retriable: false, outcome: 'no' },
  NOT_ENOUGH_REPLICAS: { kafkaCode: 19, retriable: true, outcome: 'no' },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { kafkaCode: 20, retriable: true, outcome: 'maybe' },
  INVALID_REQUIRED_ACKS: { kafkaCode: 21, retriable: false, outcome: 'no' },
  ILLEGAL_GENERATION: { kafkaCode: 22, retriable: false, outcome: 'no' },
  INCONSISTENT_GROUP_PROTOCOL: { kafkaCode: 23, retriable: false, outcome: 'no' },
  INVALID_GROUP_ID: { kafkaCode: 24, retriable: false, outcome: 'no' },
  UNKNOWN_MEMBER_ID: { kafkaCode: 25, retriable: false, outcome: 'no' },
  INVALID_SESSION_TIMEOUT: { kafkaCode: 26, retriable: false, outcome: 'no' },
  REBALANCE_IN_PROGRESS: { kafkaCode: 27, retriable: false, outcome: 'no' },
  INVALID_COMMIT_OFFSET_SIZE: { kafkaCode: 28, retriable: false, outcome: 'no' },
  INVALID_TIMESTAMP: { kafkaCode: 32, retriable: false, outcome: 'no' },
  UNSUPPORTED_VERSION: { kafkaCode: 35, retriable: false, outcome: 'no' },
  TOPIC_ALREADY_EXISTS: { kafkaCode: 36, retriable: false, outcome: 'no' },
  INVALID_PARTITIONS: { kafkaCode: 37, retriable: false, outcome: 'no' },
  INVALID_REPLICATION_FACTOR: { kafkaCode: 38, retriable: false, outcome: 'no' },
  INVALID_REPLICA_ASSIGNMENT: { kafkaCode: 39, retriable: false, outcome: 'no' },
  INVALID_CONFIG: { kafkaCode: 40, retriable: false, outcome: 'no' },
  NOT_CONTROLLER: { kafkaCode: 41, retriable: true, outcome: 'maybe' },
  INVALID_REQUEST: { kafkaCode: 42, retriable: false, outcome: 'no' },
  POLICY_VIOLATION: { kafkaCode: 44, retriable: false, outcome: 'no' },
  OUT_OF_ORDER_SEQUENCE_NUMBER: { kafkaCode: 45, retriable: false, outcome: 'no' },
  DUPLICATE_SEQUENCE_NUMBER: { kafkaCode: 46, retriable: false, outcome: 'no' },
  INVALID_PRODUCER_EPOCH: { kafkaCode: 47, retriable: false, outcome: 'no' },
  STORAGE_ERROR: { kafkaCode: 56, retriable: true, outcome: 'maybe' },
  UNKNOWN_PRODUCER_ID: { kafkaCode: 59, retriable: false, outcome: 'no' },
  NON_EMPTY_GROUP: { kafkaCode: 68, retriable: false, outcome: 'no' },
  GROUP_ID_NOT_FOUND: { kafkaCode: 69, retriable: false, outcome: 'no' },
  FENCED_LEADER_EPOCH: { kafkaCode: 74, retriable: true, outcome: 'no' },
  UNKNOWN_LEADER_EPOCH: { kafkaCode: 75, retriable: true, outcome: 'no' },
  UNSUPPORTED_COMPRESSION_TYPE: { kafkaCode: 76, retriable: false, outcome: 'no' },
  STALE_BROKER_EPOCH: { kafkaCode: 77, retriable: false, outcome: 'no' },
  OFFSET_NOT_AVAILABLE: { kafkaCode: 78, retriable: true },
  MEMBER_ID_REQUIRED: { kafkaCode: 79, retriable: false, outcome: 'no' },
  PREFERRED_LEADER_NOT_AVAILABLE: { kafkaCode: 80, retriable: true, outcome: 'no' },
  GROUP_MAX_SIZE_REACHED: { kafkaCode: 81, retriable: false, outcome: 'no' },
  FENCED_INSTANCE_ID: { kafkaCode: 82, retriable: false, outcome: 'no' },
  ELIGIBLE_LEADERS_NOT_AVAILABLE: { kafkaCode: 83, retriable: true, outcome: 'no' },
  ELECTION_NOT_NEEDED: { kafkaCode: 84, retriable: false, outcome: 'no' },
  NO_REASSIGNMENT_IN_PROGRESS: { kafkaCode: 85, retriable: false, outcome: 'no' },
  GROUP_SUBSCRIBED_TO_TOPIC: { kafkaCode: 86, retriable: false, outcome: 'no' },
  INVALID_RECORD: { kafkaCode: 87, retriable: false, outcome: 'no' },
  RESOURCE_NOT_FOUND: { kafkaCode: 91, retriable: false, outcome: 'no' },
  UNKNOWN_TOPIC_ID: { kafkaCode: 100, retriable: true, outcome: 'no' },
  DUPLICATE_BROKER_REGISTRATION: { kafkaCode: 101, retriable: false, outcome: 'no' },
  BROKER_ID_NOT_REGISTERED: { kafkaCode: 102, retriable: true, outcome: 'no' },
  INCONSISTENT_TOPIC_ID: { kafkaCode: 103, retriable: true, outcome: 'no' },
  INCONSISTENT_CLUSTER_ID: { kafkaCode: 104, retriable: false, outcome: 'no' },
  INELIGIBLE_REPLICA: { kafkaCode: 107, retriable: false, outcome: 'no' },
  NEW_LEADER_ELECTED: { kafkaCode: 108, retriable: false },
  INVALID_UPDATE_VERSION: { kafkaCode: 95, retriable: false, outcome: 'no' },
  DUPLICATE_VOTER: { kafkaCode: 126, retriable: false, outcome: 'no' },
  VOTER_NOT_FOUND: { kafkaCode: 127, retriable: false, outcome: 'no' },
  // Ottla's own; never sent on Kafka's wire.
  ABORTED: { kafkaCode: 10_000, retriable: false, outcome: 'maybe' },
  CLOSED: { kafkaCode: 10_001, retriable: false, outcome: 'no' },
  DELIVERY_TIMEOUT: { kafkaCode: 10_002, retriable: false, outcome: 'maybe' },
  BUFFER_FULL: { kafkaCode: 10_003, retriable: true, outcome: 'no' },
  SERIALIZATION: { kafkaCode: 10_004, retriable: false, outcome: 'no' },
  NO_CONTROLLER: { kafkaCode: 10_005, retriable: true, outcome: 'no' },
  DISK_FULL: { kafkaCode: 10_006, retriable: true, outcome: 'maybe' },
  CORRUPT_STORE: { kafkaCode: 10_007, retriable: false },
  CONFIG: { kafkaCode: 10_008, retriable: false, outcome: 'no' },
});

export type ErrorCode = keyof typeof ERRORS;

/** `retriable` and `maybeApplied`: where the one who throws knows better than the code. */
export interface OttlaErrorOptions {
  readonly cause?: unknown;
  readonly retriable?: boolean;
  readonly maybeApplied?: boolean;
}

/** An operating error: expected trouble with a code, one line of text, and a remedy in the text. */
export class OttlaError extends Error {
  override readonly name: string = 'OttlaError';
  readonly code: ErrorCode;
  readonly #isRetriable: boolean;
  readonly #maybeApplied: boolean;

  constructor(code: ErrorCode, message: string, options?: OttlaErrorOptions) {
    super(message, options);
    const spec: ErrorSpec = ERRORS[code];
    this.code = code;
    this.#isRetriable = options?.retriable ?? spec.retriable;
    this.#maybeApplied = options?.maybeApplied ?? spec.outcome === 'maybe';
  }

  /** True when the same request may succeed later without a change by the caller. */
  get retriable(): boolean {
    return this.#isRetriable;
  }

  /** True when a write that failed with this error may nevertheless be in the log. */
  get maybeApplied(): boolean {
    return this.#maybeApplied;
  }

  get kafkaCode(): number {
    return ERRORS[this.code].kafkaCode;
  }
}

/** As `error`, and what it ends may have taken effect by an earlier attempt. */
export const asMaybeApplied = (error: OttlaError): OttlaError => {
  if (error.maybeApplied) return error;
  const { code, message, retriable } = error;
  return new OttlaError(code, message, { retriable, maybeApplied: true, cause: error });
};

const codeByNumber = new Map<number, ErrorCode>(
  Object.entries(ERRORS).map(([code, spec]) => [spec.kafkaCode, code as ErrorCode]),
);

/** The number of a code on the wire; 0 is `NONE`. */
export const errorNumber = (code: ErrorCode): number => ERRORS[code].kafkaCode;

/** The code of a number from the wire; an unknown number reads as `UNKNOWN_SERVER_ERROR`. */
export const errorCodeOf = (kafkaCode: number): ErrorCode =>
  codeByNumber.get(kafkaCode) ?? 'UNKNOWN_SERVER_ERROR';

/** One line for a person or a log: the code where there is one, and the message. */
export const describeError = (error: unknown): string =>
  error instanceof OttlaError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error);
