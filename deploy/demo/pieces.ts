/** A line without its LF, or a part of a line too long for one record. */
export interface Piece {
  /** A view of the chunk it came from, where it did not cross two of them. */
  readonly bytes: Uint8Array;
  /** An LF followed: the line ends here. */
  readonly endsWithLf: boolean;
}

const LINE_FEED = 0x0a;

/**
 * Cuts a byte stream into pieces from which it can be put together again byte for byte: the bytes
 * of each, and an LF where one followed. Nothing else is looked at: CR, NUL and bytes that are no
 * UTF-8 pass.
 */
export class PieceCutter {
  readonly #maxBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The pieces that this chunk completes. The chunk must not change while they are in use. */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let at = 0;
    while (at < chunk.length) {
      const lineFeed = chunk.indexOf(LINE_FEED, at);
      const end = lineFeed === -1 ? chunk.length : lineFeed;
      while (this.#heldBytes + end - at > this.#maxBytes) {
        const cut = at + this.#maxBytes - this.#heldBytes;
        pieces.push(this.#take(chunk.subarray(at, cut), false));
        at = cut;
      }
      if (lineFeed === -1) {
        this.#held.push(chunk.subarray(at));
        this.#heldBytes += chunk.length - at;
        break;
      }
      pieces.push(this.#take(chunk.subarray(at, end), true));
      at = end + 1;
    }
    return pieces;
  }

  /** What is left when the stream has ended. */
  end(): Piece[] {
    return this.#heldBytes === 0 ? [] : [this.#take(new Uint8Array(0), false)];
  }

  #take(last: Uint8Array, endsWithLf: boolean): Piece {
    if (this.#heldBytes === 0) return { bytes: last, endsWithLf };
    const bytes = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return { bytes, endsWithLf };
  }
}

const KEY_BYTES = 7;
const NUMBER_BYTES = 6;

/** A piece's place in the file, as the key of its record: number from 0, and whether an LF ends it. */
export const encodePieceKey = (number: number, endsWithLf: boolean): Uint8Array => {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUIntBE(number, 0, NUMBER_BYTES);
  key[NUMBER_BYTES] = endsWithLf ? 1 : 0;
  return key;
};

export interface PieceKey {
  readonly number: number;
  readonly endsWithLf: boolean;
}

/** Throws on a key that `encodePieceKey` does not write. */
export const decodePieceKey = (key: Uint8Array | null): PieceKey => {
  if (key?.length !== KEY_BYTES) throw new Error('a record in the topic is not of this demo');
  const view = Buffer.from(key.buffer, key.byteOffset, key.length);
  return { number: view.readUIntBE(0, NUMBER_BYTES), endsWithLf: key[NUMBER_BYTES] === 1 };
};
