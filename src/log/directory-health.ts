import { describeError, OttlaError } from '../base/errors.ts';

/**
 * Whether a log directory may still be used. After one failed write or sync the state of its files
 * is unknown (a second sync may report success for pages the kernel has dropped), so the first
 * failure is final: every later operation is refused until the process has started again.
 */
export class DirectoryHealth {
  readonly directory: string;
  readonly #onFailure: (error: OttlaError) => void;
  readonly #onFull: () => void;
  #failure: OttlaError | undefined;

  /**
   * `onFailure` is called once, with the first failure, `onFull` whenever a change of files finds
   * the disk full; they must not throw.
   */
  constructor(directory: string, onFailure: (error: OttlaError) => void, onFull: () => void) {
    this.directory = directory;
    this.#onFailure = onFailure;
    this.#onFull = onFull;
  }

  get failure(): OttlaError | undefined {
    return this.#failure;
  }

  /** Takes the directory offline; returns the error to throw, that of the first failure. */
  fail(cause: unknown): OttlaError {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = new OttlaError(
      'STORAGE_ERROR',
      `log directory ${this.directory} is offline after: ${describeError(cause)}; check the device and restart`,
      { cause },
    );
    this.#onFailure(this.#failure);
    return this.#failure;
  }

  /** As `work`; a failure of it takes the directory offline. */
  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** A full disk leaves the directory usable, and takes no more records: someone should know. */
  noteFull(): void {
    this.#onFull();
  }

  /** Throws STORAGE_ERROR once the directory is offline. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
