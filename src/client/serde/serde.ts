import { OttlaError } from '../../base/errors.ts';

/** Turns keys or values into bytes. */
export interface Serializer<T> {
  /** For messages: `json`, `protobuf Order`. */
  readonly name: string;
  /**
   * Throws SERIALIZATION, naming the field, for a value that is not allowed. The bytes are copied.
   */
  serialize(value: T): Uint8Array;
}

/** Turns bytes into keys or values. */
export interface Deserializer<T> {
  readonly name: string;
  /**
   * Throws for bytes that are no such value. `bytes` is a view of a larger buffer: what keeps it
   * keeps that buffer too.
   */
  deserialize(bytes: Uint8Array): T;
}

/** Both ways. `null` (no key, a tombstone) never reaches a serde: it is null on both sides. */
export interface Serde<T> extends Serializer<T>, Deserializer<T> {}

/** Bytes as they are. Read values are views of what was fetched: copy what is kept for long. */
export const bytes: Serde<Uint8Array> = {
  name: 'bytes',
  serialize: (value) => {
    if (value instanceof Uint8Array) return value;
    throw new OttlaError('SERIALIZATION', `is ${kindOf(value)}, not bytes: name a serializer`);
  },
  deserialize: (raw) => raw,
};

/** UTF-8 text; a lone surrogate fails to encode, and bytes that are not UTF-8 to decode. */
export const string: Serde<string> = {
  name: 'string',
  serialize: (value) => {
    if (typeof value === 'string') return encodeText(value);
    throw new OttlaError('SERIALIZATION', `is ${kindOf(value)}, not a string`);
  },
  deserialize: (raw) => decodeText(raw),
};

/** What a producer takes when no serializer is named: text as UTF-8, bytes as they are. */
export const textOrBytes: Serializer<string | Uint8Array> = {
  name: 'text or bytes',
  serialize: (value) => {
    if (typeof value === 'string') return encodeText(value);
    if (value instanceof Uint8Array) return value;
    throw new OttlaError(
      'SERIALIZATION',
      `is ${kindOf(value)}, not a string or bytes: name a serializer`,
    );
  },
};

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws SERIALIZATION for a lone surrogate, which UTF-8 would make another character of. */
export const encodeText = (text: string): Uint8Array => {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const index = text.search(/\p{Surrogate}/u);
  throw new OttlaError(
    'SERIALIZATION',
    `has a lone surrogate at index ${index}, which UTF-8 cannot hold: send bytes, or text.toWellFormed()`,
  );
};

/** Throws SERIALIZATION where the bytes are not UTF-8. */
export const decodeText = (raw: Uint8Array): string => {
  try {
    return strictUtf8.decode(raw);
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `${raw.length} bytes are not UTF-8 text`, { cause });
  }
};

/** For messages: `an array`, `a number`, `an object (Map)`. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`;
  return `a ${typeof value}`;
};

/** What was thrown, whatever it is, in one line. */
export const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s*\n\s*/g, ' ');
