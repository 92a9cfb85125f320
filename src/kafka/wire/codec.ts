import { assert } from '../../base/assert.ts';
import { OttlaError } from '../../base/errors.ts';
import { DecodeError } from './decode-error.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { MessageReader } from './message-reader.ts';

/** How one value lies on the wire, in both directions. */
export interface Codec<T = unknown> {
  /** The least number of bytes that a value takes: bounds what a count may promise. */
  readonly minBytes: number;
  read(reader: MessageReader): T;
  write(writer: FrameWriter, value: T): void;
}

export const BOOLEAN: Codec<boolean> = {
  minBytes: 1,
  read: (reader) => reader.readInt8() !== 0,
  write: (writer, value) => writer.writeInt8(value ? 1 : 0),
};

export const INT8: Codec<number> = {
  minBytes: 1,
  read: (reader) => reader.readInt8(),
  write: (writer, value) => writer.writeInt8(value),
};

export const INT16: Codec<number> = {
  minBytes: 2,
  read: (reader) => reader.readInt16(),
  write: (writer, value) => writer.writeInt16(value),
};

export const UINT16: Codec<number> = {
  minBytes: 2,
  read: (reader) => reader.readInt16() & 0xffff,
  write: (writer, value) => writer.writeInt16(value),
};

export const INT32: Codec<number> = {
  minBytes: 4,
  read: (reader) => reader.readInt32(),
  write: (writer, value) => writer.writeInt32(value),
};

/**
 * Clients may name any 64-bit offset or time ("the end of days"). What lies beyond 2^53 is beyond
 * every offset and time that exists, and is read as the nearest safe integer.
 */
export const INT64: Codec<number> = {
  minBytes: 8,
  read: (reader) => reader.readInt64Clamped(),
  write: (writer, value) => writer.writeInt64(value),
};

const UUID_BYTES = 16;
const UUID_TEXT_LENGTH = 22;

/** The zero id, which stands for "none" on the wire. */
export const NO_UUID = 'A'.repeat(UUID_TEXT_LENGTH);

/** 16 bytes on the wire, 22 characters of unpadded base64url here, as in `TopicId`. */
export const UUID: Codec<string> = {
  minBytes: UUID_BYTES,
  read: (reader) => Buffer.from(reader.readBytes(UUID_BYTES)).toString('base64url'),
  write: (writer, value) => {
    const bytes = Buffer.from(value, 'base64url');
    assert(bytes.length === UUID_BYTES, `"${value}" is no uuid of ${UUID_TEXT_LENGTH} characters`);
    writer.writeBytes(bytes);
  },
};

/** How the length of a string, a byte string or an array is written; null is length -1. */
export interface Length {
  readonly minBytes: number;
  read(reader: MessageReader): number;
  write(writer: FrameWriter, length: number): void;
}

const MAX_INT16 = 0x7fff;

/**
 * Text that is too long for it is no bug but an operating error, which ends a connection and not
 * the node: answers repeat what clients send, bytes that are no UTF-8 become three each, and error
 * messages name what they are about.
 */
export const INT16_LENGTH: Length = {
  minBytes: 2,
  read: (reader) => reader.readInt16(),
  write: (writer, length) => {
    if (length > MAX_INT16) throw tooLong(length);
    writer.writeInt16(length);
  },
};

const tooLong = (length: number): OttlaError =>
  new OttlaError(
    'INVALID_REQUEST',
    `a string takes at most ${MAX_INT16} bytes in this version, not ${length}`,
  );

export const INT32_LENGTH: Length = {
  minBytes: 4,
  read: (reader) => reader.readInt32(),
  write: (writer, length) => writer.writeInt32(length),
};

export const COMPACT_LENGTH: Length = {
  minBytes: 1,
  read: (reader) => reader.readUvarint() - 1,
  write: (writer, length) => writer.writeUvarint(length + 1),
};

/** Gives length -1 its meaning: null where that is allowed, an error elsewhere. */
const withLength = <T>(
  length: Length,
  nullable: boolean,
  { read, write }: SizedValue<T>,
): Codec<T | null> => ({
  minBytes: length.minBytes,
  read: (reader) => {
    const count = length.read(reader);
    if (count >= 0) return read(reader, count);
    if (count === -1 && nullable) return null;
    throw new DecodeError(
      count === -1
        ? `null before byte ${reader.position}, where a value is due`
        : `length ${count} before byte ${reader.position} is negative`,
    );
  },
  write: (writer, value) => {
    if (value === null) {
      assert(nullable, 'null is written only where the version allows it');
      length.write(writer, -1);
    } else {
      write(writer, value);
    }
  },
});

interface SizedValue<T> {
  read(reader: MessageReader, length: number): T;
  /** Writes the length too. */
  write(writer: FrameWriter, value: T): void;
}

export const stringCodec = (flexible: boolean, nullable: boolean): Codec<string | null> => {
  const length = flexible ? COMPACT_LENGTH : INT16_LENGTH;
  return withLength(length, nullable, {
    read: (reader, sizeBytes) => reader.readUtf8(sizeBytes),
    write: (writer, value) => {
      const sizeBytes = Buffer.byteLength(value);
      length.write(writer, sizeBytes);
      writer.writeUtf8(value, sizeBytes);
    },
  });
};

/** Small opaque bytes: copied, because what they say outlives the frame that brought them. */
export const bytesCodec = (flexible: boolean, nullable: boolean): Codec<Uint8Array | null> => {
  const length = flexible ? COMPACT_LENGTH : INT32_LENGTH;
  return withLength(length, nullable, {
    read: (reader, sizeBytes) => reader.readBytes(sizeBytes).slice(),
    write: (writer, value) => {
      length.write(writer, value.length);
      writer.writeBytes(value);
    },
  });
};

/** Record batches to be sent: in one piece, or in the pieces in which they were read. */
export type RecordBytes = Uint8Array | readonly Uint8Array[];

/** Record batches: a view of the frame on reading, sent from where they lie on writing. */
export const recordsCodec = (flexible: boolean, nullable: boolean): Codec<RecordBytes | null> => {
  const length = flexible ? COMPACT_LENGTH : INT32_LENGTH;
  return withLength<RecordBytes>(length, nullable, {
    read: (reader, sizeBytes) => reader.readBytes(sizeBytes),
    write: (writer, value) => {
      const parts = value instanceof Uint8Array ? [value] : value;
      length.write(
        writer,
        parts.reduce((sum, part) => sum + part.length, 0),
      );
      for (const part of parts) writer.writeView(part);
    },
  });
};

export const arrayCodec = (
  element: Codec,
  flexible: boolean,
  nullable: boolean,
): Codec<readonly unknown[] | null> => {
  const length = flexible ? COMPACT_LENGTH : INT32_LENGTH;
  return withLength(length, nullable, {
    read: (reader, count) => {
      reader.expectElements(count, element.minBytes);
      const values: unknown[] = [];
      for (let index = 0; index < count; index += 1) values.push(element.read(reader));
      return values;
    },
    write: (writer, values) => {
      length.write(writer, values.length);
      for (const value of values) element.write(writer, value);
    },
  });
};
