import type { Offset } from '../base/ids.ts';

/** A header of a record; keys may repeat and order is kept. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record on its way into a batch. `null` as value is a tombstone. */
export interface EncodableRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  readonly timestampMs: number;
}

/** A record read from a batch; its byte arrays are views, see `decodeBatch`. */
export interface DecodedRecord {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}
