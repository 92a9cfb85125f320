import { must } from '../../../src/base/assert.ts';
import type { OttlaError } from '../../../src/base/errors.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import type { Logger } from '../../../src/env/logger.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { LogConfig } from '../../../src/log/log-config.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import type { LogManagerOptions, OpenedDirectory } from '../../../src/log/log-manager.ts';
import { LogManager } from '../../../src/log/log-manager.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import type { BatchHeader, ProducerStamp } from '../../../src/record/batch-header.ts';
import {
  readBatchHeader,
  splitBatches,
  stampBatch,
  writeBatchHeader,
} from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import { drainPromises, ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

export const TOPIC = 'topicAAAAAAAAAAAAAAAAA';
export const DIRECTORY = '/data';
const REQUIRED = `${DIRECTORY}/journal-required`;
export const PARTITION_DIRECTORY = `${DIRECTORY}/${TOPIC}-0`;

export interface BatchSpec extends Partial<ProducerStamp> {
  readonly count?: number;
  readonly text?: string;
  readonly timestampMs?: number;
  readonly valueBytes?: number;
}

/** A batch as a producer sends it. */
export const batchOf = (spec: BatchSpec = {}): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1024 * 1024 });
  const text = (spec.text ?? 'value').padEnd(spec.valueBytes ?? 0, '.');
  for (let index = 0; index < (spec.count ?? 1); index += 1) {
    const value = Buffer.from(text);
    builder.append({ key: null, value, timestampMs: (spec.timestampMs ?? 1000) + index });
  }
  return builder.build(spec);
};

/** A batch as a leader has stamped it. */
export const stampedBatch = (
  baseOffset: number,
  partitionLeaderEpoch: number,
  spec: BatchSpec = {},
): Uint8Array => {
  const batch = batchOf(spec);
  stampBatch(batch, { baseOffset, partitionLeaderEpoch });
  return batch;
};

/** A batch header alone, for the parts that look at nothing else. */
export const headerOf = (fields: Partial<BatchHeader>): BatchHeader => {
  const batch = new Uint8Array(61);
  writeBatchHeader(batch, {
    baseOffset: 0,
    partitionLeaderEpoch: 0,
    attributes: 0,
    lastOffsetDelta: 0,
    baseTimestampMs: 0,
    maxTimestampMs: 0,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    recordCount: 1,
    ...fields,
  });
  return readBatchHeader(batch);
};

export interface StoredBatch {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly leaderEpoch: number;
  readonly text: string;
}

/** Every batch from the start of a log to its end, as `read` gives it. */
export const contentOf = (log: PartitionLog): StoredBatch[] => {
  const stored: StoredBatch[] = [];
  let fetchOffset = log.logStartOffset;
  while (fetchOffset < log.logEndOffset) {
    const endOffset = log.logEndOffset;
    const read = log.read({ fetchOffset, maxBytes: 4096, endOffset, atLeastOne: true });
    for (const part of read.parts) stored.push(...decodeAll(part));
    fetchOffset = read.nextOffset;
  }
  return stored;
};

export const decodeAll = (bytes: Uint8Array): StoredBatch[] =>
  [...splitBatches(bytes)].map(({ position, sizeBytes }) => {
    const { header, records } = decodeBatch(bytes.subarray(position, position + sizeBytes));
    const value = must(must(records[0], 'a batch has a record').value, 'a record has a value');
    return {
      baseOffset: header.baseOffset,
      endOffset: header.baseOffset + header.lastOffsetDelta + 1,
      leaderEpoch: header.partitionLeaderEpoch,
      text: Buffer.from(value).toString(),
    };
  });

export const textsOf = (log: PartitionLog): string[] => contentOf(log).map(({ text }) => text);

/** Concatenates the batches of a fetch answer. */
export const bodyOf = (...batches: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.alloc(batches.reduce((total, batch) => total + batch.length, 0));
  let at = 0;
  for (const batch of batches) {
    body.set(batch, at);
    at += batch.length;
  }
  return new Uint8Array(body);
};

