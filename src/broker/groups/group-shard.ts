import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import type { Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import { appendRecords } from './append-records.ts';
import type { GroupMetrics } from './group-metrics.ts';
import type { GroupSettings } from './group-settings.ts';
import type { GroupHost } from './hosted-group.ts';
import { HostedGroup } from './hosted-group.ts';
import { loadRecords } from './load-records.ts';
import type { GroupEffect, GroupRecord } from './types.ts';

/** Groups looked at in one event of a sweep. */
const SWEEP_GROUPS = 100;
const RELOAD_MS = 1000;

export interface ShardOptions {
  readonly partition: Partition;
  readonly config: GroupSettings;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly metrics: GroupMetrics;
  readonly image: () => MetadataImage;
  readonly onFatal: OnFatal;
}

/**
 * The groups of one partition of `__consumer_offsets`, while this broker leads it in one leader
 * epoch. Before anything else the partition is read; `code` tells whether requests are taken.
 */
export class GroupShard implements GroupHost {
  readonly partition: Partition;
  readonly leaderEpoch: LeaderEpoch;
  readonly config: GroupSettings;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly onFatal: OnFatal;
  readonly #options: ShardOptions;
  readonly #groups = new Map<string, HostedGroup>();
  /** Deleted while their offsets were still being read. */
  readonly #deletedTopics: string[] = [];
  #code: ErrorCode = 'COORDINATOR_LOAD_IN_PROGRESS';
  #isClosed = false;

  constructor(options: ShardOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.leaderEpoch = options.partition.core.leaderEpoch;
    this.config = options.config;
    this.clock = options.clock;
    this.deadlines = options.deadlines;
    this.onFatal = options.onFatal;
  }

  /** NONE once all is read. */
  get code(): ErrorCode {
    return this.#isCurrent ? this.#code : 'NOT_COORDINATOR';
  }
  /** Empty until all is read. */
  get groups(): ReadonlyMap<string, HostedGroup> {
    return this.#groups;
  }

  get #isCurrent(): boolean {
    const { core, isLeader } = this.partition;
    return !this.#isClosed && isLeader && core.leaderEpoch === this.leaderEpoch;
  }

  /** The group, made where there is none. */
  groupOrNew(groupId: string): HostedGroup {
    const group = this.#groups.get(groupId) ?? new HostedGroup(groupId, this);
    this.#groups.set(groupId, group);
    return group;
  }

  /** Reads the partition, then takes requests. Never rejects. */
  async load(): Promise<void> {
    const loaded = new Map<string, HostedGroup>();
    const startMs = this.clock.monotonicMs();
    try {
      const isWhole = await loadRecords({
        partition: this.partition,
        clock: this.clock,
        isCurrent: () => this.#isCurrent,
        onRecord: (groupId, record) => {
          const group = loaded.get(groupId) ?? new HostedGroup(groupId, this);
          loaded.set(groupId, group);
          group.core.restore(record);
        },
      });
      if (isWhole) this.#onLoaded(loaded, startMs);
    } catch (error) {
      this.#onLoadFailed(error);
    }
  }

  /** Leadership is over: whoever waits is told NOT_COORDINATOR. */
  close(): void {
    this.#isClosed = true;
    for (const group of this.#groups.values()) group.resign();
    this.#groups.clear();
  }

  /**
   * Fenced by the leader epoch: what this leadership decided is never written in a later one, which
   * may have read other decisions.
   */
  append(
    groupId: string,
    records: readonly GroupRecord[],
    onDone: (code: ErrorCode) => void,
  ): void {
    if (!this.#isCurrent) {
      onDone('NOT_COORDINATOR');
      return;
    }
    const { commitTimeoutMs: timeoutMs } = this.config;
    const { partition, clock } = this;
    appendRecords(records, { partition, groupId, timeoutMs, nowMs: clock.wallMs() }, onDone);
  }

  onEvent(group: HostedGroup): void {
    const { groupId, state } = group.core;
    this.#options.metrics.onState(group);
    const isOver = state === 'dead' || group.isUnused;
    if (!isOver || this.#groups.get(groupId) !== group) return;
    this.#groups.delete(groupId);
    group.close();
  }

  expireOffsets(): void {
    const { metrics } = this.#options;
    this.#sweep(({ core }) => {
      const effects = core.expireOffsets(this.config.offsetsRetentionMs, this.clock.wallMs());
      metrics.onExpired(effects);
      return effects;
    });
  }

  onTopicsDeleted(topics: readonly string[]): void {
    if (this.#code !== 'NONE') {
      this.#deletedTopics.push(...topics);
      return;
    }
    this.#sweep(({ core }) => topics.flatMap((topic) => core.onTopicDeleted(topic)));
  }

  #onLoaded(loaded: ReadonlyMap<string, HostedGroup>, startMs: number): void {
    this.#code = 'NONE';
    for (const [groupId, group] of loaded) {
      this.#groups.set(groupId, group);
      group.perform(group.core.onRestored());
    }
    const gone = new Set([...this.#deletedTopics.splice(0), ...this.#goneTopics()]);
    if (gone.size > 0) this.onTopicsDeleted([...gone]);
    const tookMs = this.clock.monotonicMs() - startMs;
    this.#options.metrics.loadMs.observe(tookMs);
    if (this.#groups.size === 0) return;
    this.#options.logger.info('the groups of a partition are loaded', {
      partition: this.partition.describe(),
      groups: this.#groups.size,
      tookMs: Math.round(tookMs),
    });
  }

  /** Deleted while nobody coordinated the groups: the image is no older than this leadership. */
  *#goneTopics(): Generator<string, void, undefined> {
    const { topicIdsByName } = this.#options.image();
    for (const { core } of this.#groups.values()) {
      for (const { topic } of core.allCommitted()) if (!topicIdsByName.has(topic)) yield topic;
    }
  }

  /** A failing disk has ended the leadership by itself; what cannot be read stays unreadable. */
  #onLoadFailed(error: unknown): void {
    if (!(error instanceof OttlaError)) {
      this.onFatal(error as Error);
      return;
    }
    if (!this.#isCurrent) return;
    const partition = this.partition.describe();
    if (error.retriable && error.code !== 'CORRUPT_MESSAGE') {
      this.deadlines.add(RELOAD_MS, () => void this.load());
      return;
    }
    this.#code = 'COORDINATOR_NOT_AVAILABLE';
    const reason = error.message;
    this.#options.logger.error('groups cannot be loaded: they are not served', {
      partition,
      reason,
    });
  }

  /** Some groups an event, until all that are there have been looked at. */
  #sweep(act: (group: HostedGroup) => readonly GroupEffect[]): void {
    if (this.#code !== 'NONE') return;
    const waiting = [...this.#groups.values()];
    const step = (): void => {
      if (!this.#isCurrent) return;
      try {
        for (const group of waiting.splice(0, SWEEP_GROUPS)) {
          if (this.#groups.get(group.core.groupId) === group) group.perform(act(group));
        }
      } catch (error) {
        this.onFatal(error as Error);
      }
      if (waiting.length > 0) this.clock.defer(step);
    };
    step();
  }
}
