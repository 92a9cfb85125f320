import { OttlaError } from '../../base/errors.ts';
import type { Schema } from './schema.ts';
import { validate } from './schema.ts';
import type { Serde } from './serde.ts';
import { decodeText, encodeText } from './serde.ts';

/**
 * JSON as UTF-8. With a schema (Standard Schema, an object with `parse`, or a checking function) a
 * value is checked before it is sent, and sent as given; a read one is checked and returned as the
 * schema gives it. A value that JSON cannot hold (undefined, a function, a cycle, a BigInt) is
 * refused.
 */
export const json = <T = unknown>(schema?: Schema<T>): Serde<T> => ({
  name: 'json',
  serialize: (value) => {
    if (schema !== undefined) validate(schema, value);
    return encodeText(stringify(value));
  },
  deserialize: (raw) => {
    const value = parse(decodeText(raw));
    return schema === undefined ? (value as T) : validate(schema, value);
  },
});

const stringify = (value: unknown): string => {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `JSON cannot hold it: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (text !== undefined) return text;
  throw new OttlaError('SERIALIZATION', `JSON cannot hold a ${typeof value}`);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `is not JSON: ${(cause as Error).message}`, { cause });
  }
};
