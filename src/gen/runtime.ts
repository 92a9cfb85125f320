import protobuf from 'protobufjs/minimal.js';
import { OttlaError } from '../base/errors.ts';
import type { Codec } from '../base/method.ts';

/**
 * What the generated codecs share; the one file of this folder that is written by hand.
 * 64-bit integers are safe-integer numbers here, so protobufjs is told to do without its Long.
 */
protobuf.util.Long = undefined as never;
protobuf.configure();

export type Writer = protobuf.Writer;
export type Reader = protobuf.Reader;

/** A codec that also writes into, and reads out of, an enclosing message. */
export interface MessageCodec<T> extends Codec<T> {
  write(message: T, writer: Writer): Writer;
  read(reader: Reader, end: number): T;
}

export const messageCodec = <T>(
  typeName: string,
  write: (message: T, writer: Writer) => Writer,
  read: (reader: Reader, end: number) => T,
): MessageCodec<T> => ({
  typeName,
  write,
  read,
  encode: (message) => write(message, protobuf.Writer.create()).finish(),
  decode: (bytes) => {
    const reader = protobuf.Reader.create(bytes);
    return guard(typeName, () => read(reader, reader.len));
  },
});

/** Reads a nested message that is preceded by its length. */
export const nested = <T>(codec: MessageCodec<T>, reader: Reader): T => {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new OttlaError('INVALID_REQUEST', `${codec.typeName} is cut short`);
  return codec.read(reader, end);
};

/** A 64-bit integer as a number; one that a number cannot hold exactly is refused. */
export const safe = (value: unknown): number => {
  const number = value as number;
  if (!Number.isSafeInteger(number)) {
    throw new OttlaError('INVALID_REQUEST', `the integer ${number} is out of range`);
  }
  return number;
};

export const missingCase = (typeName: string): never => {
  throw new OttlaError('UNSUPPORTED_VERSION', `${typeName} has no member that this release knows`);
};

const HEADER_TAG = 0x0a;
const BODY_TAG = 0x12;

/** A payload frame: raw bytes, in parts, behind an encoded header. */
export interface Frame<Header> {
  readonly header: Header;
  /** Views into what was received, or the caller's buffers: not to be changed while queued. */
  readonly body: readonly Uint8Array[];
}

/**
 * Payload frames skip protobuf objects: `{header = 1, body = 2}` is laid out by hand, byte for byte
 * what a protobuf library would write. Encoding copies the body once; decoding gives views.
 */
export const frameCodec = <Header>(
  typeName: string,
  header: MessageCodec<Header>,
): Codec<Frame<Header>> => ({
  typeName,
  encode: (frame) => encodeFrame(header.encode(frame.header), frame.body),
  decode: (bytes) => guard(typeName, () => decodeFrame(bytes, header)),
});

const varintBytes = (value: number): number => {
  let count = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) count += 1;
  return count;
};

const writeVarint = (target: Uint8Array, at: number, value: number): number => {
  let position = at;
  let rest = value;
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
};

const encodeFrame = (header: Uint8Array, body: readonly Uint8Array[]): Uint8Array => {
  const bodyBytes = body.reduce((sum, part) => sum + part.length, 0);
  const overhead = 2 + varintBytes(header.length) + varintBytes(bodyBytes);
  const frame = Buffer.allocUnsafe(overhead + header.length + bodyBytes);
  frame[0] = HEADER_TAG;
  let position = writeVarint(frame, 1, header.length);
  frame.set(header, position);
  position += header.length;
  frame[position] = BODY_TAG;
  position = writeVarint(frame, position + 1, bodyBytes);
  for (const part of body) {
    frame.set(part, position);
    position += part.length;
  }
  return frame;
};

const decodeFrame = <Header>(bytes: Uint8Array, codec: MessageCodec<Header>): Frame<Header> => {
  const reader = protobuf.Reader.create(bytes);
  let header: Header | undefined;
  const body: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === HEADER_TAG) header = nested(codec, reader);
    else if (tag === BODY_TAG) body.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return { header: header ?? codec.decode(new Uint8Array(0)), body };
};

const guard = <T>(typeName: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof OttlaError) throw error;
    throw new OttlaError('INVALID_REQUEST', `not a ${typeName}: ${(error as Error).message}`, {
      cause: error,
    });
  }
};
