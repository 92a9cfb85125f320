import { OttlaError } from '../../base/errors.ts';
import type { Schema } from './schema.ts';
import { isSchema, validate } from './schema.ts';
import type { Serde } from './serde.ts';
import { decodeText, encodeText, kindOf, reasonOf } from './serde.ts';

/**
 * JSON as UTF-8. With a schema (Standard Schema, an object with `parse`, or a checking function) a
 * value is checked before it is sent, and sent as given; a read one is checked and returned as the
 * schema gives it. A value that JSON cannot hold (undefined, a function, a cycle, a BigInt) is
 * refused, and so are NaN and the infinities in it, which JSON would make null. Throws CONFIG for
 * what is no schema.
 */
export const json = <T = unknown>(schema?: Schema<T>): Serde<T> => {
  if (schema !== undefined && !isSchema(schema)) {
    throw new OttlaError(
      'CONFIG',
      `json takes a Standard Schema, an object with parse or a function that checks, not ${kindOf(schema)}`,
    );
  }
  return {
    name: 'json',
    serialize: (value) => {
      if (schema !== undefined) validate(schema, value);
      return encodeText(stringify(value));
    },
    deserialize: (raw) => {
      const value = parse(decodeText(raw));
      return schema === undefined ? (value as T) : validate(schema, value);
    },
  };
};

const stringify = (value: unknown): string => {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `JSON cannot hold it: ${reasonOf(cause)}`, { cause });
  }
  if (text === undefined) {
    throw new OttlaError('SERIALIZATION', `JSON cannot hold ${kindOf(value)}`);
  }
  // Only where there is a null can there have been a number that JSON does not have.
  if (text.includes('null')) refuseNonFinite(value);
  return text;
};

const refuseNonFinite = (value: unknown): void => {
  const places = new Map<unknown, string>();
  JSON.stringify(value, function (this: unknown, key: string, part: unknown) {
    const parent = places.get(this);
    const place = parent === undefined ? '' : placeIn(parent, key, this);
    if (typeof part === 'object' && part !== null) places.set(part, place);
    if (typeof part !== 'number' || Number.isFinite(part)) return part;
    const at = place === '' ? '' : `at ${place}: `;
    throw new OttlaError('SERIALIZATION', `${at}JSON cannot hold ${part}`);
  });
};

const placeIn = (parent: string, key: string, holder: unknown): string => {
  if (Array.isArray(holder)) return `${parent}[${key}]`;
  return parent === '' ? key : `${parent}.${key}`;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `is not JSON: ${reasonOf(cause)}`, { cause });
  }
};
