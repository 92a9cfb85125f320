import { OttlaError } from '../../base/errors.ts';
import type { DirectoryId } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Disk } from '../../env/disk.ts';
import type { Logger } from '../../env/logger.ts';
import type { Random } from '../../env/random.ts';
import type { DirectoryHealth } from '../directory-health.ts';
import type { FlushableLog } from '../flushable-log.ts';
import { removeJournal, setJournalAside } from './begin-life.ts';
import { FILE_COUNT, readJournal } from './files.ts';
import { BLOCK_BYTES } from './frame.ts';
import { Journal } from './journal.ts';
import type { JournalReplay } from './replay.ts';

export interface JournalSettings {
  readonly isEnabled: boolean;
  /** Of all files together: taken at the start, for good. */
  readonly totalBytes: number;
  /** Rounds of fewer logs sync these themselves. */
  readonly minLogs: number;
  /** Of the log directory. */
  readonly directoryId: DirectoryId;
  /** Where nonces come from: what clients send must not know them. */
  readonly random: Random;
  /**
   * Says durably, where every version of the program looks, that one that knows nothing of journals
   * must not start here, or that it may. Errors: DISK_FULL, STORAGE_ERROR.
   */
  readonly require: (isRequired: boolean) => Promise<void>;
}

export interface DirectoryJournalOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: DirectoryHealth;
  readonly directory: string;
  readonly journal: JournalSettings;
}

/** The journal of one log directory from its start to its stop, be it on or not. */
export class DirectoryJournal<Log extends FlushableLog> {
  readonly #options: DirectoryJournalOptions;
  #journal: Journal<Log> | undefined;
  #isDamaged = false;

  constructor(options: DirectoryJournalOptions) {
    this.#options = options;
  }

  /** What is to be put back after an unclean stop. Changes nothing. */
  read(): JournalReplay {
    const { disk, directory, logger, journal } = this.#options;
    const { directoryId } = journal;
    const replay = readJournal({ disk, directory, directoryId });
    const { frameCount, damagedCount, isUnknown } = replay;
    this.#isDamaged = damagedCount > 0;
    if (damagedCount > 0) {
      logger.error('journal is damaged', { directory, frameCount, damagedCount, isUnknown });
    } else if (frameCount > 0) logger.info('journal is read', { directory, frameCount });
    return replay;
  }

  /**
   * All logs are settled: what the journal held is forgotten, durably, and from then on it is used,
   * where that is asked for and the disk has room; where not, one that is there goes. A damaged one
   * is kept aside.
   *
   * Crash states: it is required before its first frame, and no more when it is gone: at worst it
   * is required, and holds nothing.
   */
  async begin(flusher: { useJournal(journal: Journal<Log>): void }): Promise<void> {
    const { directory, journal: settings, logger } = this.#options;
    if (this.#isDamaged) {
      const keptAs = await setJournalAside(this.#options);
      logger.error('journal is set aside', { directory, keptAs });
    }
    if (!settings.isEnabled) return this.#goWithout();
    try {
      this.#journal = await this.#open();
      await settings.require(true);
      flusher.useJournal(this.#journal);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.dispose();
      await this.#goWithout();
      logger.warn('disk is full: there is no journal until the next start', { directory });
    }
  }

  /**
   * All logs are settled and closed: leaves an empty journal, durably, and then says that any
   * version may start here. Crash states: required, and empty.
   */
  async end(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    if (journal === undefined) return;
    await journal.close(true);
    await this.#requireNoMore();
  }

  #open(): Promise<Journal<Log>> {
    const { disk, clock, directory, journal: settings } = this.#options;
    const { totalBytes, minLogs, random, directoryId } = settings;
    const blocks = Math.floor(totalBytes / FILE_COUNT / BLOCK_BYTES);
    const where = { disk, clock, directory, directoryId };
    const place = { ...where, random, fileBytes: blocks * BLOCK_BYTES };
    return Journal.open<Log>({ ...place, minLogs });
  }

  /** One that stayed would know nothing of the cuts to come. */
  async #goWithout(): Promise<void> {
    await removeJournal(this.#options);
    await this.#requireNoMore();
  }

  /** On a full disk it stays required, until a stop or a start without it finds room to say so. */
  async #requireNoMore(): Promise<void> {
    const { directory, journal, logger } = this.#options;
    try {
      await journal.require(false);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      logger.warn('disk is full: older versions may not start here yet', { directory });
    }
  }

  /** Lets go of the files, whatever they hold. */
  dispose(): void {
    void this.#journal?.close(false);
    this.#journal = undefined;
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'DISK_FULL';
