import { OttlaError } from '../../base/errors.ts';
import type { DirectoryId } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Disk } from '../../env/disk.ts';
import type { Logger } from '../../env/logger.ts';
import type { Random } from '../../env/random.ts';
import type { DirectoryHealth } from '../directory-health.ts';
import type { FlushableLog } from '../flushable-log.ts';
import { emptyJournal, removeJournal, setJournalAside } from './begin-life.ts';
import { FILE_COUNT, journalPath, readJournal } from './files.ts';
import { BLOCK_BYTES } from './frame.ts';
import { Journal, maxFrameBytes } from './journal.ts';
import type { JournalReplay } from './replay.ts';
import { JournalWorth } from './worth.ts';

export interface JournalSettings {
  readonly isEnabled: boolean;
  /** Of all files together: taken when there is work for it, for good. */
  readonly totalBytes: number;
  /** Rounds of fewer logs sync these themselves. */
  readonly minLogs: number;
  /** The one that is there may be of an earlier release, and hold records of any log. */
  readonly isOfAnyLog?: boolean;
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

/** What a journal is given to, and who tells whether one is worth its while. */
export interface JournalUser<Log extends FlushableLog> {
  useJournal(journal: Journal<Log>): void;
  /** `worth` is told of each round that goes without a journal. */
  watchRounds(worth: JournalWorth<Log> | undefined): void;
}

/**
 * The journal of one log directory from its start to its stop, be it on or not. A new one is made
 * when it would have spared as many syncs as it costs: one partition never makes it.
 */
export class DirectoryJournal<Log extends FlushableLog> {
  readonly #options: DirectoryJournalOptions;
  #journal: Journal<Log> | undefined;
  #isDamaged = false;
  #isEnding = false;
  /** Never rejects. */
  #making: Promise<void> = Promise.resolve();

  constructor(options: DirectoryJournalOptions) {
    this.#options = options;
  }

  /** As in `JournalSettings`, at the start. */
  get isOfAnyLog(): boolean {
    return this.#options.journal.isOfAnyLog === true;
  }

  /**
   * What is to be put back after an unclean stop; `isListed`: of some log, by the checkpoint.
   * Changes nothing.
   */
  read(isListed: boolean): JournalReplay {
    const { disk, directory, logger, journal } = this.#options;
    const { directoryId } = journal;
    const replay = readJournal({ disk, directory, directoryId }, isListed);
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
   * is kept aside. Where there is none yet, it is made and used later, or never.
   *
   * Crash states: it is required before its first frame, and no more when it is gone: at worst it
   * is required, and holds nothing. What was made of one in part goes. Where a full disk has kept
   * the marks of before (`areMarksSaved`), which ask for a journal, it stays, empty and unused.
   */
  async begin(user: JournalUser<Log>, areMarksSaved: boolean): Promise<void> {
    const { disk, directory, journal: settings, logger } = this.#options;
    const isThere = disk.exists(journalPath(directory));
    if (this.#isDamaged && isThere) {
      const keptAs = await setJournalAside(this.#options);
      logger.error('journal is set aside', { directory, keptAs });
    } else if (!areMarksSaved && isThere) {
      await emptyJournal({ ...this.#options, ...settings });
      return logger.warn('disk is full: the journal is not used until the next start', {
        directory,
      });
    }
    if (!settings.isEnabled) return this.#goWithout();
    const worth = new JournalWorth<Log>({
      ...settings,
      maxBytes: maxFrameBytes(this.#fileBytes),
      onWorth: () => this.#makeLater(user),
    });
    if (disk.exists(journalPath(directory)) || worth.isWorthIt) return this.#use(user);
    await this.#goWithout();
    user.watchRounds(worth);
  }

  /** From the call on none is made; resolves when that is so. Never rejects. */
  async stopMaking(): Promise<void> {
    this.#isEnding = true;
    await this.#making;
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

  get #fileBytes(): number {
    const { totalBytes } = this.#options.journal;
    return Math.floor(totalBytes / FILE_COUNT / BLOCK_BYTES) * BLOCK_BYTES;
  }

  /** Beside rounds that go without it. A failure of the disk takes the directory offline. */
  #makeLater(user: JournalUser<Log>): void {
    if (this.#isEnding) return;
    user.watchRounds(undefined);
    this.#making = this.#options.health.guard(() => this.#use(user)).catch(() => {});
  }

  async #use(user: JournalUser<Log>): Promise<void> {
    const { directory, journal: settings, logger } = this.#options;
    try {
      this.#journal = await this.#open();
      await settings.require(true);
      user.useJournal(this.#journal);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.dispose();
      await this.#goWithout();
      logger.warn('disk is full: there is no journal until the next start', { directory });
    }
  }

  #open(): Promise<Journal<Log>> {
    const { disk, clock, directory, journal: settings } = this.#options;
    const { minLogs, random, directoryId } = settings;
    const where = { disk, clock, directory, directoryId };
    return Journal.open<Log>({ ...where, random, fileBytes: this.#fileBytes, minLogs });
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
