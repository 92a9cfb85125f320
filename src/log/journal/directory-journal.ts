import { OttlaError } from '../../base/errors.ts';
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
  /** Where nonces come from: what clients send must not know them. */
  readonly random: Random;
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
    const { disk, directory, logger } = this.#options;
    const replay = readJournal(disk, directory);
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
   */
  async begin(flusher: { useJournal(journal: Journal<Log>): void }): Promise<void> {
    const { disk, clock, directory, journal: settings, logger } = this.#options;
    const { isEnabled, totalBytes, minLogs, random } = settings;
    const place = { disk, clock, directory, random };
    if (this.#isDamaged) {
      const keptAs = await setJournalAside(place);
      logger.error('journal is set aside', { directory, keptAs });
    }
    if (!isEnabled) return removeJournal(place);
    const blocks = Math.floor(totalBytes / FILE_COUNT / BLOCK_BYTES);
    try {
      const fileBytes = blocks * BLOCK_BYTES;
      const journal = await Journal.open<Log>({ ...place, fileBytes, minLogs });
      this.#journal = journal;
      flusher.useJournal(journal);
    } catch (error) {
      if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') throw error;
      // One that stayed would know nothing of the cuts to come.
      await removeJournal(place);
      logger.warn('disk is full: there is no journal until the next start', { directory });
    }
  }

  /** All logs are settled and closed: leaves an empty journal, durably. */
  async end(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close(true);
  }

  /** Lets go of the files, whatever they hold. */
  dispose(): void {
    void this.#journal?.close(false);
    this.#journal = undefined;
  }
}
