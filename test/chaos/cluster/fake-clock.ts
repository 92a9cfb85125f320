import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
];

const library = (): string | undefined => LIBRARIES.find((path) => existsSync(path));

/** True where Debian's `faketime` is installed. */
export const canFakeTime = (): boolean => library() !== undefined;

/**
 * The wall clock of one process, which jumps when it is told to; its monotonic clock is the
 * machine's. Nothing but that process sees it.
 */
export class FakeClock {
  readonly #file: string;

  constructor(directory: string) {
    this.#file = join(directory, 'wall-clock');
    this.jumpTo(0);
  }

  /** So far from the machine's clock, within a second. */
  jumpTo(offsetSeconds: number): void {
    writeFileSync(this.#file, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s\n`);
  }

  /** Words before the program that shall see it. */
  command(): string[] {
    return [
      'env',
      `LD_PRELOAD=${library()}`,
      `FAKETIME_TIMESTAMP_FILE=${this.#file}`,
      'FAKETIME_CACHE_DURATION=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      'DONT_FAKE_MONOTONIC=1',
    ];
  }
}
