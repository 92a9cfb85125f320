import { assert } from '../base/assert.ts';

/** What one read of a mebibyte takes, with what it may have to skip. */
const BUFFER_BYTES = 1024 * 1024 + 64 * 1024;
/** Smaller reads are as quick in fresh memory: it comes from a heap that was touched before. */
const MIN_BYTES = 128 * 1024;
/** Given back and kept: as many as one answer of a broker takes at the most. */
const KEPT_COUNT = 16;

/** Memory for one read, of which its reader is the only owner. */
export interface Loan {
  readonly bytes: Uint8Array;
  /**
   * Nobody looks at the bytes any more, or at any view of them: they are written over. To be called
   * once at the most; who never does leaves them to the collector.
   */
  giveBack(): void;
}

/**
 * Memory for reads from the disk, used again. The first touch of a fresh page costs a fault, of
 * which a mebibyte has 256: more than to copy it from the page cache.
 */
export class ReadBuffers {
  readonly #free: Uint8Array[] = [];
  readonly #onGivenBack: (bytes: Uint8Array) => void;

  /** `onGivenBack` sees what is free again; tests write over it. */
  constructor(onGivenBack: (bytes: Uint8Array) => void = () => {}) {
    this.#onGivenBack = onGivenBack;
  }

  /** What is kept for later reads. */
  get freeBytes(): number {
    return this.#free.length * BUFFER_BYTES;
  }

  /** Memory of that length, with whatever stood there before. */
  lend(lengthBytes: number): Loan {
    if (lengthBytes < MIN_BYTES || lengthBytes > BUFFER_BYTES) {
      return { bytes: Buffer.allocUnsafeSlow(lengthBytes), giveBack: () => {} };
    }
    const whole = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    let isLent = true;
    const giveBack = (): void => {
      assert(isLent, 'memory is given back once');
      isLent = false;
      this.#onGivenBack(whole);
      if (this.#free.length < KEPT_COUNT) this.#free.push(whole);
    };
    return { bytes: whole.subarray(0, lengthBytes), giveBack };
  }
}
