import { OttlaError } from '../../base/errors.ts';
import type { Schema } from './schema.ts';
import { isSchema, validate } from './schema.ts';
import type { Serde } from './serde.ts';
import { decodeText, encodeText, kindOf, reasonOf } from './serde.ts';

/**
 * JSON as UTF-8. With a schema (Standard Schema, an object with `parse`, or a checking function) a
 * value is checked before it is sent, and sent as given; a read one is checked and returned as the
 * schema gives it. A value that JSON cannot hold (undefined, a function, a cycle, a BigInt) is
 * refused, and so is what JSON would change without a word: NaN, the infinities and invalid dates,
 * of which it makes null, and what it empties, such as a Map or a Set. Throws CONFIG for what is no
 * schema.
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
  // Only a null or an empty object can have been something that JSON does not have.
  if (text.includes('null') || text.includes('{}')) refuseChanged(value);
  return text;
};

/** What JSON makes an empty object of, whatever is in it, by its tag: also one of another realm. */
const EMPTIED: ReadonlySet<string> = new Set(
  ['Map', 'Set', 'WeakMap', 'WeakSet', 'RegExp', 'Error', 'Promise', 'ArrayBuffer'].map(
    (name) => `[object ${name}]`,
  ),
);

const refuseChanged = (value: unknown): void => {
  const places = new Map<unknown, string>();
  JSON.stringify(value, function (this: Record<string, unknown>, key: string, part: unknown) {
    const parent = places.get(this);
    const place = parent === undefined ? '' : placeIn(parent, key, this);
    if (typeof part === 'object' && part !== null) places.set(part, place);
    const what = unholdable(this[key], part);
    if (what === undefined) return part;
    const at = place === '' ? '' : `at ${place}: `;
    throw new OttlaError('SERIALIZATION', `${at}JSON cannot hold ${what}`);
  });
};

/** What would become something else: in words, with a remedy where there is one. */
const unholdable = (given: unknown, part: unknown): string | undefined => {
  if (typeof part === 'number') return Number.isFinite(part) ? undefined : String(part);
  if (part === null) return tagOf(given) === '[object Date]' ? 'an invalid Date' : undefined;
  if (typeof part !== 'object' || !EMPTIED.has(tagOf(part))) return undefined;
  // What was given to it as to any object is kept.
  if (Object.keys(part).length > 0) return undefined;
  return `${kindOf(part)}: give what is in it as an array or a plain object`;
};

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

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
