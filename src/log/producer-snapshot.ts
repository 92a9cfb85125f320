import { readUint32At } from '../base/bytes/big-endian.ts';
import { crc32c } from '../base/bytes/crc32c.ts';
import { ByteReader } from '../base/bytes/reader.ts';
import { ByteWriter } from '../base/bytes/writer.ts';
import { OttlaError } from '../base/errors.ts';
import type { Offset, ProducerId } from '../base/ids.ts';
import { refuseLaterMagic } from './later-format.ts';
import type { ProducerBatch, ProducerEntry, ProducerStates } from './producer-state.ts';
import { REMEMBERED_BATCHES } from './producer-state.ts';

/**
 * `<offset>.producers`: the producer states after all batches below `offset`.
 *
 *     magic u32, offset i64, producer count u32, producers, CRC-32C of all before u32
 *     producer: id i64, epoch i16, whole i8, end offset i64, idle ms i64, batch count i8, batches
 *     batch: first sequence i32, last sequence i32, base offset i64, end offset i64
 *
 * The base offset of a held batch is written as -1 minus it.
 */
const MAGIC = 0x4f_50_53_31;
const CRC_BYTES = 4;

export const encodeProducers = (
  states: ProducerStates,
  offset: Offset,
  nowMs: number,
): Uint8Array => {
  const writer = new ByteWriter(64 + states.count * 64);
  writer.writeInt32(MAGIC).writeInt64(offset).writeInt32(states.count);
  for (const [producerId, entry] of states.all()) {
    writer.writeInt64(producerId).writeInt16(entry.producerEpoch);
    writer.writeInt8(entry.isWhole ? 1 : 0).writeInt64(entry.endOffset);
    writer.writeInt64(Math.max(0, Math.round(nowMs - entry.lastActiveMs)));
    writer.writeInt8(entry.batches.length);
    for (const batch of entry.batches) {
      writer.writeInt32(batch.firstSequence).writeInt32(batch.lastSequence);
      const { baseOffset, endOffset, isHeld } = batch;
      writer.writeInt64(isHeld === true ? -1 - baseOffset : baseOffset).writeInt64(endOffset);
    }
  }
  return writer.writeInt32(crc32c(writer.bytes())).bytes();
};

/**
 * The states of a snapshot, or `undefined` when a byte of it is wrong or it is another offset's.
 * Throws UNSUPPORTED_VERSION for one of a later release.
 */
export const decodeProducers = (
  bytes: Uint8Array,
  {
    path,
    offset,
    nowMs,
  }: { readonly path: string; readonly offset: Offset; readonly nowMs: number },
): Array<[ProducerId, ProducerEntry]> | undefined => {
  refuseLaterMagic(path, bytes, { magic: MAGIC, isSound });
  if (!isSound(bytes)) return undefined;
  const body = bytes.subarray(0, bytes.length - CRC_BYTES);
  try {
    return readProducers(new ByteReader(body), offset, nowMs);
  } catch (error) {
    if (error instanceof OttlaError) return undefined;
    throw error;
  }
};

const isSound = (bytes: Uint8Array): boolean => {
  const bodyBytes = bytes.length - CRC_BYTES;
  return bodyBytes >= 0 && readUint32At(bytes, bodyBytes) === crc32c(bytes.subarray(0, bodyBytes));
};

const readProducers = (
  reader: ByteReader,
  offset: Offset,
  nowMs: number,
): Array<[ProducerId, ProducerEntry]> | undefined => {
  if (reader.readUint32() !== MAGIC || reader.readInt64() !== offset) return undefined;
  const count = reader.readUint32();
  const entries: Array<[ProducerId, ProducerEntry]> = [];
  for (let index = 0; index < count; index += 1) {
    entries.push([reader.readInt64(), readEntry(reader, nowMs)]);
  }
  return reader.remainingBytes === 0 ? entries : undefined;
};

const readEntry = (reader: ByteReader, nowMs: number): ProducerEntry => {
  const producerEpoch = reader.readInt16();
  const isWhole = reader.readInt8() === 1;
  const endOffset = reader.readInt64();
  const lastActiveMs = nowMs - reader.readInt64();
  const batchCount = reader.readInt8();
  if (batchCount > REMEMBERED_BATCHES) throw new OttlaError('CORRUPT_STORE', 'too many batches');
  const batches: ProducerBatch[] = [];
  for (let index = 0; index < batchCount; index += 1) batches.push(readBatch(reader));
  return { producerEpoch, batches, isWhole, endOffset, lastActiveMs };
};

const readBatch = (reader: ByteReader): ProducerBatch => {
  const firstSequence = reader.readInt32();
  const lastSequence = reader.readInt32();
  const written = reader.readInt64();
  const endOffset = reader.readInt64();
  const batch = { firstSequence, lastSequence, endOffset };
  return written < 0
    ? { ...batch, baseOffset: -1 - written, isHeld: true }
    : { ...batch, baseOffset: written };
};
