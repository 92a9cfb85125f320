import { assert, must } from '../../base/assert.ts';
import { crc32c } from '../../base/bytes/crc32c.ts';
import { ByteReader } from '../../base/bytes/reader.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, Offset, TopicId, TopicPartition } from '../../base/ids.ts';

/** Frames begin at multiples of this, so that no sync ever writes a synced sector again. */
export const BLOCK_BYTES = 4096;
export const NONCE_BYTES = 16;
/** `OJF1` */
const MAGIC = 0x4f4a4631;
const PREFIX_BYTES = 12;
const APPEND = 1;
const CUT = 2;

/** Bytes of one log that are durable by this frame, and in their segment not yet. */
export interface AppendRecord extends TopicPartition {
  readonly kind: 'append';
  readonly leaderEpoch: LeaderEpoch;
  /** First offset, inclusive. */
  readonly firstOffset: Offset;
  readonly endOffset: Offset;
  /** Whole batches, side by side, as they stand in the segment. */
  readonly parts: readonly Uint8Array[];
}

/** Nothing that came earlier counts at or above `endOffset`; 0 forgets the log. */
export interface CutRecord extends TopicPartition {
  readonly kind: 'cut';
  readonly endOffset: Offset;
}

export type JournalRecord = AppendRecord | CutRecord;

/** What the frame before held, without its bytes: told once more, should that one be damaged. */
export type Hearsay = Pick<JournalRecord, 'kind' | 'topicId' | 'partition' | 'endOffset'>;

/** What one sync makes durable. */
export interface Frame {
  /** In this life of the journal, without gaps. */
  readonly sequence: number;
  /** The oldest frame that is still needed. */
  readonly baseSequence: number;
  readonly records: readonly JournalRecord[];
  readonly previous: readonly Hearsay[];
}

/** Where a frame stands, and in which life of the journal. */
export interface FramePlace {
  readonly fileNumber: number;
  /** In bytes, a multiple of BLOCK_BYTES. */
  readonly position: number;
  readonly nonce: Uint8Array;
}

export interface EncodedFrame {
  /** To be written one after the other; the bodies are those given. */
  readonly parts: readonly Uint8Array[];
  /** A multiple of BLOCK_BYTES. */
  readonly sizeBytes: number;
}

const paddedTo = (sizeBytes: number): number => Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;

const bytesIn = (parts: readonly Uint8Array[]): number =>
  parts.reduce((total, part) => total + part.length, 0);

/** An upper bound of what a frame takes. */
export const frameBytesBound = (
  records: { readonly count: number; readonly bodyBytes: number },
  previousCount: number,
): number =>
  paddedTo(FIXED_BYTES + (records.count + previousCount) * HEAD_BYTES_BOUND + records.bodyBytes);

const FIXED_BYTES = 64;
/** A topic id has 22 characters. */
const HEAD_BYTES_BOUND = 64;

/** Bodies from here on are written from where they lie: copying them costs more than a part. */
const VIEW_MIN_BYTES = 8 * 1024;
const ZEROS = new Uint8Array(BLOCK_BYTES);

/**
 * A frame as bytes: magic, CRC-32C of all behind it but the zeros, length, nonce, place, numbers,
 * what the frame before held, the heads of the records, their bytes, zeros up to the next block.
 * `writer` is used anew: the parts hold until it is used again.
 */
export const encodeFrame = (
  frame: Frame,
  place: FramePlace,
  writer: ByteWriter = new ByteWriter(1024),
): EncodedFrame => {
  assert(place.position % BLOCK_BYTES === 0, 'a frame begins with a block');
  writer.clear().skip(PREFIX_BYTES).writeBytes(place.nonce);
  writer.writeInt32(place.fileNumber).writeInt64(place.position);
  writer.writeInt64(frame.sequence).writeInt64(frame.baseSequence);
  writer.writeInt32(frame.previous.length).writeInt32(frame.records.length);
  for (const told of frame.previous) writeHead(writer, told);
  for (const record of frame.records) {
    writeHead(writer, record);
    if (record.kind !== 'append') continue;
    writer.writeInt32(record.leaderEpoch).writeInt64(record.firstOffset);
    writer.writeInt32(bytesIn(record.parts));
  }
  const views = writeBodies(writer, frame.records);
  const usedBytes = views.reduce((total, { body }) => total + body.length, writer.sizeBytes);
  const sizeBytes = paddedTo(usedBytes);
  writer.patchInt32(0, MAGIC).patchInt32(8, usedBytes);
  writer.patchInt32(4, sumOf(spliced(writer.bytes(), views)));
  writer.writeBytes(ZEROS.subarray(0, sizeBytes - usedBytes));
  return { parts: spliced(writer.bytes(), views), sizeBytes };
};

