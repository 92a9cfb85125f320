import { createHash } from 'node:crypto';
import type { OttlaClient } from '../../src/index.ts';
import type { AuditResult } from './audit.ts';
import { Audit } from './audit.ts';
import type { ReadPiece } from './merge.ts';
import { mergePieces } from './merge.ts';
import { decodePieceKey } from './pieces.ts';

/** What the reading process tells. */
export interface ReadBack {
  readonly audit: AuditResult;
  readonly sha256: string;
  readonly elapsedMs: number;
}

export interface ReadBackOptions {
  readonly client: OttlaClient;
  readonly topic: string;
  readonly expected: number;
}

/** Held of one partition while the others catch up. */
const PREFETCH_BYTES = 4 * 1024 * 1024;
const LINE_FEED = Buffer.from('\n');
const EMPTY = new Uint8Array(0);

/** Reads the topic from its beginning to the ends it has now, and puts the file together again. */
export const readBack = async (options: ReadBackOptions): Promise<ReadBack> => {
  const startMs = performance.now();
  const { client, topic, expected } = options;
  await using whole = client.reader({ topic, from: 'earliest' });
  const ends = await whole.endOffsets();
  const audit = new Audit(expected);
  const sources = ends
    .sort((a, b) => a.partition - b.partition)
    .map((end) => readPartition({ client, audit, ...end }));
  const hash = createHash('sha256');
  for await (const group of mergePieces(sources)) {
    for (const { bytes, endsWithLf } of group) {
      hash.update(bytes);
      if (endsWithLf) hash.update(LINE_FEED);
    }
  }
  return {
    audit: audit.result(),
    sha256: hash.digest('hex'),
    elapsedMs: performance.now() - startMs,
  };
};

interface PartitionRead {
  readonly client: OttlaClient;
  readonly topic: string;
  readonly partition: number;
  readonly endOffset: number;
  readonly audit: Audit;
}

async function* readPartition(read: PartitionRead): AsyncGenerator<readonly ReadPiece[]> {
  const { client, topic, partition, endOffset, audit } = read;
  if (endOffset === 0) return;
  await using reader = client.reader({
    assignments: [{ topic, partition, from: 'earliest' }],
    prefetchBytes: PREFETCH_BYTES,
  });
  for await (const { records, nextOffset } of reader.batches()) {
    yield records.map(({ key, value }) => {
      const { number, endsWithLf } = decodePieceKey(key);
      audit.add(partition, number);
      return { number, endsWithLf, bytes: value ?? EMPTY };
    });
    if (nextOffset >= endOffset) return;
  }
}
