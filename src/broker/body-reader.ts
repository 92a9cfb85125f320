import { OttlaError } from '../base/errors.ts';

/** Takes byte ranges off the body of a payload frame, one after the other. */
export class BodyReader {
  readonly #parts: readonly Uint8Array[];
  #part = 0;
  #position = 0;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  /**
   * The next `lengthBytes`: a view where they lie in one part, as received frames do, else a copy.
   * Throws INVALID_REQUEST where the header promised more than the body holds.
   */
  take(lengthBytes: number): Uint8Array {
    if (lengthBytes < 0) throw new OttlaError('INVALID_REQUEST', 'a length is negative');
    const pieces: Uint8Array[] = [];
    let missing = lengthBytes;
    while (missing > 0) {
      const part = this.#parts[this.#part];
      if (part === undefined) {
        throw new OttlaError('INVALID_REQUEST', `the body is ${missing} bytes short`);
      }
      const piece = part.subarray(this.#position, this.#position + missing);
      this.#position += piece.length;
      missing -= piece.length;
      if (this.#position >= part.length) {
        this.#part += 1;
        this.#position = 0;
      }
      if (piece.length > 0) pieces.push(piece);
    }
    const only = pieces[0];
    if (pieces.length === 1 && only !== undefined) return only;
    return Buffer.concat(pieces);
  }
}
