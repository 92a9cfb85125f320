import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { RecordHeader } from '../../record/record.ts';
import type { Deserializer } from '../serde/serde.ts';

/** Where to begin, or to go on. */
export type ReadPosition =
  | 'earliest'
  | 'latest'
  | { readonly offset: Offset }
  | {
      /** The first record at or after this moment; the end where there is none. */
      readonly timestampMs: number;
    };

export interface Assignment {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Default: `from` of the reader. */
  readonly from?: ReadPosition;
}

/** A partition: its number is enough in a reader of one topic. */
export type PartitionSelector =
  | PartitionId
  | { readonly topic: string; readonly partition: PartitionId };

/** A record whose key or value could not be decoded. */
export interface DecodeFailure {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
  readonly part: 'key' | 'value';
  /** As stored. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** SERIALIZATION, naming the record and the field. */
  readonly error: OttlaError;
}

/** Returns `fail` to end the iteration with the error; anything else skips the record. */
export type DecodeFailureHandler = (failure: DecodeFailure) => 'fail' | 'skip' | undefined;

export interface ReaderOptions<K = Uint8Array, V = Uint8Array> {
  /** All partitions of a topic, those that are added later too (from their first record). */
  readonly topic?: string;
  /** These partitions, instead of `topic`. */
  readonly assignments?: readonly Assignment[];
  /** Default `latest`. */
  readonly from?: ReadPosition;
  /** How long a broker may wait for `minBytes`; default 500. */
  readonly maxWaitMs?: number;
  /** Default 1. */
  readonly minBytes?: number;
  /** Of one answer; default 4194304 (4 MiB). A larger single batch comes all the same. */
  readonly maxBytes?: number;
  /** Of one partition in one answer; default 1048576 (1 MiB). */
  readonly maxPartitionBytes?: number;
  /**
   * Nothing is fetched while this much waits to be read; default 8388608 (8 MiB). What is on its
   * way then, one answer a broker at most, comes on top.
   */
  readonly prefetchBytes?: number;
  readonly deserializers?: {
    /** Default: the bytes as they are. */
    readonly key?: Deserializer<K>;
    readonly value?: Deserializer<V>;
  };
  /** Default `fail`. */
  readonly onDecodeFailure?: 'fail' | 'skip' | DecodeFailureHandler;
  /** When the position is no longer, or not yet, in the log; default `fail`. */
  readonly offsetOutOfRange?: 'earliest' | 'latest' | 'fail';
  /** Ends every iteration. */
  readonly signal?: AbortSignal;
}

/** What a consumer takes as well. */
export const FETCH_KEYS: KeysOf<
  Omit<ReaderOptions, 'topic' | 'assignments' | 'from' | 'offsetOutOfRange'>
> = {
  maxWaitMs: true,
  minBytes: true,
  maxBytes: true,
  maxPartitionBytes: true,
  prefetchBytes: true,
  deserializers: true,
  onDecodeFailure: true,
  signal: true,
};

const READER_KEYS: KeysOf<ReaderOptions> = {
  ...FETCH_KEYS,
  topic: true,
  assignments: true,
  from: true,
  offsetOutOfRange: true,
};

const ASSIGNMENT_KEYS: KeysOf<Assignment> = {
  topic: true,
  partition: true,
  from: true,
};

const DESERIALIZER_KEYS: KeysOf<NonNullable<ReaderOptions['deserializers']>> = {
  key: true,
  value: true,
};

export interface ReaderSettings<K, V> {
  readonly topic: string | undefined;
  readonly assignments: readonly Assignment[];
  readonly from: ReadPosition;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  readonly prefetchBytes: number;
  readonly key: Deserializer<K>;
  readonly value: Deserializer<V>;
  readonly onDecodeFailure: DecodeFailureHandler;
  readonly offsetOutOfRange: 'earliest' | 'latest' | 'fail';
}

const wholeNumber = (name: string, value: number, min: number): number => {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new OttlaError(
    'CONFIG',
    `reader option ${name}=${value} is not a whole number of ${min} or more`,
  );
};

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Throws CONFIG for what is no place to read from; `name` says where it was given. */
export const checkPosition = (name: string, position: ReadPosition): void => {
  if (position === 'earliest' || position === 'latest') return;
  const given = position as Partial<Record<'offset' | 'timestampMs', unknown>> | null;
  if (isWhole(given?.offset) || isWhole(given?.timestampMs)) return;
  throw new OttlaError(
    'CONFIG',
    `${name}=${JSON.stringify(position)} is no position: give earliest, latest, {offset} or {timestampMs}, whole and not negative`,
  );
};

const oneOf = <T extends string>(name: string, value: T, choices: readonly T[]): T => {
  if (choices.includes(value)) return value;
  throw new OttlaError('CONFIG', `reader option ${name}=${value} is none of ${choices.join(', ')}`);
};

/** The options with their defaults; throws CONFIG naming one that is unknown or cannot be. */
export const resolveReaderOptions = <K, V>(
  options: ReaderOptions<K, V>,
  defaultDeserializer: Deserializer<Uint8Array>,
): ReaderSettings<K, V> => {
  checkKeys('reader option', options, READER_KEYS);
  return withDefaults(options, defaultDeserializer);
};

/** As `resolveReaderOptions`, for one whose keys are its own. */
export const withDefaults = <K, V>(
  options: ReaderOptions<K, V>,
  defaultDeserializer: Deserializer<Uint8Array>,
): ReaderSettings<K, V> => {
  checkKeys('deserializer', options.deserializers ?? {}, DESERIALIZER_KEYS);
  const { topic, assignments = [], onDecodeFailure = 'fail' } = options;
  if ((topic === undefined) === (assignments.length === 0)) {
    throw new OttlaError('CONFIG', 'a reader takes either topic or assignments');
  }
  const chosen =
    typeof onDecodeFailure === 'function'
      ? 'fail'
      : oneOf('onDecodeFailure', onDecodeFailure, ['fail', 'skip']);
  checkPosition('reader option from', options.from ?? 'latest');
  for (const assignment of assignments) {
    checkKeys('key of an assignment', assignment, ASSIGNMENT_KEYS);
    checkPosition('from of an assignment', assignment.from ?? 'latest');
  }
  const fallback = defaultDeserializer as unknown as Deserializer<K> & Deserializer<V>;
  return {
    topic,
    assignments,
    from: options.from ?? 'latest',
    maxWaitMs: wholeNumber('maxWaitMs', options.maxWaitMs ?? 500, 0),
    minBytes: wholeNumber('minBytes', options.minBytes ?? 1, 0),
    maxBytes: wholeNumber('maxBytes', options.maxBytes ?? 4_194_304, 1),
    maxPartitionBytes: wholeNumber('maxPartitionBytes', options.maxPartitionBytes ?? 1_048_576, 1),
    prefetchBytes: wholeNumber('prefetchBytes', options.prefetchBytes ?? 8_388_608, 1),
    key: options.deserializers?.key ?? fallback,
    value: options.deserializers?.value ?? fallback,
    onDecodeFailure: typeof onDecodeFailure === 'function' ? onDecodeFailure : () => chosen,
    offsetOutOfRange: oneOf('offsetOutOfRange', options.offsetOutOfRange ?? 'fail', [
      'earliest',
      'latest',
      'fail',
    ]),
  };
};
