import type { Device, FileChange } from './device.ts';

/** One file: its bytes as the node sees them, and the changes that the device has not. */
export class PowerFile {
  readonly kind = 'file';
  readonly id: number;
  readonly #device: Device;
  #bytes: Uint8Array;
  #size: number;
  #pending: FileChange[] = [];
  /** Changes that went to the device so far. */
  #appliedCount = 0;

  constructor(device: Device, id: number, content: Uint8Array) {
    this.#device = device;
    this.id = id;
    this.#bytes = content;
    this.#size = content.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Changes made so far: what a sync begun now covers. */
  get changeCount(): number {
    return this.#appliedCount + this.#pending.length;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.length, this.#size);
    if (end <= position) return 0;
    target.set(this.#bytes.subarray(position, end));
    return end - position;
  }

  write(parts: readonly Uint8Array[], position: number): void {
    let at = position;
    for (const part of parts) {
      if (part.length === 0) continue;
      this.#resize(Math.max(this.#size, at + part.length));
      this.#bytes.set(part, at);
      this.#pending.push({ position: at, bytes: part.slice() });
      at += part.length;
    }
  }

  truncate(lengthBytes: number): void {
    this.#resize(lengthBytes);
    this.#pending.push({ position: lengthBytes, bytes: undefined });
  }

  /** The first `changeCount` changes are on the device when this returns. */
  commit(changeCount: number): void {
    const due = this.#pending.splice(0, Math.max(0, changeCount - this.#appliedCount));
    if (due.length === 0) return;
    this.#device.apply(this.id, due);
    this.#appliedCount += due.length;
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 4096));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}
