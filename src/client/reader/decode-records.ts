import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type { DecodedRecord, RecordHeader } from '../../record/record.ts';
import type { Deserializer } from '../serde/serde.ts';
import { reasonOf } from '../serde/serde.ts';
import type { DecodeFailure, DecodeFailureHandler } from './reader-options.ts';

/** A record as read. Byte arrays are views of what was fetched: copy what is kept for long. */
export interface ReaderRecord<K = Uint8Array, V = Uint8Array> {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
  /** Milliseconds since 1970, UTC: the producer's, or the broker's where the topic says so. */
  readonly timestampMs: number;
  readonly key: K | null;
  /** Null: a tombstone. */
  readonly value: V | null;
  readonly headers: readonly RecordHeader[];
  /** Its place in the record, where it is one of several items: see `consumer.runItems`. */
  readonly item?: number;
}

export interface RecordDecoding<K, V> {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly key: Deserializer<K>;
  readonly value: Deserializer<V>;
  readonly onDecodeFailure: DecodeFailureHandler;
}

/** A record that could not be decoded, when the handler said `fail`; nothing after it was read. */
export interface DecodeStop {
  readonly offset: Offset;
  readonly error: OttlaError;
}

export interface DecodedRecords<K, V> {
  readonly records: ReadonlyArray<ReaderRecord<K, V>>;
  readonly stop: DecodeStop | undefined;
}

/** Decodes the records from `startOffset` on; what fails goes the way the handler chooses. */
export const decodeRecords = <K, V>(
  raw: readonly DecodedRecord[],
  startOffset: Offset,
  decoding: RecordDecoding<K, V>,
): DecodedRecords<K, V> => {
  const records: Array<ReaderRecord<K, V>> = [];
  for (const record of raw) {
    if (record.offset < startOffset) continue;
    try {
      records.push(decodeOne(record, decoding));
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      const failure = describeFailure(record, error, decoding);
      if (decoding.onDecodeFailure(failure) === 'fail') {
        return { records, stop: { offset: record.offset, error: failure.error } };
      }
    }
  }
  return { records, stop: undefined };
};

const decodeOne = <K, V>(
  record: DecodedRecord,
  { topic, partition, key, value }: RecordDecoding<K, V>,
): ReaderRecord<K, V> => ({
  topic,
  partition,
  offset: record.offset,
  timestampMs: record.timestampMs,
  key: record.key === null ? null : decodePart('key', key, record.key),
  value: record.value === null ? null : decodePart('value', value, record.value),
  headers: record.headers,
});

class DecodeProblem extends Error {
  readonly part: 'key' | 'value';
  readonly serde: string;

  constructor(part: 'key' | 'value', serde: string, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.part = part;
    this.serde = serde;
  }
}

const decodePart = <T>(part: 'key' | 'value', serde: Deserializer<T>, bytes: Uint8Array): T => {
  try {
    return serde.deserialize(bytes);
  } catch (cause) {
    throw new DecodeProblem(part, serde.name, cause);
  }
};

const describeFailure = <K, V>(
  { offset, key, value, headers }: DecodedRecord,
  { part, serde, message, cause }: DecodeProblem,
  { topic, partition }: RecordDecoding<K, V>,
): DecodeFailure => {
  const text = `${part} of ${topic} partition ${partition} offset ${offset} (${serde}): ${message}`;
  const error = new OttlaError('SERIALIZATION', text, { cause });
  return { topic, partition, offset, part, key, value, headers, error };
};