/** A body that is not copied, and where among the bytes of the writer it belongs. */
interface View {
  readonly at: number;
  readonly body: Uint8Array;
}

/** Most are small, and many: side by side they take one sum and one part. */
const writeBodies = (writer: ByteWriter, records: readonly JournalRecord[]): View[] => {
  const views: View[] = [];
  for (const record of records) {
    if (record.kind !== 'append') continue;
    for (const body of record.parts) {
      if (body.length < VIEW_MIN_BYTES) writer.writeBytes(body);
      else views.push({ at: writer.sizeBytes, body });
    }
  }
  return views;
};

const spliced = (own: Uint8Array, views: readonly View[]): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const { at, body } of views) {
    if (at > start) parts.push(own.subarray(start, at));
    parts.push(body);
    start = at;
  }
  parts.push(own.subarray(start));
  return parts;
};

/** Of all behind magic and sum itself. */
const sumOf = ([head, ...bodies]: readonly Uint8Array[]): number =>
  bodies.reduce(
    (crc, body) => crc32c(body, crc),
    crc32c(must(head, 'a frame begins with its head').subarray(8)),
  );

/** The frame at a place of a file, and its size with padding; undefined where none is whole. */
export const decodeFrame = (
  file: Uint8Array,
  place: FramePlace,
): { readonly frame: Frame; readonly sizeBytes: number } | undefined => {
  const { position } = place;
  if (file.length - position < PREFIX_BYTES) return undefined;
  const prefix = new ByteReader(file, position);
  if (prefix.readUint32() !== MAGIC) return undefined;
  const crc = prefix.readUint32();
  const usedBytes = prefix.readUint32();
  if (usedBytes < PREFIX_BYTES || usedBytes > file.length - position) return undefined;
  const used = file.subarray(position, position + usedBytes);
  // First what no client knows: else bytes of one, in many blocks, would cost a long sum each.
  const nonce = used.subarray(PREFIX_BYTES, PREFIX_BYTES + NONCE_BYTES);
  if (Buffer.compare(nonce, place.nonce) !== 0) return undefined;
  if (crc32c(used.subarray(8)) !== crc) return undefined;
  try {
    const frame = readFrame(new ByteReader(used, PREFIX_BYTES + NONCE_BYTES), place);
    return frame && { frame, sizeBytes: paddedTo(usedBytes) };
  } catch (error) {
    if (error instanceof OttlaError) return undefined;
    throw error;
  }
};

const readFrame = (reader: ByteReader, place: FramePlace): Frame | undefined => {
  if (reader.readUint32() !== place.fileNumber) return undefined;
  if (reader.readInt64() !== place.position) return undefined;
  const sequence = reader.readInt64();
  const baseSequence = reader.readInt64();
  const previousCount = reader.readUint32();
  const recordCount = reader.readUint32();
  const previous = times(previousCount, () => readHead(reader));
  const heads = times(recordCount, () => readRecordHead(reader));
  const records = heads.map(({ bodyBytes, record }) =>
    record.kind === 'append' ? { ...record, parts: [reader.readBytes(bodyBytes)] } : record,
  );
  return { sequence, baseSequence, records, previous };
};

const times = <T>(count: number, make: () => T): T[] => {
  const made: T[] = [];
  for (let index = 0; index < count; index += 1) made.push(make());
  return made;
};

const writeHead = (writer: ByteWriter, told: Hearsay): void => {
  const topicId = bytesOfId(told.topicId);
  writer.writeInt8(told.kind === 'append' ? APPEND : CUT);
  writer.writeUvarint(topicId.length).writeBytes(topicId);
  writer.writeInt32(told.partition).writeInt64(told.endOffset);
};

let newestId = { topicId: '', bytes: new Uint8Array(0) };

/** Of the partitions of one topic, mostly one after the other: encoded once. */
const bytesOfId = (topicId: TopicId): Uint8Array => {
  if (newestId.topicId !== topicId) newestId = { topicId, bytes: Buffer.from(topicId) };
  return newestId.bytes;
};

const readHead = (reader: ByteReader): Hearsay => {
  const kind = reader.readInt8() === CUT ? 'cut' : 'append';
  const topicId = reader.readUtf8(reader.readUvarint());
  return { kind, topicId, partition: reader.readInt32(), endOffset: reader.readInt64() };
};

const readRecordHead = (
  reader: ByteReader,
): { readonly record: JournalRecord; readonly bodyBytes: number } => {
  const head = readHead(reader);
  const { kind, ...rest } = head;
  if (kind === 'cut') return { record: { kind, ...rest }, bodyBytes: 0 };
  const leaderEpoch = reader.readInt32();
  const firstOffset = reader.readInt64();
  const record = { kind, ...rest, leaderEpoch, firstOffset, parts: [] };
  return { record, bodyBytes: reader.readUint32() };
};
