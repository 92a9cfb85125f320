import { must } from '../../../../src/base/assert.ts';
import type { JournalDirectory } from '../../../../src/log/journal/files.ts';
import type { PartitionLog } from '../../../../src/log/partition-log.ts';
import { batchOf, DIRECTORY, LogFixture, TOPIC, textsOf } from '../log-fixture.ts';

const JOURNAL_FILES = [`${DIRECTORY}/journal/0`, `${DIRECTORY}/journal/1`];

/** A log directory with a journal, and the logs of several partitions. */
export class JournalFixture extends LogFixture {
  readonly logCount: number;

  constructor(logCount = 5) {
    super();
    this.logCount = logCount;
    this.config = { ...this.config, segmentBytes: 1024 * 1024 };
    this.journal = { ...this.journal, isEnabled: true, minLogs: 2 };
  }

  /**
   * Opens the directory, makes the logs, and settles them: the first flush syncs their names. From
   * then on the checkpoint lists them.
   */
  async startAll(): Promise<void> {
    await this.open();
    for (let partition = 0; partition < this.logCount; partition += 1) await this.make(partition);
    this.appendToAll('first');
    await this.flush();
    await this.checkpoint();
  }

  /** Time passes until there is a checkpoint of what was moved. */
  checkpoint(): Promise<void> {
    return this.clock.settle(1100);
  }

  /** A record to each of these logs, durable. */
  async roundOf(partitions: readonly number[], text: string, leaderEpoch = 1): Promise<void> {
    for (const partition of partitions) {
      this.logOf(partition).appendAsLeader(batchOf({ text }), leaderEpoch);
    }
    await this.flush();
  }

  make(partition: number): Promise<PartitionLog> {
    return this.run(this.manager.create({ topicId: TOPIC, topicName: 'orders', partition }));
  }

  logOf(partition: number): PartitionLog {
    return must(this.manager.get(TOPIC, partition), `partition ${partition} exists`);
  }

  appendToAll(text: string, valueBytes = 0): void {
    for (let partition = 0; partition < this.logCount; partition += 1) {
      this.logOf(partition).appendAsLeader(batchOf({ text, valueBytes }), 1);
    }
  }

  /** One round with a record to each log; returns the files that it synced. */
  async round(text: string, valueBytes = 0): Promise<string[]> {
    const synced: string[] = [];
    this.disk.onOperation = (op, path) => {
      if (op === 'sync') synced.push(path);
    };
    this.appendToAll(text, valueBytes);
    await this.flush();
    this.disk.onOperation = undefined;
    return synced;
  }

  textsOf(partition: number): string[] {
    return textsOf(this.logOf(partition));
  }

  /** Of partitions, in their order. */
  outcomesByPartition(): string[] {
    return this.opened.partitions
      .toSorted((a, b) => a.log.partition - b.log.partition)
      .map(({ outcome }) => outcome);
  }

  outcomes(): string[] {
    return this.opened.partitions.map(({ outcome }) => outcome);
  }

  get journalDirectory(): JournalDirectory {
    const { disk, directoryId } = this;
    return { disk, directory: DIRECTORY, directoryId };
  }

  /** Turns a byte of the journal where `text` stands in it. */
  rot(text: string): void {
    for (const path of JOURNAL_FILES) {
      const at = Buffer.from(this.disk.peek(path)).indexOf(text);
      if (at >= 0) this.disk.corrupt(path, at);
    }
  }

  rotHeaders(): void {
    for (const path of JOURNAL_FILES) this.disk.corrupt(path, 8);
  }
}
