import { OttlaError } from '../base/errors.ts';

/**
 * A line longer than a record may be travels as several records of one partition, in order. Each
 * has two headers: the id they share, and its number from 1, as `2/*` and, on the last, `3/3`. The
 * count stands on the last one alone because a sender that streams does not know it before.
 */
export const CHUNK_ID_HEADER = 'ottla-chunk-id';
export const CHUNK_HEADER = 'ottla-chunk';

const UNKNOWN_COUNT = '*';
const CHUNK = /^(\d{1,9})\/(\*|\d{1,9})$/;

/** Batch header, record fields and both chunk headers, at their longest. */
const CHUNK_OVERHEAD_BYTES = 256;
const MIN_CHUNK_BYTES = 64;

/** Bytes of a value that fit a record whose batch may have `maxMessageBytes`. */
export const chunkBytesOf = (maxMessageBytes: number, keyBytes = 0): number => {
  const bytes = maxMessageBytes - CHUNK_OVERHEAD_BYTES - keyBytes;
  if (bytes >= MIN_CHUNK_BYTES) return bytes;
  throw new OttlaError(
    'MESSAGE_TOO_LARGE',
    `max.message.bytes of ${maxMessageBytes} leaves no room for a record with a key of ` +
      `${keyBytes} bytes: raise it, or send shorter keys`,
  );
};

/** The second header of the chunk with this number, 1 and up. */
export const chunkText = (number: number, isLast: boolean): string =>
  `${number}/${isLast ? number : UNKNOWN_COUNT}`;

/** What the joiner needs to know of a record. */
export interface ChunkSource {
  readonly partition: number;
  readonly headers: ReadonlyArray<{ readonly key: string; readonly value: Uint8Array | null }>;
  readonly value: Uint8Array | null;
}

interface Chunk {
  readonly id: string;
  readonly number: number;
  readonly isLast: boolean;
}

/** The chunk that a record is; `undefined` for an ordinary record. */
export const chunkOf = ({ headers }: Pick<ChunkSource, 'headers'>): Chunk | undefined => {
  if (headers.length === 0) return undefined;
  const text = (key: string): string | undefined => {
    const value = headers.find((header) => header.key === key)?.value;
    return value === undefined || value === null ? undefined : Buffer.from(value).toString('utf8');
  };
  const id = text(CHUNK_ID_HEADER);
  const match = CHUNK.exec(text(CHUNK_HEADER) ?? '');
  if (id === undefined || match === null) return undefined;
  return { id, number: Number(match[1]), isLast: match[1] === match[2] };
};

const EMPTY = new Uint8Array(0);

/**
 * Puts chunks together again. Values of records are kept by reference until their line is whole;
 * lines whose first chunk was not seen are left out and counted.
 */
export class ChunkJoiner {
  readonly #maxHeldBytes: number;
  readonly #open = new Map<string, Uint8Array[]>();
  #heldBytes = 0;
  #brokenCount = 0;

  constructor(options: { readonly maxHeldBytes: number }) {
    this.#maxHeldBytes = options.maxHeldBytes;
  }

  /** Lines of which a chunk was missing. */
  get brokenCount(): number {
    return this.#brokenCount;
  }

  /** Lines that are not whole yet. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The parts of a value that is whole now, in order; `undefined` while chunks are missing. */
  add(record: ChunkSource): readonly Uint8Array[] | undefined {
    const value = record.value ?? EMPTY;
    const chunk = chunkOf(record);
    if (chunk === undefined) return [value];
    const key = `${record.partition}/${chunk.id}`;
    const parts = this.#open.get(key) ?? [];
    if (chunk.number <= parts.length) return undefined;
    if (chunk.number !== parts.length + 1) {
      this.#drop(key, chunk.isLast);
      return undefined;
    }
    parts.push(value);
    this.#hold(value.length);
    this.#open.set(key, parts);
    if (!chunk.isLast) return undefined;
    this.#release(key);
    return parts;
  }

  #drop(key: string, isLast: boolean): void {
    this.#release(key);
    if (isLast) this.#brokenCount += 1;
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes <= this.#maxHeldBytes) return;
    throw new OttlaError(
      'MESSAGE_TOO_LARGE',
      `lines in chunks hold more than ${this.#maxHeldBytes} bytes: read them with the SDK instead`,
    );
  }

  #release(key: string): void {
    for (const part of this.#open.get(key) ?? []) this.#heldBytes -= part.length;
    this.#open.delete(key);
  }
}
