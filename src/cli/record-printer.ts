import type { Offset } from '../base/ids.ts';
import type { ReaderBatch } from '../client/reader/record-source.ts';
import { writeError, writeOut } from '../platform/process.ts';
import { ChunkJoiner } from './chunks.ts';
import { jsonOfRecord } from './record-text.ts';

const MAX_HELD_BYTES = 1024 * 1024 * 1024;
const LINE_FEED = Buffer.from('\n');
/** Written at once: a write costs more than a copy of a short value. */
const WRITE_BYTES = 256 * 1024;

export interface PrintOptions {
  readonly json?: boolean;
  readonly maxMessages?: number;
}

/** Writes values as lines, as fast as standard output takes them. */
export class RecordPrinter {
  readonly #joiner = new ChunkJoiner({ maxHeldBytes: MAX_HELD_BYTES });
  readonly #json: boolean;
  #remaining: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor({ json, maxMessages }: PrintOptions) {
    this.#json = json === true;
    this.#remaining = maxMessages ?? Number.POSITIVE_INFINITY;
  }

  /** It has printed as many as it was to. */
  get isDone(): boolean {
    return this.#remaining <= 0;
  }

  /** The records before `endOffset`; tells where the partition goes on behind what was printed. */
  async print({ partition, records, nextOffset }: ReaderBatch, endOffset: Offset): Promise<Offset> {
    for (const record of records) {
      if (record.offset >= endOffset || this.isDone) return record.offset;
      if (this.#json) {
        const text = JSON.stringify({ partition, ...jsonOfRecord(record) });
        this.#line([Buffer.from(text)]);
      } else {
        const { value, headers } = record;
        const whole = this.#joiner.add({ partition, value, headers });
        if (whole !== undefined) this.#line(whole);
      }
      if (this.#bytes >= WRITE_BYTES) await this.flush();
    }
    return nextOffset;
  }

  async flush(): Promise<void> {
    if (this.#parts.length === 0) return;
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    await writeOut(bytes);
  }

  /** Writes what is left, and says what could not be written. */
  async finish(): Promise<void> {
    await this.flush();
    const { brokenCount } = this.#joiner;
    if (brokenCount === 0) return;
    writeError(`ottla: ${brokenCount} line(s) left out, of which a chunk was missing`);
  }

  #line(parts: readonly Uint8Array[]): void {
    for (const part of [...parts, LINE_FEED]) {
      this.#parts.push(part);
      this.#bytes += part.length;
    }
    this.#remaining -= 1;
  }
}
