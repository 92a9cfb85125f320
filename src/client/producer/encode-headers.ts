import type { RecordHeader } from '../../record/record.ts';
import { encodeText, kindOf, reasonOf } from '../serde/serde.ts';
import { ProduceError } from './produce-error.ts';

/** In the order of their names; throws INVALID_RECORD naming the header that cannot be sent. */
export const encodeHeaders = (
  headers: Readonly<Record<string, Uint8Array | string | null>>,
  topic: string,
): readonly RecordHeader[] => {
  if (!isPlainObject(headers)) {
    const message = `headers of a record for ${topic} are ${kindOf(headers)}: give a plain object, or leave them out`;
    throw new ProduceError('INVALID_RECORD', message, { topic });
  }
  return Object.entries(headers).map(([key, value]) => encodeHeader(key, value, topic));
};

const encodeHeader = (key: string, value: unknown, topic: string): RecordHeader => {
  if (!key.isWellFormed()) throw refusal(key, topic, 'its name has a lone surrogate');
  if (value === null || value instanceof Uint8Array) return { key, value };
  if (typeof value !== 'string') {
    throw refusal(key, topic, `is ${kindOf(value)}: give text, bytes or null`);
  }
  try {
    return { key, value: encodeText(value) };
  } catch (cause) {
    throw refusal(key, topic, reasonOf(cause));
  }
};

const refusal = (key: string, topic: string, reason: string): ProduceError => {
  const name = JSON.stringify(key);
  return new ProduceError('INVALID_RECORD', `header ${name} of a record for ${topic}: ${reason}`, {
    topic,
  });
};

/** Also of another realm, as test runners have them. A Map, say, has its entries elsewhere. */
const isPlainObject = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};
