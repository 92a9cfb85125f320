import { readInt16At, readInt64At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  codecOf,
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
} from '../../record/batch-header.ts';
import { missingCodec } from '../../record/batch-reader.ts';
import type { Codec, CodecName } from '../../record/codec.ts';
import { codecNameOf } from '../../record/codec.ts';
import { loadCodec } from '../../record/compression.ts';
import type { EncodableRecord } from '../../record/record.ts';
import type { DueRecord, Hold } from './held-batch.ts';
import { heldRecords } from './held-batch.ts';
import { readAnywhere } from './log-changes.ts';

/** Opened batches kept while their records are gathered: many wait for one moment. */
const OPENED_MAX = 8;
/** What a record has beside key and value: enough for any headers but the largest. */
const RECORD_OVERHEAD_BYTES = 256;

export interface GatherLimits {
  /**
   * Exclusive: below it all is committed. That is how far the index knows the log, and not the high
   * watermark, of which a broker that has just started may remember less.
   */
  readonly endOffset: Offset;
  /** The first is taken whatever its size. */
  readonly maxBytes: number;
}

/** Records that wait, out of the log. */
export interface Gathered {
  /** In the order asked for; the first of them, where not all fit. */
  readonly due: readonly (DueRecord & { readonly hold: Hold })[];
  /** Those that the log no longer has. */
  readonly lost: readonly Offset[];
  /** What the first one was compressed with. */
  readonly codec: CodecName;
}

interface OpenedBatch {
  readonly baseOffset: Offset;
  readonly nextOffset: Offset;
  readonly codec: CodecName;
  readonly records: ReadonlyMap<Offset, EncodableRecord>;
}

type HoldingLog = Pick<PartitionLog, 'isCached' | 'read' | 'readCold' | 'logStartOffset'>;

/**
 * Reads what is due out of the log where it is held. Errors: those of reading; OFFSET_OUT_OF_RANGE,
 * to be tried again, where nothing can be read now, which does not say that it is lost.
 */
export const gatherRecords = async (
  log: HoldingLog,
  holds: readonly Hold[],
  { endOffset, maxBytes }: GatherLimits,
): Promise<Gathered> => {
  const opened: OpenedBatch[] = [];
  const due: (DueRecord & { readonly hold: Hold })[] = [];
  const lost: Offset[] = [];
  let codec: CodecName | undefined;
  let sizeBytes = 0;
  for (const hold of holds) {
    const { offset } = hold;
    const batch =
      opened.find((one) => one.baseOffset <= offset && offset < one.nextOffset) ??
      (offset < log.logStartOffset ? undefined : await openAt(log, offset, endOffset));
    const record = batch?.records.get(offset);
    if (batch === undefined || record === undefined) {
      lost.push(offset);
      continue;
    }
    if (!opened.includes(batch) && opened.push(batch) > OPENED_MAX) opened.shift();
    sizeBytes += sizeOf(record);
    if (sizeBytes > maxBytes && due.length > 0) break;
    codec ??= batch.codec;
    due.push({ firstOffset: hold.firstOffset, record, hold });
  }
  return { due, lost, codec: codec ?? 'none' };
};

/** The codec of a topic's own, else the one its producer chose. */
export const codecFor = (
  compressionType: 'producer' | CodecName,
  sent: CodecName,
): Promise<Codec> => loadCodec(compressionType === 'producer' ? sent : compressionType);

const openAt = async (
  log: HoldingLog,
  fetchOffset: Offset,
  endOffset: Offset,
): Promise<OpenedBatch> => {
  const { parts } = await readAnywhere(log, {
    fetchOffset,
    endOffset,
    maxBytes: 1,
    atLeastOne: true,
  });
  const [part] = parts;
  const [span] = part === undefined ? [] : splitBatches(part);
  if (part === undefined || span === undefined) {
    throw new OttlaError(
      'OFFSET_OUT_OF_RANGE',
      `nothing can be read at offset ${fetchOffset} now, below ${endOffset}: try again`,
    );
  }
  const batch = part.subarray(span.position, span.position + span.sizeBytes);
  const missing = missingCodec(batch);
  if (missing !== undefined) await loadCodec(missing);
  return {
    baseOffset: readInt64At(batch, BASE_OFFSET_AT),
    nextOffset: nextOffsetOf(readBatchHeader(batch)),
    codec: codecNameOf(codecOf(readInt16At(batch, ATTRIBUTES_AT))) ?? 'none',
    records: heldRecords(batch),
  };
};

const sizeOf = ({ key, value, headers }: EncodableRecord): number => {
  let size = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers ?? []) size += header.key.length + (header.value?.length ?? 0);
  return size;
};
