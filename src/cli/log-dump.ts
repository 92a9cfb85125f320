import { copyBytes } from '../base/bytes/copy.ts';
import { OttlaError } from '../base/errors.ts';
import type { Disk } from '../env/disk.ts';
import { LOG_SUFFIX, offsetInName } from '../log/file-names.ts';
import type { ScannedBatch } from '../log/segment-scan.ts';
import { scanBatches } from '../log/segment-scan.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { writeOut } from '../platform/process.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { codecOf, isControl, isTransactional } from '../record/batch-header.ts';
import { decodeBatch, missingCodec } from '../record/batch-reader.ts';
import { codecNameOf } from '../record/codec.ts';
import { loadCodec } from '../record/compression.ts';
import { jsonOfRecord } from './record-text.ts';

export interface LogDumpVerb {
  readonly records?: boolean;
  readonly json?: boolean;
}

/** Batches between two writes: a big segment must not be held as text. */
const SLICE_BATCHES = 1000;

/** One batch as it is told, with its own copy of the bytes where records are asked for. */
interface Dumped {
  readonly header: BatchHeader;
  readonly position: number;
  readonly bytes: Uint8Array | undefined;
}

/** Prints the batches of a segment file, or of all segments of a partition directory, in order. */
export const run = async (path: string, options: LogDumpVerb): Promise<void> => {
  const disk = new FileDisk();
  let faultCount = 0;
  for (const segment of segmentsOf(disk, path)) {
    if (!(await dumpSegment(disk, segment, options))) faultCount += 1;
  }
  if (faultCount > 0) {
    throw new OttlaError(
      'CORRUPT_MESSAGE',
      `${faultCount} segment(s) under ${path} do not end with a whole batch: the lines above say where`,
    );
  }
};

const segmentsOf = (disk: Disk, path: string): string[] => {
  if (!disk.exists(path)) throw new OttlaError('CONFIG', `${path} does not exist: check the path`);
  if (path.endsWith(LOG_SUFFIX)) return [path];
  const names = isDirectory(disk, path) ? disk.list(path).map(({ name }) => name) : [];
  const segments = names.filter((name) => offsetInName(name, LOG_SUFFIX) !== undefined);
  if (segments.length > 0) return segments.map((name) => `${path}/${name}`);
  throw new OttlaError('CONFIG', `${path} is no segment file and no directory of a partition`);
};

const isDirectory = (disk: Disk, path: string): boolean => disk.exists(`${path}/.`);

/** Prints one file; false when it holds something after its last whole batch. */
const dumpSegment = async (disk: Disk, path: string, options: LogDumpVerb): Promise<boolean> => {
  const file = disk.open(path, { readOnly: true });
  try {
    const end = file.sizeBytes();
    if (options.json !== true) await writeOut(`${path}  ${end} bytes\n`);
    let start = 0;
    for (;;) {
      const slice: Dumped[] = [];
      const scan = { start, end, verify: true };
      const { position, fault } = scanBatches(file, scan, (batch) => {
        if (slice.length === SLICE_BATCHES) return false;
        slice.push(keep(batch, options.records === true));
        return true;
      });
      await writeOut(await textOf(slice, options));
      if (fault !== undefined) await writeOut(faultText({ path, position, fault, end }, options));
      if (fault !== undefined || position >= end) return fault === undefined;
      start = position;
    }
  } finally {
    file.close();
  }
};

const keep = ({ header, position, bytes }: ScannedBatch, withRecords: boolean): Dumped => ({
  header,
  position,
  bytes: withRecords ? copyBytes(bytes) : undefined,
});

const faultText = (
  at: { path: string; position: number; fault: string; end: number },
  { json }: LogDumpVerb,
): string =>
  json === true
    ? `${JSON.stringify(at)}\n`
    : `  at ${at.position}: ${at.fault}; ${at.end - at.position} bytes are left\n`;

const textOf = async (batches: readonly Dumped[], options: LogDumpVerb): Promise<string> => {
  const lines: string[] = [];
  for (const batch of batches) {
    const records = await recordsOf(batch);
    if (options.json === true) {
      lines.push(JSON.stringify({ ...describe(batch), ...(records && { records }) }));
      continue;
    }
    lines.push(describeLine(batch), ...(records ?? []).map((it) => `    ${JSON.stringify(it)}`));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
};

const recordsOf = async ({ bytes }: Dumped): Promise<object[] | undefined> => {
  if (bytes === undefined) return undefined;
  const missing = missingCodec(bytes);
  if (missing !== undefined) await loadCodec(missing);
  return decodeBatch(bytes, { verifyCrc: false }).records.map(jsonOfRecord);
};

const describe = ({ header, position }: Dumped) => ({
  position,
  sizeBytes: header.sizeBytes,
  baseOffset: header.baseOffset,
  lastOffset: header.baseOffset + header.lastOffsetDelta,
  recordCount: header.recordCount,
  leaderEpoch: header.partitionLeaderEpoch,
  baseTimestampMs: header.baseTimestampMs,
  maxTimestampMs: header.maxTimestampMs,
  producerId: header.producerId,
  producerEpoch: header.producerEpoch,
  baseSequence: header.baseSequence,
  compression: codecNameOf(codecOf(header.attributes)) ?? `code ${codecOf(header.attributes)}`,
  isTransactional: isTransactional(header.attributes),
  isControl: isControl(header.attributes),
});

const describeLine = (batch: Dumped): string => {
  const it = describe(batch);
  const marks = [it.isTransactional ? 'transactional' : '', it.isControl ? 'control' : ''];
  return [
    `  offsets ${it.baseOffset}-${it.lastOffset}`,
    `records ${it.recordCount}`,
    `position ${it.position}`,
    `bytes ${it.sizeBytes}`,
    `leaderEpoch ${it.leaderEpoch}`,
    `producer ${it.producerId}/${it.producerEpoch} sequence ${it.baseSequence}`,
    `maxTimestampMs ${it.maxTimestampMs}`,
    `compression ${it.compression}`,
    ...marks.filter((mark) => mark !== ''),
  ].join('  ');
};
