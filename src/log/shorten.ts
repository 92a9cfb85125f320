import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import { sleep } from '../env/clock.ts';
import type { LogCompaction } from './compaction/log-compaction.ts';
import type { FlushState } from './flush-state.ts';
import type { FlushableLog } from './flushable-log.ts';
import type { LogContext } from './log-context.ts';
import { notAvailable } from './log-context.ts';

export interface ShortenedLog extends FlushableLog {
  readonly name: string;
  readonly flushing: FlushState;
  readonly compaction: LogCompaction;
}

export interface Shortening {
  /** Exclusive; where the log ends from now on. */
  readonly endOffset: Offset;
  /** Exclusive; what the journal has of the log below it still counts. */
  readonly keptOffset: Offset;
  /** Takes away bytes, names and epochs; not durable on return. */
  readonly cut: () => void;
  readonly isEnded: () => boolean;
}

/** Makes a log shorter on disk, and tells how that ended to whoever closes the log meanwhile. */
export class Shortener {
  readonly #context: LogContext;
  readonly #log: ShortenedLog;
  /** False where it was given up, or failed. */
  #shortening: Promise<boolean> | undefined;

  constructor(context: LogContext, log: ShortenedLog) {
    this.#context = context;
    this.#log = log;
  }

  get isBusy(): boolean {
    return this.#shortening !== undefined;
  }

  /**
   * Resolves when none is under way: true where offsets, producers and files agree; false where
   * that under way was given up, and the files are as they were. Never rejects.
   */
  ended(): Promise<boolean> {
    return this.#shortening ?? Promise.resolve(true);
  }

  /** One at a time; for the rest as `shortenOnDisk`. */
  async shorten(shortening: Shortening): Promise<void> {
    const work = shortenOnDisk(this.#context, this.#log, shortening);
    this.#shortening = work.then(
      () => true,
      () => false,
    );
    try {
      await work;
    } finally {
      this.#shortening = undefined;
    }
  }
}

/**
 * Makes on disk what the log is in memory already: shorter. Durable on return. Nothing may be
 * appended meanwhile. Errors: REPLICA_NOT_AVAILABLE (it ended before it was cut), STORAGE_ERROR.
 *
 * Crash states: before the lowered marks are durable, and before the journal says that nothing of
 * the log comes back at or above `keptOffset`, the log as it was; then any that `cut` passes
 * through, until the last sync. A start that falls is checkpointed after the journal has said so,
 * and before a byte goes: a start that finds no segment at the log's start, and entries above it,
 * would take these for records that are gone.
 */
const shortenOnDisk = async (
  context: LogContext,
  log: ShortenedLog,
  { endOffset, keptOffset, cut, isEnded }: Shortening,
): Promise<void> => {
  const { flusher, health } = context;
  const compactionEnded = log.compaction.interrupt();
  const untilRoom = (attempt: () => Promise<boolean>): Promise<void> =>
    waitForRoom(context, { name: log.name, isEnded, attempt });
  await untilRoom(() => trySaveMarks(context));
  if (flusher.isJournalled(log)) {
    await untilRoom(() => flusher.cut(log, keptOffset));
    if (log.flushing.heldStartOffset !== undefined) {
      log.flushing.releaseStart();
      await untilRoom(() => trySaveMarks(context));
    }
  }
  await health.guard(async () => {
    await compactionEnded;
    await flusher.whenIdle();
    health.check();
    log.compaction.onCut(endOffset);
    cut();
    await flusher.settle(log);
    log.flushing.onTruncated(endOffset);
  });
};

const ROOM_RETRY_MS = 1000;

/**
 * Before a byte is cut, a mark that was lowered is checkpointed and the journal told: a start would
 * take a log that ends below either for damaged, and set a whole copy aside. On a full disk this
 * waits for room; until then nothing is cut, and a crash leaves the log as it was. Throws
 * REPLICA_NOT_AVAILABLE, with nothing cut, when the log is closed or to be deleted meanwhile.
 */
const waitForRoom = async (
  { clock, logger }: LogContext,
  wait: {
    readonly name: string;
    readonly isEnded: () => boolean;
    /** False where the disk is full. */
    readonly attempt: () => Promise<boolean>;
  },
): Promise<void> => {
  const { name, isEnded, attempt } = wait;
  for (let isTold = false; !(await attempt()); isTold = true) {
    if (!isTold) logger.warn('disk is full: a log waits for room to be cut', { log: name });
    await sleep(clock, ROOM_RETRY_MS);
    if (isEnded()) throw notAvailable(`${name} ended before it was cut`);
  }
};

const trySaveMarks = async ({ saveMarks }: LogContext): Promise<boolean> => {
  try {
    await saveMarks();
    return true;
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') throw error;
    return false;
  }
};
