import { OttlaError } from '../../base/errors.ts';
import type { Serde } from './serde.ts';

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

/** Protocol Buffers, without a length or a schema id before the message. */
export const protobuf = <T>(type: ProtobufType<T>): Serde<T> => {
  const name = type.name === undefined || type.name === '' ? 'protobuf' : `protobuf ${type.name}`;
  return {
    name,
    serialize: (value) => {
      const fields = value as { [key: string]: unknown };
      const reason = type.verify?.(fields) ?? null;
      if (reason !== null) throw new OttlaError('SERIALIZATION', `at ${reason}`);
      return attempt(`cannot be encoded as ${name}`, () =>
        type.encode(type.fromObject === undefined ? value : type.fromObject(fields)).finish(),
      );
    },
    deserialize: (raw) => attempt(`is not a ${name} message`, () => type.decode(raw)),
  };
};

const attempt = <T>(what: string, work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OttlaError('SERIALIZATION', `${what}: ${reason}`, { cause });
  }
};