/** One log directory on a disk in memory, under virtual time. */
export class LogFixture {
  readonly clock: ManualClock = new ManualClock();
  readonly disk: MemoryDisk = new MemoryDisk({ clock: this.clock, directories: [DIRECTORY] });
  /** Of the process that runs now. */
  failures: OttlaError[] = [];
  readonly flushed: number[] = [];
  config: LogConfig = { ...DEFAULT_LOG_CONFIG, segmentBytes: 1024, indexIntervalBytes: 200 };
  cacheBytes = 1024 * 1024;
  logger: Logger = silentLogger;
  directoryId = 'directoryAAAAAAAAAAAAA';
  /** Of the next process. */
  journal = { isEnabled: false, totalBytes: 128 * 1024, minLogs: 1, isOfAnyLog: false };
  readonly #random = new SeededRandom('journal');
  #opened: OpenedDirectory | undefined;

  get opened(): OpenedDirectory {
    return must(this.#opened, 'the fixture is open');
  }

  get manager(): LogManager {
    return this.opened.manager;
  }

  /** The log of partition 0. */
  get log(): PartitionLog {
    return must(this.manager.get(TOPIC, 0), 'partition 0 exists');
  }

  async open(): Promise<OpenedDirectory> {
    const failures: OttlaError[] = [];
    this.failures = failures;
    const onFailure = (error: OttlaError): number => failures.push(error);
    this.#opened = await this.run(LogManager.open({ ...this.optionsOf(DIRECTORY), onFailure }));
    return this.#opened;
  }

  /** As the next process opens a directory; who opens others than `DIRECTORY` makes them. */
  optionsOf(directory: string): LogManagerOptions {
    return {
      disk: mountedDisk(this.disk),
      clock: this.clock,
      logger: this.logger,
      directory,
      configOf: () => this.config,
      onFlushed: (_, flushedOffset) => this.flushed.push(flushedOffset),
      onFailure: () => undefined,
      cacheBytes: this.cacheBytes,
      journal: {
        ...this.journal,
        directoryId: this.directoryId,
        random: this.#random,
        require: (isRequired) => this.#require(isRequired),
      },
    };
  }

  /** Opens the directory and creates partition 0. */
  async start(): Promise<PartitionLog> {
    await this.open();
    const identity = { topicId: TOPIC, topicName: 'orders', partition: 0 };
    return this.run(this.manager.create(identity));
  }

  /** Power is cut: all that was not synced is lost. Opens again. */
  async crash(): Promise<OpenedDirectory> {
    this.disk.crash();
    return this.open();
  }

  /** The process is killed: the page cache stays. Opens again. */
  async kill(): Promise<OpenedDirectory> {
    this.disk.kill();
    return this.open();
  }

  /** The directory says that a program must know of its journal. */
  get isJournalRequired(): boolean {
    return this.disk.exists(REQUIRED);
  }

  async #require(isRequired: boolean): Promise<void> {
    if (isRequired === this.isJournalRequired) return;
    if (isRequired) return replaceFile(this.disk, REQUIRED, new Uint8Array(0));
    this.disk.remove(REQUIRED);
    await this.disk.syncDir(DIRECTORY);
  }

  async stop(): Promise<boolean> {
    return this.run(this.manager.close({ brokerEpoch: 7 }));
  }

  async flush(): Promise<void> {
    await this.run(this.manager.flushNow());
  }

  /** Lets time pass until the promise settles. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let turns = 0; !isSettled && turns < 200; turns += 1) {
      await drainPromises();
      if (!isSettled) await this.clock.settle(turns < 20 ? 0 : 500);
    }
    return promise;
  }

  /** Appends `count` batches of one record each as the leader of an epoch. */
  append(count: number, options: { readonly epoch?: number; readonly prefix?: string } = {}): void {
    for (let index = 0; index < count; index += 1) {
      const text = `${options.prefix ?? 'r'}${this.log.logEndOffset}`;
      this.log.appendAsLeader(batchOf({ text }), options.epoch ?? 1);
    }
  }
}

export const namesIn = (fixture: LogFixture, path = DIRECTORY): string[] =>
  fixture.disk.list(path).map(({ name }) => name);

/** Eight flushed and checkpointed records, in several segments. */
export const filled = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, segmentBytes: 200 };
  await fixture.start();
  fixture.append(8);
  await fixture.flush();
  await fixture.clock.settle(1100);
  return fixture;
};

export const lastSegment = (fixture: LogFixture): string =>
  `${PARTITION_DIRECTORY}/${namesIn(fixture, PARTITION_DIRECTORY)
    .filter((name) => name.endsWith('.log'))
    .at(-1)}`;

export const firstSegment = `${PARTITION_DIRECTORY}/${'0'.repeat(20)}.log`;
