import { OttlaError } from '../../base/errors.ts';
import type { Disk } from '../../env/disk.ts';
import { readWholeFile, replaceFile } from '../../env/disk.ts';
import { decodeCheckedText, encodeCheckedText } from '../../log/checked-text.ts';
import { ID_MARKS_FILE } from '../../log/file-names.ts';
import type { OnFatal } from '../guard.ts';

const KIND = 'id-marks';

/**
 * The stored marks of one partition; see FORMAT.md. Whatever stands there is true of the log whose
 * epochs it names, so that a write which is lost, or an older file, costs time and no id.
 */
export class MarkFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #onFatal: OnFatal;
  #next: (() => readonly string[]) | undefined;
  #writing: Promise<void> | undefined;

  constructor(disk: Disk, directory: string, onFatal: OnFatal) {
    this.#disk = disk;
    this.#path = `${directory}/${ID_MARKS_FILE}`;
    this.#onFatal = onFatal;
  }

  /** None where the file is missing or damaged, or cannot be read. */
  read(): readonly string[] {
    const bytes = this.#readBytes();
    return (bytes && decodeCheckedText(KIND, bytes, this.#path)) ?? [];
  }

  /** A device that fails takes the log with it when that is read; this file is not missed. */
  #readBytes(): Uint8Array | undefined {
    try {
      return readWholeFile(this.#disk, this.#path);
    } catch (error) {
      if (error instanceof OttlaError) return undefined;
      throw error;
    }
  }

  /** Writes the lines as they are when it comes to that; one at a time, the last one asked for. */
  write(lines: () => readonly string[]): void {
    this.#next = lines;
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was asked for is over. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let lines = this.#next; lines !== undefined; lines = this.#next) {
      this.#next = undefined;
      try {
        await replaceFile(this.#disk, this.#path, encodeCheckedText(KIND, lines()));
      } catch (error) {
        // A full disk, or a directory that is gone: the file before stands. A device that fails
        // takes the log with it.
        if (!(error instanceof OttlaError)) this.#onFatal(error as Error);
      }
    }
    this.#writing = undefined;
  }
}
