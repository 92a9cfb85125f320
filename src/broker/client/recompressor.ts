import { must } from '../../base/assert.ts';
import { readInt16At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import type { Clock } from '../../env/clock.ts';
import type { Counter } from '../../env/meter.ts';
import type { LeaderConfig } from '../../log/leader-batch.ts';
import { looksAtRecords } from '../../log/leader-batch.ts';
import type { LogConfig } from '../../log/log-config.ts';
import { ATTRIBUTES_AT, codecOf, HEADER_BYTES } from '../../record/batch-header.ts';
import { missingCodec } from '../../record/batch-reader.ts';
import type { CodecName } from '../../record/codec.ts';
import { codecNameOf } from '../../record/codec.ts';
import { loadCodec } from '../../record/compression.ts';
import { openedBytesAtMost } from '../../record/opened-size.ts';
import { recompress } from '../../record/recompress.ts';
import { openedBytesMax } from '../../record/records-bound.ts';
import { validateBatch } from '../../record/validate-batch.ts';
import { judgedFormInPool } from '../dedup/judged-form.ts';
import type { HeldForm } from '../delayed/hold-back.ts';
import { holdBackInPool } from '../delayed/hold-back.ts';
import type { OnFatal } from '../guard.ts';
import type { JudgedBatch, PartitionIds } from '../replication/partition-ids.ts';
import type { ByteBudget } from './byte-budget.ts';

/**
 * Batches recompressed at a time: the pool they share also syncs and reads the log. It bounds their
 * memory too, each having its records opened.
 */
const AT_ONCE = 2;
/** Records up to this are opened where they are looked at: it takes some milliseconds at most. */
const OPENED_AT_ONCE_BYTES = 1024 * 1024;

/** The part of a partition that says what its batches are to be. */
export interface RecompressedPartition {
  readonly isLeader: boolean;
  readonly ids?: PartitionIds | undefined;
  readonly log: {
    /** For messages. */
    readonly name: string;
    readonly config: LeaderConfig & Pick<LogConfig, 'compressionType' | 'maxMessageBytes'>;
  };
}

/** A batch as it is to be appended. */
export interface PreparedBatch {
  readonly batch: Uint8Array;
  /** What the leader looks at in its place: the same records, uncompressed. */
  readonly opened?: Uint8Array | undefined;
  /** Of a batch in which a record is not due yet. */
  readonly held?: HeldForm | undefined;
  /** Of a batch whose records have ids that count. */
  readonly ids?: JudgedBatch | undefined;
}

interface Job {
  readonly batch: Uint8Array;
  readonly onReady: (ready: PreparedBatch | OttlaError) => void;
}

export interface RecompressorOptions {
  readonly clock: Pick<Clock, 'defer' | 'wallMs'>;
  /** Where opened records count while they are held. */
  readonly heldBytes: Pick<ByteBudget, 'take' | 'giveBack'>;
  readonly recompressed: Counter;
  /** See `HoldLimits`. */
  readonly mayRepeat: () => boolean;
  readonly onFatal: OnFatal;
}

/**
 * Gives batches the compression of their topic, before they are appended, and their held form where
 * the topic holds records back; loads the library of a codec before the first batch in it whose
 * records the leader looks at, and opens those that may be large in other threads. Batches of one
 * partition go on in the order in which they came: while one is held, all behind it wait, those
 * that need nothing as well. With compression.type=producer and no delays no batch is ever touched.
 *
 * Each begins in an event of its own: what is done in no other thread holds the event loop, and
 * timers and sockets have their turn before the next.
 */
export class Recompressor {
  readonly #lines = new Map<RecompressedPartition, Job[]>();
  /** Partitions whose first job has not begun. */
  readonly #idle: RecompressedPartition[] = [];
  readonly #options: RecompressorOptions;
  #running = 0;
  #isStartDue = false;

  constructor(options: RecompressorOptions) {
    this.#options = options;
  }

  /** False: the batch may be appended at once. True: it must go through `take`. */
  holds(partition: RecompressedPartition, batch: Uint8Array): boolean {
    return (
      this.#lines.has(partition) ||
      otherCodec(partition, batch) !== undefined ||
      opensCompressed(partition, batch) ||
      this.#opensToLook(partition, batch) ||
      this.#unloadedCodec(partition, batch) !== undefined
    );
  }

  /**
   * `onReady` is called once, in an event of its own, with the batch to append (the same bytes
   * where it is not to be changed, or is one that the log will refuse) or with why there is none:
   * INVALID_RECORD, MESSAGE_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE. The batch must not change
   * until then.
   */
  take(partition: RecompressedPartition, batch: Uint8Array, onReady: Job['onReady']): void {
    const line = this.#lines.get(partition);
    if (line !== undefined) {
      line.push({ batch, onReady });
      return;
    }
    this.#lines.set(partition, [{ batch, onReady }]);
    this.#idle.push(partition);
    this.#startLater();
  }

  #startLater(): void {
    if (this.#isStartDue || this.#running === AT_ONCE || this.#idle.length === 0) return;
    this.#isStartDue = true;
    this.#options.clock.defer(() => {
      this.#isStartDue = false;
      const partition = must(this.#idle.shift(), 'only a start takes an idle partition away');
      this.#running += 1;
      this.#work(partition).catch((error: Error) => this.#options.onFatal(error));
      this.#startLater();
    });
  }

  async #work(partition: RecompressedPartition): Promise<void> {
    const line = must(this.#lines.get(partition), 'a partition with work has a line');
    const { batch, onReady } = must(line[0], 'a line has a job until it is gone');
    const { heldBytes } = this.#options;
    let openedBytes = 0;
    const ready = await this.#prepare(partition, batch, (bytes) => {
      openedBytes += bytes;
      heldBytes.take(bytes);
    });
    this.#running -= 1;
    line.shift();
    if (line.length === 0) this.#lines.delete(partition);
    else this.#idle.push(partition);
    // In this event: what comes after it for the partition is behind it.
    onReady(ready);
    heldBytes.giveBack(openedBytes);
    this.#startLater();
  }

  /** `onOpened` is called with what records are opened to. */
  async #prepare(
    partition: RecompressedPartition,
    batch: Uint8Array,
    onOpened: (bytes: number) => void,
  ): Promise<PreparedBatch | OttlaError> {
    const { isLeader } = partition;
    const { config, name } = partition.log;
    const { maxMessageBytes } = config;
    const unloaded = this.#unloadedCodec(partition, batch);
    const target = otherCodec(partition, batch);
    const looks = isLeader && (config.delayEnable || config.dedupWindowMs > 0);
    const isOpened = this.#opensToLook(partition, batch);
    if (target === undefined && unloaded === undefined && !looks && !isOpened) return { batch };
    // What the log would refuse goes to it as it is, for the answer to come from one place.
    if (validateBatch(batch, { maxBytes: maxMessageBytes }) !== undefined) return { batch };
    try {
      if (unloaded !== undefined) await loadCodec(unloaded);
      const opened = isOpened ? await open(batch, maxMessageBytes, onOpened) : undefined;
      const nowMs = this.#options.clock.wallMs();
      const limits = { name, config, nowMs, mayRepeat: this.#options.mayRepeat(), opened };
      const held = isLeader && config.delayEnable ? await holdBackInPool(batch, limits) : undefined;
      const changed =
        held !== undefined || target === undefined
          ? batch
          : await this.#recompress(batch, { target, maxMessageBytes, onOpened });
      // Last: nothing is appended to the partition between this and the batch.
      const forms = { sent: opened ?? batch, stored: held?.stored ?? changed };
      const ids = await judgedFormInPool(partition, forms);
      return { batch: changed, opened, held, ids };
    } catch (error) {
      if (error instanceof OttlaError) return error;
      throw error;
    }
  }

  async #recompress(
    batch: Uint8Array,
    { target, maxMessageBytes, onOpened }: Recompression,
  ): Promise<Uint8Array> {
    // Uncompressed it is to fit the topic: more would be opened for nothing.
    const maxRecordsBytes =
      target === 'none' ? maxMessageBytes - HEADER_BYTES : openedBytesMax(maxMessageBytes);
    const changed = await recompress(batch, { target, maxRecordsBytes, onOpened });
    this.#options.recompressed.add(1);
    return changed;
  }

  /** Its records are looked at before it is appended, and it may take long to open them. */
  #opensToLook({ isLeader, log }: RecompressedPartition, batch: Uint8Array): boolean {
    if (!isLeader || batch.length < HEADER_BYTES) return false;
    if (codecOf(readInt16At(batch, ATTRIBUTES_AT)) === 0) return false;
    if (!looksAtRecords(batch, log.config, this.#options.clock.wallMs())) return false;
    return openedBytesAtMost(batch) > OPENED_AT_ONCE_BYTES;
  }

  /** The codec that the leader would miss, if it looks at the records of the batch. */
  #unloadedCodec(
    { isLeader, log }: RecompressedPartition,
    batch: Uint8Array,
  ): CodecName | undefined {
    const missing = isLeader ? missingCodec(batch) : undefined;
    if (missing === undefined) return undefined;
    const isNeeded = looksAtRecords(batch, log.config, this.#options.clock.wallMs());
    return isNeeded ? missing : undefined;
  }
}

