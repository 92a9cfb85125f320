import { assert } from '../../base/assert.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';

/** Record bytes from here on are sent from where they lie: copying them costs more than a part. */
const VIEW_MIN_BYTES = 2048;

interface View {
  /** Where in the writer's own bytes the view is spliced in. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * Writes a frame as a list of parts: fields into one growing buffer, large record bytes as views in
 * between, so that a fetched megabyte is never copied. Such bytes must not change until the parts
 * have been written to the socket.
 */
export class FrameWriter extends ByteWriter {
  readonly #views: View[] = [];
  #viewBytes = 0;

  /** Adds `bytes` without copying them, unless they are few. */
  writeView(bytes: Uint8Array): void {
    if (bytes.length < VIEW_MIN_BYTES) {
      this.writeBytes(bytes);
      return;
    }
    this.#views.push({ position: this.sizeBytes, bytes });
    this.#viewBytes += bytes.length;
  }

  /** Bytes of the frame so far, views included. */
  get totalBytes(): number {
    return this.sizeBytes + this.#viewBytes;
  }

  /** What was written, in order. */
  parts(): Uint8Array[] {
    const own = this.bytes();
    const parts: Uint8Array[] = [];
    let start = 0;
    for (const { position, bytes } of this.#views) {
      if (position > start) parts.push(own.subarray(start, position));
      parts.push(bytes);
      start = position;
    }
    if (start < own.length) parts.push(own.subarray(start));
    return parts;
  }

  /** Appends what another writer holds; it holds no views. */
  writeAll(other: FrameWriter): void {
    assert(other.#views.length === 0, 'record bytes are never part of a tagged field');
    this.writeBytes(other.bytes());
  }
}
