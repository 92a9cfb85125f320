import { hash } from 'node:crypto';
import { OttlaError } from '../../base/errors.ts';
import type { RecordAccess } from '../../log/record-access.ts';
import { openSection } from '../../log/record-access.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import type { FoundId } from '../../record/message-id.ts';
import { idOfRecord, mayHaveIds } from '../../record/message-id.ts';
import { spansIn } from '../../record/record-spans.ts';
import { refusalOfRecords } from '../../record/records-bound.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { NAMED_RECORDS_MAX, RefusedRecordsError } from '../../record/refused-records.ts';
import { DIGEST_WORDS } from './id-rows.ts';

/** Of one batch that is sent: looking at them is one event, of some 60 ms. */
export const BATCH_IDS_MAX = 20_000;

/** The ids of the records of one batch, in its order. */
export interface BatchIds {
  /** Of all its records. */
  readonly count: number;
  /** `DIGEST_WORDS` each; of a record without an id, nothing. */
  readonly digests: Uint32Array;
  /** 1 where the record has an id. */
  readonly hasId: Uint8Array;
  /** By which the offset of a record lies behind that of the batch. */
  readonly offsetDeltas: Int32Array;
}

/**
 * The ids of a producer's batch whose sum is right and whose codec is loaded; undefined where no
 * record has one. Throws INVALID_RECORD, with the records, where a header is no id or an offset
 * delta is not the place of its record; MESSAGE_TOO_LARGE where more than `BATCH_IDS_MAX` have an
 * id; and as `openSpans`.
 */
export const idsOfSent = (
  batch: Uint8Array,
  log: Pick<RecordAccess, 'name' | 'config'>,
): BatchIds | undefined => {
  const { header, section } = openSection(batch, { ...log, why: 'looks for repeats' });
  if (!mayHaveIds(section)) return undefined;
  const refused: RefusedRecord[] = [];
  let idCount = 0;
  try {
    const ids = readIds(header, section, (found, index, offsetDelta) => {
      if (found.kind !== 'none') idCount += 1;
      if (idCount > BATCH_IDS_MAX) throw tooMany(log.name);
      const reason =
        offsetDelta !== index
          ? `it has offset delta ${offsetDelta} in the place of ${index}`
          : found.kind === 'refused'
            ? found.reason
            : undefined;
      if (reason !== undefined && refused.length < NAMED_RECORDS_MAX) {
        refused.push({ index, reason });
      }
    });
    const [first] = refused;
    if (first === undefined) return ids;
    const message = `${log.name}: record ${first.index} of the batch: ${first.reason}`;
    throw new RefusedRecordsError('INVALID_RECORD', message, refused);
  } catch (error) {
    throw refusalOfRecords(error, log.name);
  }
};

const tooMany = (name: string): OttlaError =>
  new OttlaError(
    'MESSAGE_TOO_LARGE',
    `${name}: more than ${BATCH_IDS_MAX} records of one batch have ids: send fewer at once`,
  );

/** The ids of a batch of the log, opened; a header that is none was taken before it counted. */
export const idsOfStored = (header: BatchHeader, section: Uint8Array): BatchIds | undefined =>
  mayHaveIds(section) ? readIds(header, section, () => {}) : undefined;

const readIds = (
  header: BatchHeader,
  section: Uint8Array,
  onFound: (found: FoundId, index: number, offsetDelta: number) => void,
): BatchIds | undefined => {
  const count = header.recordCount;
  const digests = new Uint32Array(count * DIGEST_WORDS);
  const hasId = new Uint8Array(count);
  const offsetDeltas = new Int32Array(count);
  let [index, idCount] = [0, 0];
  for (const span of spansIn(header, section)) {
    const found = idOfRecord(section, span);
    onFound(found, index, span.offsetDelta);
    offsetDeltas[index] = span.offsetDelta;
    if (found.kind === 'id') {
      putDigest(found.bytes, digests, index * DIGEST_WORDS);
      hasId[index] = 1;
      idCount += 1;
    }
    index += 1;
  }
  return idCount === 0 ? undefined : { count, digests, hasId, offsetDeltas };
};

/** 128 bits of a SHA-256: nobody finds two ids that are taken for one. */
const putDigest = (id: Uint8Array, digests: Uint32Array, at: number): void => {
  const digest = hash('sha256', id, 'buffer');
  for (let word = 0; word < DIGEST_WORDS; word += 1) {
    digests[at + word] = digest.readUInt32LE(4 * word);
  }
};
