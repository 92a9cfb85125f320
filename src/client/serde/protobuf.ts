import { OttlaError } from '../../base/errors.ts';
import type { Serde } from './serde.ts';
import { kindOf, reasonOf } from './serde.ts';
import { unknownFieldOf } from './unknown-field.ts';

/**
 * A message type as protobufjs (static or reflected) and ts-proto have it. `verify` returns a
 * reason with the field's path, or null.
 */
export interface ProtobufType<T> {
  readonly name?: string;
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  verify?(message: { [key: string]: unknown }): string | null;
  fromObject?(object: { [key: string]: unknown }): T;
}

/**
 * Protocol Buffers, without a length or a schema id before the message. A field that the type does
 * not have is refused where the type tells its fields: those of protobufjs do. Throws CONFIG for
 * what is no message type.
 */
export const protobuf = <T>(type: ProtobufType<T>): Serde<T> => {
  if (typeof type?.encode !== 'function' || typeof type.decode !== 'function') {
    throw new OttlaError(
      'CONFIG',
      `protobuf takes a message type with encode and decode, not ${kindOf(type)}`,
    );
  }
  const name = type.name === undefined || type.name === '' ? 'protobuf' : `protobuf ${type.name}`;
  return {
    name,
    serialize: (value) => {
      const fields = value as { [key: string]: unknown };
      check(type, name, fields);
      return attempt(`cannot be encoded as ${name}`, () =>
        type.encode(type.fromObject === undefined ? value : type.fromObject(fields)).finish(),
      );
    },
    deserialize: (raw) => attempt(`is not a ${name} message`, () => type.decode(raw)),
  };
};

const check = <T>(
  type: ProtobufType<T>,
  name: string,
  fields: { [key: string]: unknown },
): void => {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    const message = `is ${kindOf(fields)}, not an object with the fields of ${name}`;
    throw new OttlaError('SERIALIZATION', message);
  }
  const reason = type.verify?.(fields) ?? null;
  if (reason !== null) {
    // Of a message in a field protobufjs says `place.object expected`.
    const words = reason.replace(/\.object expected$/, ': object expected');
    throw new OttlaError('SERIALIZATION', `at ${words}`);
  }
  const unknown = unknownFieldOf(type, fields);
  if (unknown === undefined) return;
  throw new OttlaError('SERIALIZATION', `at ${unknown}: ${name} has no such field`);
};

const attempt = <T>(what: string, work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    throw new OttlaError('SERIALIZATION', `${what}: ${reasonOf(cause)}`, { cause });
  }
};