interface Recompression {
  readonly target: CodecName;
  readonly maxMessageBytes: number;
  readonly onOpened: (bytes: number) => void;
}

const open = (
  batch: Uint8Array,
  maxMessageBytes: number,
  onOpened: (bytes: number) => void,
): Promise<Uint8Array> =>
  recompress(batch, {
    target: 'none',
    maxRecordsBytes: openedBytesMax(maxMessageBytes),
    onOpened,
  });

/** Its records are compressed, and opened to look for delays or ids: in the pool if that goes. */
const opensCompressed = ({ isLeader, log }: RecompressedPartition, batch: Uint8Array): boolean =>
  isLeader &&
  (log.config.delayEnable || log.config.dedupWindowMs > 0) &&
  batch.length >= HEADER_BYTES &&
  codecOf(readInt16At(batch, ATTRIBUTES_AT)) !== 0;

/** The codec that the topic wants and the batch has not. */
const otherCodec = (
  { isLeader, log }: RecompressedPartition,
  batch: Uint8Array,
): CodecName | undefined => {
  const { compressionType } = log.config;
  if (compressionType === 'producer' || !isLeader || batch.length < HEADER_BYTES) return undefined;
  const sent = codecNameOf(codecOf(readInt16At(batch, ATTRIBUTES_AT)));
  return sent === compressionType ? undefined : compressionType;
};
