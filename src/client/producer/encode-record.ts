import { copyBytes } from '../../base/bytes/copy.ts';
import { OttlaError } from '../../base/errors.ts';
import type { EncodableRecord, RecordHeader } from '../../record/record.ts';
import type { Serializer } from '../serde/serde.ts';
import { kindOf, reasonOf } from '../serde/serde.ts';
import { delayHeaders, delayOptionOf } from './delay-header.ts';
import { encodeHeaders } from './encode-headers.ts';
import { messageIdHeaders } from './message-id-header.ts';
import { ProduceError } from './produce-error.ts';
import type { EncodedRecord, ProducerRecord } from './producer-record.ts';
import { maxBytesInBatch } from './record-size.ts';

export interface Serializers<K, V> {
  readonly key: Serializer<K>;
  readonly value: Serializer<V>;
}

const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * The record in bytes; throws SERIALIZATION, INVALID_RECORD, INVALID_TIMESTAMP or INVALID_TOPIC
 * naming what is wrong.
 */
export const encodeRecord = <K, V>(
  record: ProducerRecord<K, V>,
  serializers: Serializers<K, V>,
  nowMs: number,
): EncodedRecord => {
  if (typeof record !== 'object' || record === null) {
    const message = `a record is ${kindOf(record)}: give an object with topic and value`;
    throw new ProduceError('INVALID_RECORD', message, { topic: '' });
  }
  const { topic, timestampMs = nowMs } = record;
  if (typeof topic !== 'string' || topic === '') {
    throw new ProduceError('INVALID_TOPIC', 'a record needs the name of its topic', { topic: '' });
  }
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) {
    const message = `timestampMs=${timestampMs} of a record for ${topic} is no whole number of ms`;
    throw new ProduceError('INVALID_TIMESTAMP', message, { topic });
  }
  const key = serialize('key', record.key, { topic, serializer: serializers.key });
  const value = serialize('value', record.value, { topic, serializer: serializers.value });
  const own = record.headers === undefined ? NO_HEADERS : encodeHeaders(record.headers, topic);
  const named = messageIdHeaders(record.messageId, own, topic);
  const headers = delayHeaders(record, named, { topic, nowMs });
  return {
    topic,
    partition: record.partition,
    key,
    value,
    headers,
    timestampMs,
    waitsBy: delayOptionOf(record),
    bufferedBytes: maxBytesInBatch({ key, value, headers }),
  };
};

/** A record that is in bytes already, as it was read for one. */
export const storedRecord = ({
  topic,
  key,
  value,
  headers = NO_HEADERS,
  timestampMs,
}: EncodableRecord & { readonly topic: string }): EncodedRecord => ({
  topic,
  partition: undefined,
  key,
  value,
  headers,
  timestampMs,
  bufferedBytes: maxBytesInBatch({ key, value, headers }),
});

const copyOf = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : copyBytes(bytes);

/** The same record with bytes of its own: the caller's may change while it waits to be placed. */
export const ownBytes = (record: EncodedRecord): EncodedRecord => ({
  ...record,
  key: copyOf(record.key),
  value: copyOf(record.value),
  headers: (record.headers ?? NO_HEADERS).map(({ key, value }) => ({
    key,
    value: copyOf(value),
  })),
});

const serialize = <T>(
  part: 'key' | 'value',
  given: T | null | undefined,
  at: { readonly topic: string; readonly serializer: Serializer<T> },
): Uint8Array | null => {
  if (given === null || (part === 'key' && given === undefined)) return null;
  try {
    return at.serializer.serialize(given as T);
  } catch (cause) {
    const { name } = at.serializer;
    const message = `${part} of a record for ${at.topic} (${name}): ${reasonOf(cause)}`;
    if (cause instanceof OttlaError && cause.code !== 'SERIALIZATION') throw cause;
    throw new ProduceError('SERIALIZATION', message, { topic: at.topic, cause });
  }
};
