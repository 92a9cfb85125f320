import { describeError } from '../base/errors.ts';
import type { Disk } from '../env/disk.ts';
import type { PartitionName } from './file-names.ts';
import {
  asideName,
  IDENTITY_FILE,
  LOG_SUFFIX,
  offsetInName,
  partitionDirectoryName,
} from './file-names.ts';
import { NOTHING_SETTLED } from './flushed-offset.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext } from './log-context.ts';
import type { PartitionIdentity } from './partition-identity.ts';
import { readIdentity, writeIdentity } from './partition-identity.ts';
import { PartitionLog } from './partition-log.ts';
import type { RecoveryHints } from './recovery.ts';
import { recoverLog } from './recovery.ts';

/** How a partition was found at start. */
export interface OpenedPartition {
  readonly log: PartitionLog;
  readonly topicName: string;
  /**
   * `clean`: as it was left. `recovered`: checked after an unclean stop, a torn tail cut.
   * `quarantined`: durable data was damaged or gone; the log is empty or not yet complete and must
   * not lead.
   */
  readonly outcome: 'clean' | 'recovered' | 'quarantined';
  /** What was cut or lost, for a person. */
  readonly detail: string | undefined;
}

export type ConfigOf = (identity: PartitionIdentity) => LogConfig;

/** A new, empty log: nothing is expected of its files. */
const NEW_LOG: RecoveryHints = {
  isClean: false,
  settledOffset: NOTHING_SETTLED,
  flushedOffset: NOTHING_SETTLED,
  logStartOffset: undefined,
};

/** Opens, creates and sets aside the partition directories of one log directory. */
export class PartitionLoader {
  readonly #context: LogContext;
  readonly #directory: string;
  readonly #configOf: ConfigOf;
  /** Logs that stand in for quarantined data and could not be made whole yet, by directory. */
  readonly #begun = new Map<string, PartitionIdentity>();

  constructor(context: LogContext, directory: string, configOf: ConfigOf) {
    this.#context = context;
    this.#directory = directory;
    this.#configOf = configOf;
  }

  /**
   * True for a directory that holds a partition. Without data its identity counts, readable or not:
   * it is whole from the moment it has its name, so what cannot be read was damaged since, and may
   * have told that the log stands in for data that was set aside.
   */
  isPartition(name: PartitionName): boolean {
    const entries = this.#context.disk.list(this.pathOf(name));
    return entries.some(
      (entry) => entry.name === IDENTITY_FILE || offsetInName(entry.name, LOG_SUFFIX) !== undefined,
    );
  }

  pathOf(name: PartitionName): string {
    return `${this.#directory}/${partitionDirectoryName(name.topicId, name.partition)}`;
  }

  /** The topic's name as the directory has it; a hint for people. */
  topicNameOf(name: PartitionName): string {
    return readIdentity(this.#context.disk, this.pathOf(name))?.topicName ?? '';
  }

  /** Recovers a partition from its files; quarantines it when durable data is damaged. */
  async load(name: PartitionName, hints: RecoveryHints): Promise<OpenedPartition> {
    const identity = readIdentity(this.#context.disk, this.pathOf(name));
    if (identity?.topicId !== name.topicId || identity.partition !== name.partition) {
      const detail = `${this.pathOf(name)}/partition.json is damaged, missing or another partition's`;
      return this.quarantine({ ...name, topicName: identity?.topicName ?? '' }, detail);
    }
    const config = this.#configOf(identity);
    const recovery = recoverLog(this.#target(name, config), hints);
    if (recovery.kind === 'rot') return this.quarantine(identity, recovery.detail);
    if (recovery.cut !== undefined) {
      const partition = partitionDirectoryName(name.topicId, name.partition);
      this.#context.logger.info('a torn tail was cut', { partition, detail: recovery.cut });
    }
    const log = new PartitionLog(
      this.#context,
      { ...name, directory: this.pathOf(name) },
      { state: recovery.state, config },
    );
    const outcome = hints.isClean ? 'clean' : 'recovered';
    return {
      log,
      topicName: identity.topicName,
      outcome: identity.quarantine === undefined ? outcome : 'quarantined',
      detail: identity.quarantine ?? recovery.cut,
    };
  }

  /**
   * Creates an empty partition. The identity is durable before the first byte of data. Crash
   * states: a directory without an identity, which the next start ignores; then a partition without
   * data.
   */
  async create(identity: PartitionIdentity): Promise<OpenedPartition> {
    const { disk } = this.#context;
    const path = this.pathOf(identity);
    disk.mkdir(path);
    await writeIdentity(disk, path, identity);
    await disk.syncDir(this.#directory);
    const { topicId, partition } = identity;
    const opened = await this.load({ topicId, partition }, NEW_LOG);
    this.#begun.delete(partitionDirectoryName(topicId, partition));
    return opened;
  }

  /**
   * Sets the data aside and begins an empty log that says so on disk. Crash states: the data still
   * in place, found damaged again; no directory, which the checkpoint's mark shows as a loss; the
   * new one.
   */
  async quarantine(identity: PartitionIdentity, detail: string): Promise<OpenedPartition> {
    const partition = partitionDirectoryName(identity.topicId, identity.partition);
    // Tried again after a full disk: what stands there is the beginning of the empty log.
    const begun = this.#begun.get(partition);
    if (begun !== undefined) return this.create(begun);
    const keptAs = (await this.setAside(identity, 'quarantined')) ?? '';
    const message = 'partition is quarantined: its durable data is damaged';
    this.#context.logger.error(message, { partition, detail, keptAs });
    const empty = { ...identity, quarantine: detail };
    this.#begun.set(partition, empty);
    return this.create(empty);
  }

  /** Renames a partition's directory, durably; returns its new path, if there was one. */
  async setAside(
    name: PartitionName,
    why: 'deleted' | 'quarantined' | 'stray',
  ): Promise<string | undefined> {
    const { disk } = this.#context;
    const from = this.pathOf(name);
    const directory = partitionDirectoryName(name.topicId, name.partition);
    this.#begun.delete(directory);
    if (!disk.exists(from)) return undefined;
    const to = this.#freeName(directory, why);
    disk.rename(from, to);
    await disk.syncDir(this.#directory);
    return to;
  }

  /** Takes the mark of a quarantine away: the replica is complete again. */
  async clearQuarantine(name: PartitionName): Promise<void> {
    const { disk } = this.#context;
    const identity = readIdentity(disk, this.pathOf(name));
    if (identity?.quarantine === undefined) return;
    const { topicId, topicName, partition } = identity;
    await writeIdentity(disk, this.pathOf(name), { topicId, topicName, partition });
  }

  #freeName(name: string, why: 'deleted' | 'quarantined' | 'stray'): string {
    const { disk } = this.#context;
    for (let number = 0; ; number += 1) {
      const path = `${this.#directory}/${asideName(name, why, number)}`;
      if (!disk.exists(path)) return path;
    }
  }

  #target(name: PartitionName, config: LogConfig): Parameters<typeof recoverLog>[0] {
    const { disk, clock } = this.#context;
    const indexIntervalBytes = (): number => config.indexIntervalBytes;
    return { disk, clock, directory: this.pathOf(name), indexIntervalBytes };
  }
}

/** Removes what was set aside for deletion; a failure only leaves it for the next start. */
export const removeAside = (disk: Disk, path: string, context: LogContext): void => {
  try {
    disk.remove(path);
  } catch (error) {
    context.logger.warn('a deleted partition could not be removed yet', {
      path,
      reason: describeError(error),
    });
  }
};
