import { ByteReader } from '../../base/bytes/reader.ts';
import { DecodeError } from './decode-error.ts';

/**
 * Elements of all arrays in one message, nested ones included. Two bytes can become an object of
 * seventy: without a limit a frame of 100 MB would take gigabytes of heap. A million take 70 MB,
 * and are more topics or partitions than any request needs.
 */
export const MESSAGE_ELEMENTS_MAX = 1_000_000;

/** Reads a frame; allows arrays what the rest of the frame can hold and the limit leaves. */
export class MessageReader extends ByteReader {
  #elementsLeft = MESSAGE_ELEMENTS_MAX;

  /** Called before an array is allocated; throws when its count is a lie. */
  expectElements(count: number, elementMinBytes: number): void {
    if (count * elementMinBytes > this.remainingBytes) {
      throw new DecodeError(
        `${count} elements are promised at byte ${this.position}, ` +
          `where ${this.remainingBytes} bytes remain`,
      );
    }
    this.#elementsLeft -= count;
    if (this.#elementsLeft < 0) {
      throw new DecodeError(`the message has more than ${MESSAGE_ELEMENTS_MAX} elements`);
    }
  }
}
