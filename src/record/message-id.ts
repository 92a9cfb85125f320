import { ByteReader } from '../base/bytes/reader.ts';
import type { RecordSpan } from './record-spans.ts';

/** The header by which a producer names a record, so that a repeat of it can be told. */
export const MESSAGE_ID = 'message-id';
/** Of an id, in bytes. */
export const MESSAGE_ID_BYTES_MAX = 256;

const NAME = Buffer.from(MESSAGE_ID);

/** `refused`: why the headers name the record by none, as it goes on from the record. */
export type FoundId =
  | { readonly kind: 'none' }
  | { readonly kind: 'id'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: string };

const NONE_FOUND: FoundId = { kind: 'none' };

/** Whether the name of the header is anywhere in these bytes: without it no record has an id. */
export const mayHaveIds = (section: Uint8Array): boolean =>
  Buffer.from(section.buffer, section.byteOffset, section.length).includes(NAME);

/** The id of one record of a section; a view. Throws CORRUPT_MESSAGE where it cannot be read. */
export const idOfRecord = (section: Uint8Array, span: RecordSpan): FoundId => {
  const reader = new ByteReader(section, span.restStart, span.end);
  reader.readVarint();
  skipField(reader);
  skipField(reader);
  const count = reader.readVarint();
  let found: FoundId = NONE_FOUND;
  for (let index = 0; index < count; index += 1) {
    const isId = NAME.equals(reader.readBytes(reader.readVarint()));
    const valueBytes = reader.readVarint();
    const value = valueBytes < 0 ? undefined : reader.readBytes(valueBytes);
    if (!isId) continue;
    if (found.kind !== 'none') return refused(`it has the header ${MESSAGE_ID} more than once`);
    found = idIn(value);
  }
  return found;
};

const idIn = (value: Uint8Array | undefined): FoundId => {
  if (value === undefined || value.length === 0) {
    return refused(`header ${MESSAGE_ID} is empty: give it an id, or leave it out`);
  }
  if (value.length <= MESSAGE_ID_BYTES_MAX) return { kind: 'id', bytes: value };
  return refused(
    `header ${MESSAGE_ID} has ${value.length} bytes: an id has ${MESSAGE_ID_BYTES_MAX} at most`,
  );
};

const skipField = (reader: ByteReader): void => {
  const length = reader.readVarint();
  if (length > 0) reader.skip(length);
};

const refused = (reason: string): FoundId => ({ kind: 'refused', reason });
