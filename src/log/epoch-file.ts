import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { replaceFile } from '../env/disk.ts';
import { EPOCHS_FILE } from './file-names.ts';
import type { LeaderEpochHistory } from './leader-epoch-history.ts';

/** Keeps one history durable: writes run one after the other and always write the newest state. */
export class EpochFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #history: LeaderEpochHistory;
  #durableVersion: number;
  #unsavedFrom: Offset | undefined;
  #writing: Promise<void> | undefined;

  /** `unsavedFrom` is undefined where the file holds the history as it is now. */
  constructor(
    disk: Disk,
    directory: string,
    options: { readonly history: LeaderEpochHistory; readonly unsavedFrom: Offset | undefined },
  ) {
    const { history, unsavedFrom } = options;
    this.#disk = disk;
    this.#path = `${directory}/${EPOCHS_FILE}`;
    this.#history = history;
    this.#unsavedFrom = unsavedFrom;
    this.#durableVersion = unsavedFrom === undefined ? history.version : -1;
  }

  get isDurable(): boolean {
    return this.#durableVersion === this.#history.version;
  }

  /**
   * Inclusive: where the first batch stands whose epoch the file may not have. A start finds the
   * epoch in the batch, as long as it reads the log from there on.
   */
  get unsavedFrom(): Offset | undefined {
    return this.#unsavedFrom;
  }

  /** A batch of `leaderEpoch` was appended at `baseOffset`; nothing is durable on return. */
  admit(leaderEpoch: LeaderEpoch, baseOffset: Offset): void {
    const { version } = this.#history;
    this.#history.assign(leaderEpoch, baseOffset);
    if (this.#history.version !== version) this.#unsavedFrom ??= baseOffset;
  }

  /** Resolves when the history as it was at the call, or a later one, is durable. */
  async persist(): Promise<void> {
    const wanted = this.#history.version;
    while (this.#durableVersion < wanted) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  /**
   * Resolves when no write is under way, whatever became of the last one. One that waits behind it
   * is not left over: the directory may be about to have another name.
   */
  async whenIdle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
  }

  async #write(): Promise<void> {
    const { version } = this.#history;
    await replaceFile(this.#disk, this.#path, this.#history.encode());
    this.#durableVersion = version;
    if (this.isDurable) this.#unsavedFrom = undefined;
  }
}
