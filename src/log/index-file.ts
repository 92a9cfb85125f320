import { readInt64At, readUint32At, writeInt32At, writeInt64At } from '../base/bytes/big-endian.ts';
import { crc32c } from '../base/bytes/crc32c.ts';
import type { Offset } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile } from '../env/disk.ts';
import { refuseLaterMagic } from './later-format.ts';

/**
 * The frame that `.index` and `.timeindex` share: a header that describes the segment as it was
 * when the file was written, then entries of one size. An index is a hint: any doubt and it is
 * built again from the segment, so it is written without a sync.
 *
 *     0 magic u32, 4 entry count u32, 8 base offset i64, 16 next offset i64,
 *     24 segment bytes i64, 32 max timestamp i64, 40 CRC-32C of the entries u32,
 *     44 CRC-32C of bytes 0..43 u32, 48 entries
 */
export const INDEX_HEADER_BYTES = 48;
const ENTRY_COUNT_AT = 4;
const BASE_OFFSET_AT = 8;
const NEXT_OFFSET_AT = 16;
const SEGMENT_BYTES_AT = 24;
const MAX_TIMESTAMP_AT = 32;
const ENTRIES_CRC_AT = 40;
const HEADER_CRC_AT = 44;

/** What an index knows of its segment. */
export interface SegmentExtent {
  readonly baseOffset: Offset;
  /** Exclusive end. */
  readonly nextOffset: Offset;
  readonly sizeBytes: number;
  /** Greatest timestamp of any record; -1 where no record has one. */
  readonly maxTimestampMs: number;
}

/** One kind of index file: its magic number and the size of an entry. */
export interface IndexKind {
  readonly magic: number;
  readonly entryBytes: number;
}

export const encodeIndex = (
  kind: IndexKind,
  extent: SegmentExtent,
  entries: Uint8Array,
): Uint8Array => {
  const bytes = new Uint8Array(INDEX_HEADER_BYTES + entries.length);
  writeInt32At(bytes, 0, kind.magic);
  writeInt32At(bytes, ENTRY_COUNT_AT, entries.length / kind.entryBytes);
  writeInt64At(bytes, BASE_OFFSET_AT, extent.baseOffset);
  writeInt64At(bytes, NEXT_OFFSET_AT, extent.nextOffset);
  writeInt64At(bytes, SEGMENT_BYTES_AT, extent.sizeBytes);
  writeInt64At(bytes, MAX_TIMESTAMP_AT, extent.maxTimestampMs);
  writeInt32At(bytes, ENTRIES_CRC_AT, crc32c(entries));
  writeInt32At(bytes, HEADER_CRC_AT, crc32c(bytes.subarray(0, HEADER_CRC_AT)));
  bytes.set(entries, INDEX_HEADER_BYTES);
  return bytes;
};

const isHeaderSound = (bytes: Uint8Array): boolean =>
  bytes.length >= INDEX_HEADER_BYTES &&
  readUint32At(bytes, HEADER_CRC_AT) === crc32c(bytes.subarray(0, HEADER_CRC_AT));

/** The extent in a header, or `undefined` when it is damaged or of another kind. */
const decodeHeader = (
  kind: IndexKind,
  bytes: Uint8Array,
  path: string,
): SegmentExtent | undefined => {
  refuseLaterMagic(path, bytes, { magic: kind.magic, isSound: isHeaderSound });
  if (!isHeaderSound(bytes) || readUint32At(bytes, 0) !== kind.magic) return undefined;
  return {
    baseOffset: readInt64At(bytes, BASE_OFFSET_AT),
    nextOffset: readInt64At(bytes, NEXT_OFFSET_AT),
    sizeBytes: readInt64At(bytes, SEGMENT_BYTES_AT),
    maxTimestampMs: readInt64At(bytes, MAX_TIMESTAMP_AT),
  };
};

export interface DecodedIndex {
  readonly extent: SegmentExtent;
  readonly entries: Uint8Array;
}

/**
 * Extent and entries, or `undefined` when any byte is wrong. Throws UNSUPPORTED_VERSION for an
 * index of a later release.
 */
export const decodeIndex = (
  kind: IndexKind,
  bytes: Uint8Array,
  path: string,
): DecodedIndex | undefined => {
  const extent = decodeHeader(kind, bytes, path);
  if (extent === undefined) return undefined;
  const entries = bytes.subarray(INDEX_HEADER_BYTES);
  const isWhole =
    entries.length === readUint32At(bytes, ENTRY_COUNT_AT) * kind.entryBytes &&
    crc32c(entries) === readUint32At(bytes, ENTRIES_CRC_AT);
  return isWhole ? { extent, entries } : undefined;
};

export const readIndex = (disk: Disk, path: string, kind: IndexKind): DecodedIndex | undefined => {
  const bytes = readWholeFile(disk, path);
  return bytes === undefined ? undefined : decodeIndex(kind, bytes, path);
};

/** The extent alone, without reading the entries. */
export const readExtent = (
  disk: Disk,
  path: string,
  kind: IndexKind,
): SegmentExtent | undefined => {
  if (!disk.exists(path)) return undefined;
  const file = disk.open(path);
  try {
    const header = new Uint8Array(INDEX_HEADER_BYTES);
    return decodeHeader(kind, header.subarray(0, file.read(header, 0)), path);
  } finally {
    file.close();
  }
};

/** Writes without a sync: a crash may leave the file torn, which its checksums show. */
export const writeIndex = (disk: Disk, path: string, bytes: Uint8Array): void => {
  disk.remove(path);
  const file = disk.open(path, { create: true });
  try {
    file.write([bytes], 0);
  } finally {
    file.close();
  }
};
