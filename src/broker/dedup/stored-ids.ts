import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import {
  isControl,
  isDelivery,
  isHeld,
  readBatchHeader,
  splitBatches,
} from '../../record/batch-header.ts';
import { missingCodec, openRecordsInPool } from '../../record/batch-reader.ts';
import { loadCodec } from '../../record/compression.ts';
import { changesOf } from '../delayed/held-batch.ts';
import { readAnywhere } from '../delayed/log-changes.ts';
import type { BatchIds } from './batch-ids.ts';
import { idsOfStored } from './batch-ids.ts';

const STEP_BYTES = 256 * 1024;

/** The ids of one batch of the log. */
export interface StoredIds {
  readonly ids: BatchIds;
  readonly header: BatchHeader;
  /** Whether the record at this offset was new there, and not held anew by the broker. */
  readonly isSent: (offset: Offset) => boolean;
}

export interface IdStep {
  readonly batches: readonly StoredIds[];
  /** Exclusive; where it began when nothing could be read. */
  readonly endOffset: Offset;
  /** Why a batch could not be opened: its ids are not known. */
  readonly unreadable: unknown;
}

type ReadableLog = Pick<PartitionLog, 'isCached' | 'read' | 'readCold' | 'logEndOffset'>;

/** The ids in the next part of a log; what is large is opened in the pool. Errors: reading's. */
export const nextIds = async (log: ReadableLog, fetchOffset: Offset): Promise<IdStep> => {
  const endOffset = log.logEndOffset;
  const request = { fetchOffset, endOffset, maxBytes: STEP_BYTES, atLeastOne: true };
  const { parts, nextOffset } = await readAnywhere(log, request);
  const batches: StoredIds[] = [];
  let unreadable: unknown;
  for (const part of parts) {
    for (const { position, sizeBytes } of splitBatches(part)) {
      try {
        const found = await idsIn(part.subarray(position, position + sizeBytes));
        if (found !== undefined) batches.push(found);
      } catch (error) {
        unreadable = error;
      }
    }
  }
  return { batches, endOffset: nextOffset, unreadable };
};

const idsIn = async (batch: Uint8Array): Promise<StoredIds | undefined> => {
  const header = readBatchHeader(batch);
  const { attributes, recordCount } = header;
  // What is delivered was sent before, and is told by that.
  if (recordCount === 0 || isControl(attributes) || isDelivery(attributes)) return undefined;
  const missing = missingCodec(batch);
  if (missing !== undefined) await loadCodec(missing);
  const ids = idsOfStored(header, await openRecordsInPool(batch, header));
  if (ids === undefined) return undefined;
  if (!isHeld(attributes)) return { ids, header, isSent: () => true };
  const sent = new Set(
    changesOf(batch).flatMap((change) =>
      change.kind === 'hold' && change.replaces === NONE ? [change.hold.offset] : [],
    ),
  );
  return { ids, header, isSent: (offset) => sent.has(offset) };
};
