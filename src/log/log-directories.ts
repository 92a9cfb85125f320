import { must } from '../base/assert.ts';
import type { OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, PartitionId, TopicId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import { chooseDirectory } from './choose-directory.ts';
import type { PartitionName } from './file-names.ts';
import type { LogManager } from './log-manager.ts';
import type { PartitionIdentity } from './partition-identity.ts';
import type { OpenedPartition } from './partition-loader.ts';
import type { PartitionLog } from './partition-log.ts';

/** A directory that was not there, or could not be read, when the node started. */
export interface MissingDirectory {
  readonly path: string;
  /** For a person. */
  readonly reason: string;
}

/** A log directory as it stands now. */
export interface DirectoryState {
  readonly path: string;
  /** Why it is offline; undefined while it is in use. */
  readonly failure: string | undefined;
}

export interface FailedDirectory {
  readonly path: string;
  readonly failure: OttlaError;
  readonly logs: readonly PartitionLog[];
}

/** Where a log is about to be made that is in none of the directories in use. */
export interface MakingLog extends PartitionName {
  readonly directory: string;
  readonly inUse: readonly string[];
}

export interface LogDirectoriesOptions {
  /** Opened, at least one. */
  readonly managers: readonly LogManager[];
  readonly missing?: readonly MissingDirectory[];
  /** The node cannot do without this one: its metadata is there too. */
  readonly vital: string;
  /** Waited for before anything of a log is made. Errors: of `create`. */
  readonly onMaking?: ((making: MakingLog) => Promise<void>) | undefined;
}

/**
 * The logs of a broker, over all its log directories: where one is, and where a new one goes. Each
 * log stays in the directory where it was made. Of every method the errors are those of its
 * directory: STORAGE_ERROR once that is offline, whatever becomes of the others.
 */
export class LogDirectories {
  readonly #managers: readonly LogManager[];
  readonly #missing: readonly MissingDirectory[];
  readonly #vital: string;
  readonly #onMaking: LogDirectoriesOptions['onMaking'];
  /**
   * Where logs are that are being made, or could not be: with some of one in a directory already,
   * it must not be made in another.
   */
  readonly #placed = new Map<string, LogManager>();

  constructor({ managers, missing = [], vital, onMaking }: LogDirectoriesOptions) {
    must(managers[0], 'a broker has a log directory');
    this.#managers = managers;
    this.#missing = missing;
    this.#vital = vital;
    this.#onMaking = onMaking;
  }

  get(topicId: TopicId, partition: PartitionId): PartitionLog | undefined {
    for (const manager of this.#managers) {
      const log = manager.get(topicId, partition);
      if (log !== undefined) return log;
    }
    return undefined;
  }

  /** Of all directories, the failed ones too. */
  list(): PartitionLog[] {
    return this.#managers.flatMap((manager) => manager.list());
  }

  /** The directory of a log; undefined where there is no such log. */
  directoryOf({ topicId, partition }: PartitionLog): string | undefined {
    return this.#holderOf(topicId, partition)?.directory;
  }

  /** In the order of the configuration; those that were missing at the start come last. */
  get states(): DirectoryState[] {
    return [
      ...this.#managers.map(({ directory, failure }) => ({
        path: directory,
        failure: failure?.message,
      })),
      ...this.#missing.map(({ path, reason }) => ({ path, failure: reason })),
    ];
  }

  get offline(): Array<{ readonly path: string; readonly reason: string }> {
    return this.states.flatMap(({ path, failure: reason }) =>
      reason === undefined ? [] : [{ path, reason }],
    );
  }

  get offlineCount(): number {
    return this.offline.length;
  }

  /** Some logs may be in a directory that is missing since the start. */
  get isIncomplete(): boolean {
    return this.#missing.length > 0;
  }

  /**
   * Set once nothing can go on here: all directories have failed, or the one with the metadata. The
   * failure of one of several others is in `failed` alone.
   */
  get failure(): OttlaError | undefined {
    const failed = this.#managers.filter((manager) => manager.failure !== undefined);
    const vital = failed.find(({ directory }) => directory === this.#vital);
    const last = failed.length === this.#managers.length ? failed[0] : undefined;
    return (vital ?? last)?.failure;
  }

  /** Directories that have failed since the start, with the logs in them. */
  get failed(): FailedDirectory[] {
    return this.#managers.flatMap((manager) => {
      const { directory: path, failure } = manager;
      return failure === undefined ? [] : [{ path, failure, logs: manager.list() }];
    });
  }

  /**
   * As `LogManager.create`: in the directory that has it, or where it was tried before, else where
   * `chooseDirectory` says, of those that are in use.
   */
  async create(identity: PartitionIdentity): Promise<PartitionLog> {
    const key = partitionKey(identity.topicId, identity.partition);
    const manager = this.#holderOf(identity.topicId, identity.partition) ?? this.#place();
    this.#placed.set(key, manager);
    await this.#beforeMaking(identity, manager);
    const log = await manager.create(identity);
    this.#placed.delete(key);
    return log;
  }

  /** As `LogManager.retire`. */
  retire(topicId: TopicId, partition: PartitionId): void {
    this.#holderOf(topicId, partition)?.retire(topicId, partition);
  }

  /** As `LogManager.delete`. */
  async delete(topicId: TopicId, partition: PartitionId): Promise<void> {
    await this.#holderOf(topicId, partition)?.delete(topicId, partition);
  }

  /** As `LogManager.setAsideStray`. */
  async setAsideStray(topicId: TopicId, partition: PartitionId): Promise<void> {
    await this.#holderOf(topicId, partition)?.setAsideStray(topicId, partition);
  }

  /** As `LogManager.quarantine`: the empty log is made beside what was set aside. */
  quarantine(log: PartitionLog, detail: string): Promise<OpenedPartition> {
    const holder = this.#holderOf(log.topicId, log.partition);
    return must(holder, `${log.name} is in a directory`).quarantine(log, detail);
  }

  /** As `LogManager.clearQuarantine`. */
  async clearQuarantine(topicId: TopicId, partition: PartitionId): Promise<void> {
    await this.#holderOf(topicId, partition)?.clearQuarantine(topicId, partition);
  }

  /** Resolves when everything appended before is durable, in all directories. */
  async flushNow(): Promise<void> {
    await Promise.all(this.#managers.map((manager) => manager.flushNow()));
  }

  /** As `LogManager.close`, of all: true where every one was closed cleanly. Never throws. */
  async close(options: { readonly brokerEpoch?: BrokerEpoch } = {}): Promise<boolean> {
    const closed = await Promise.all(this.#managers.map((manager) => manager.close(options)));
    return closed.every((isClean) => isClean);
  }

  async #beforeMaking(
    { topicId, partition }: PartitionIdentity,
    manager: LogManager,
  ): Promise<void> {
    const { directory, failure } = manager;
    if (failure !== undefined || manager.get(topicId, partition) !== undefined) return;
    const inUse = this.#working().map((one) => one.directory);
    await this.#onMaking?.({ topicId, partition, directory, inUse });
  }

  #holderOf(topicId: TopicId, partition: PartitionId): LogManager | undefined {
    const key = partitionKey(topicId, partition);
    return (
      this.#placed.get(key) ??
      this.#managers.find((one) => one.get(topicId, partition) !== undefined)
    );
  }

  #working(): LogManager[] {
    return this.#managers.filter(({ failure }) => failure === undefined);
  }

  #place(): LogManager {
    const [first] = this.#managers;
    if (this.#managers.length === 1) return must(first, 'a broker has a log directory');
    const placed = [...this.#placed.values()];
    const loads = this.#working().map((manager) => ({
      manager,
      replicaCount: manager.list().length + placed.filter((one) => one === manager).length,
      sizeBytes: () => manager.sizeBytes,
    }));
    // With all of them offline the first one says why nothing is made.
    return chooseDirectory(loads)?.manager ?? must(first, 'a broker has a log directory');
  }
}
