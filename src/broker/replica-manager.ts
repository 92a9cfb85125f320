import { OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { NONE, partitionKey } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import type { LogDirectories } from '../log/log-directories.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { emptyImage, partitionOf } from '../metadata/image.ts';
import type { PartitionDelta } from '../metadata/image-diff.ts';
import { changedPartitions } from '../metadata/image-diff.ts';
import type { TopicConfig } from '../metadata/topic-configs.ts';
import { topicConfig } from '../metadata/topic-configs.ts';
import { hasFeature } from '../metadata/versions.ts';
import type { BrokerConfig } from './broker-config.ts';
import type { Deadlines } from './deadlines.ts';
import type { OnFatal } from './guard.ts';
import { logConfigOf } from './log-configs.ts';
import { OfflineReplicas } from './offline-replicas.ts';
import { PartitionTable } from './partition-table.ts';
import { PartitionWork } from './partition-work.ts';
import type { IsrProposal } from './replication/isr-state.ts';
import type { PartitionHost } from './replication/partition.ts';
import { Partition } from './replication/partition.ts';
import type { ReplicaFetchers } from './replication/replica-fetchers.ts';

const TICK_MS = 500;

export interface ReplicaManagerOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly logs: LogDirectories;
  /** See `BrokerNodeOptions`. */
  readonly givenUp?: (() => Promise<void>) | undefined;
  readonly fetchers: ReplicaFetchers;
  readonly events: ReplicaEvents;
}

export interface ReplicaEvents {
  proposeIsr(partition: Partition, proposal: IsrProposal): void;
  /** A replica is about to take its part; one that is set aside comes again as another object. */
  onPartition(partition: Partition): void;
  /** Durable data of these replicas is damaged, or out of reach: they must not lead. */
  onDamaged(partitions: readonly PartitionRef[]): void;
  readonly onFatal: OnFatal;
}

/** Whether a replica that was set aside as damaged has been out of the in-sync replicas since. */
type Damage = 'reported' | 'out of sync';

/**
 * The replicas of this broker, kept as the metadata has them: creates and deletes logs, begins and
 * ends leading and following. All that touches the files of one partition happens in one order.
 */
export class ReplicaManager implements PartitionHost {
  readonly brokerId: NodeId;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly replicaLagTimeMaxMs: number;
  readonly #options: ReplicaManagerOptions;
  readonly #partitions = new PartitionTable();
  readonly #work: PartitionWork;
  readonly #damage = new Map<string, Damage>();
  /** Replicas that are not here, and that the newest image counts on. */
  readonly #countedOn: PartitionRef[] = [];
  readonly #offline = new OfflineReplicas(() => this.#forgetGivenUp());
  #image: MetadataImage = emptyImage;
  #isStarted = false;
  #isClosed = false;
  #ticker: Timer | undefined;

  constructor(options: ReplicaManagerOptions) {
    this.#options = options;
    this.brokerId = options.config.brokerId;
    this.clock = options.clock;
    this.deadlines = options.deadlines;
    this.replicaLagTimeMaxMs = options.config.replicaLagTimeMaxMs;
    this.#work = new PartitionWork({
      ...options,
      onStorageFailure: (key) => this.#onNotMade(key),
      onFatal: (error) => options.events.onFatal(error),
    });
  }

  partitionAt(key: string): Partition | undefined {
    return this.#partitions.get(key);
  }

  find(topicId: TopicId, partition: PartitionId): Partition | undefined {
    return this.#partitions.find(topicId, partition);
  }

  partitions(): Iterable<Partition> {
    return this.#partitions.values();
  }

  /** The registration of a broker that the metadata knows, or NONE. */
  brokerEpochOf(brokerId: NodeId): BrokerEpoch {
    return this.#image.brokers.get(brokerId)?.brokerEpoch ?? NONE;
  }

  /** Replicas that were found damaged and have not been in sync since, and those without a log. */
  damaged(): PartitionRef[] {
    const found = [...this.#damage.keys()].flatMap((key) => refOf(key) ?? []);
    return [...found, ...this.#offline.gone, ...this.#offline.away];
  }

  /** Of these, and until this process ends, those whose log may come back with its directory. */
  offline(): PartitionRef[] {
    return this.#offline.away;
  }

  /** Replicas that are to be here and cannot be used, with a log or without. */
  get offlineCount(): number {
    const away = this.#offline.away.filter((ref) => this.#isAssigned(this.#registrationOf(ref)));
    const failed = [...this.#partitions.values()].filter(
      ({ isOffline, key }) => isOffline && !this.#offline.isAway(key),
    );
    return away.length + failed.length;
  }

  /** Recovery set this replica's data aside. Call before `start`. */
  noteDamaged(topicId: TopicId, partition: PartitionId): void {
    this.#damage.set(partitionKey(topicId, partition), 'reported');
  }

  /**
   * Takes over the assignment. The image must hold this run's own registration: only then is a
   * log that it does not know a stray, and not simply newer than what has been replayed.
   */
  start(image: MetadataImage): void {
    this.#isStarted = true;
    for (const log of this.#options.logs.list()) {
      if (!this.#isAssigned(partitionOf(image, log.topicId, log.partition))) this.#setAside(log);
    }
    this.failDirectories();
    this.#seekAbsent(image);
    this.onImage(image, emptyImage);
    this.#tick();
  }

  onImage(next: MetadataImage, previous: MetadataImage): void {
    this.#image = next;
    if (!this.#isStarted || this.#isClosed) return;
    const haveBrokersChanged = next.brokers !== previous.brokers;
    if (haveBrokersChanged) this.#options.fetchers.onBrokers(next.brokers);
    const haveRulesChanged =
      next.configs !== previous.configs || next.metadataVersion !== previous.metadataVersion;
    // What comes with one image was decided one after the other: by a lower minimum nobody may
    // commit who was deposed before it, by a higher one only who is in a set of that size.
    if (haveRulesChanged) this.#raiseMinimums();
    for (const delta of changedPartitions(previous, next)) this.#onDelta(delta);
    this.#reportOffline();
    if (haveBrokersChanged) {
      for (const partition of this.#partitions.values()) partition.applyBrokers(next.brokers);
    }
    if (!haveRulesChanged) return;
    for (const partition of this.#partitions.values()) this.#applyConfig(partition);
  }

  #raiseMinimums(): void {
    for (const partition of this.#partitions.values()) {
      const { minInsyncReplicas } = this.#settingsOf(partition.topicId);
      const { rules } = partition.core;
      if (minInsyncReplicas > rules.minInsyncReplicas) {
        partition.applyRules({ ...rules, minInsyncReplicas });
      }
    }
  }

  /**
   * Resolves when all logs that were to be created or removed are, and no election is under way.
   */
  async workDone(): Promise<void> {
    await this.#work.done();
    await Promise.all([...this.#partitions.values()].map((one) => one.logWorkDone()));
  }

  onFlushed(log: PartitionLog): void {
    const partition = this.#partitions.find(log.topicId, log.partition);
    if (partition === undefined || partition.log !== log) return;
    try {
      partition.onFlushed();
      this.#options.fetchers.onFlushed(partition);
    } catch (error) {
      this.#options.events.onFatal(error as Error);
    }
  }

  /** The last log directory is offline: no replica here serves any more. */
  failAll(cause: unknown): void {
    for (const partition of this.#partitions.values()) this.#fail(partition, cause);
  }

  /** The replicas in directories that are offline serve no more; the others go on. */
  failDirectories(): void {
    for (const { path, failure, logs } of this.#options.logs.failed) {
      const away = this.#offline.addAway(logs.map(refOfReplica));
      if (away.length === 0) continue;
      this.#options.logger.error('a log directory failed: its replicas are offline', {
        directory: path,
        replicas: away.length,
        reason: failure.message,
      });
      for (const { topicId, partition } of away) {
        const replica = this.#partitions.find(topicId, partition);
        if (replica !== undefined) this.#fail(replica, failure);
      }
      this.#options.events.onDamaged(away);
    }
  }

  #fail(partition: Partition, cause: unknown): void {
    partition.fail(cause);
    this.#options.fetchers.unassign(partition.key);
  }

  /**
   * What the metadata says this broker has, and is in none of its directories: it is in one that is
   * missing, or was in one that was given up. Nothing is made in its place that could pass for it;
   * where the cluster counts on it, that is reported before the broker is in service.
   */
  #seekAbsent(image: MetadataImage): void {
    const { logs, givenUp, logger } = this.#options;
    if (!logs.isIncomplete && givenUp === undefined) return;
    const absent = changedPartitions(emptyImage, image)
      .filter(({ next }) => this.#isAssigned(next))
      .map(({ topicId, partition }) => ({ topicId, partition }))
      .filter(({ topicId, partition }) => logs.get(topicId, partition) === undefined);
    if (logs.isIncomplete) this.#offline.addAway(absent);
    else this.#offline.addGone(absent);
    if (absent.length === 0) return;
    const why = logs.isIncomplete ? 'their directory is missing' : 'their directory was given up';
    logger.error(`replicas are not here: ${why}`, { replicas: absent.length });
  }

  /** All that was in it is known to be lost. Where that cannot be noted, the next start does. */
  #forgetGivenUp(): void {
    const { givenUp, logger, events } = this.#options;
    givenUp?.().then(
      () => logger.info('the log directories that were given up are forgotten'),
      (error: Error) => {
        if (!(error instanceof OttlaError)) return events.onFatal(error);
        const { message: reason } = error;
        logger.warn('the log directories that were given up are still noted', { reason });
      },
    );
  }

  proposeIsr(partition: Partition, proposal: IsrProposal): void {
    this.#options.events.proposeIsr(partition, proposal);
  }

  /**
   * Rot in one log: the controller moves its leader, the log is set aside and fetched anew. A
   * failure of the whole directory is told to `failAll` by the log manager.
   */
  onStorageFailure(partition: Partition, error: unknown): void {
    const { logger, fetchers, events, logs } = this.#options;
    if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_STORE') return;
    logger.error('a replica is damaged and is fetched anew from its leader', {
      partition: partition.describe(),
      reason: error.message,
    });
    const { key, log } = partition;
    this.#damage.set(key, 'reported');
    this.#partitions.delete(key);
    fetchers.unassign(key);
    events.onDamaged([refOfReplica(partition)]);
    this.#work.enqueue(key, async () => {
      // Of a topic that is deleted meanwhile the data only has to go.
      const isWanted = this.#isAssigned(this.#registrationOf(log));
      if (isWanted && logs.get(log.topicId, log.partition) === log) {
        await logs.quarantine(log, error.message);
      }
    });
    this.#ensure(partition);
  }

  close(): void {
    this.#isClosed = true;
    this.#work.close();
    this.#ticker?.cancel();
    for (const partition of this.#partitions.values()) partition.close();
  }

  #onDelta({ topicId, topicName, partition: number, next }: PartitionDelta): void {
    const key = partitionKey(topicId, number);
    const partition = this.#partitions.get(key);
    if (this.#isOffline({ topicId, partition: number }, next)) return;
    if (!this.#isAssigned(next)) {
      if (partition !== undefined || this.#work.has(key)) {
        this.#remove({ topicId, partition: number });
      }
      return;
    }
    if (partition === undefined) this.#ensure({ topicId, topicName, partition: number });
    else this.#apply(partition, next);
  }

  /** What is not here is not made here; where the cluster counts on it, that is to be mended. */
  #isOffline(ref: PartitionRef, next: PartitionRegistration | undefined): boolean {
    const key = partitionKey(ref.topicId, ref.partition);
    const isTrusted = this.#isAssigned(next) && mayLead(next, this.brokerId);
    if (!isTrusted) this.#offline.settleGone(key);
    if (!this.#offline.isGone(key) && !this.#offline.isAway(key)) return false;
    const isSure = [...(next?.isr ?? []), ...(next?.elr ?? [])].includes(this.brokerId);
    if (isSure || this.#offline.isGone(key)) this.#countedOn.push(ref);
    if (!this.#isAssigned(next)) this.#forgetPartition(key);
    return true;
  }

  /** All in one heartbeat. */
  #reportOffline(): void {
    const refs = this.#countedOn.splice(0);
    if (refs.length > 0) this.#options.events.onDamaged(refs);
  }

  #isAssigned(
    registration: PartitionRegistration | undefined,
  ): registration is PartitionRegistration {
    return registration?.replicas.includes(this.brokerId) === true;
  }

  /** Opens the replica's log and takes over what the metadata says by then. */
  #ensure(identity: { topicId: TopicId; topicName: string; partition: PartitionId }): void {
    const key = partitionKey(identity.topicId, identity.partition);
    this.#work.enqueue(key, async () => {
      const isWanted = (): boolean => this.#isAssigned(this.#registrationOf(identity));
      if (!isWanted() || this.#partitions.has(key) || this.#offline.isAway(key)) return;
      const log = await this.#options.logs.create(identity);
      const registration = this.#registrationOf(identity);
      if (!this.#isAssigned(registration) || this.#isClosed) return;
      if (this.#offline.isAway(key)) return;
      const settings = this.#settingsOf(identity.topicId);
      const rules = rulesOf(settings, this.#image);
      const partition = new Partition(this, { topicName: identity.topicName, log, rules });
      this.#partitions.set(partition);
      this.#options.events.onPartition(partition);
      this.#applyConfig(partition);
      this.#apply(partition, registration);
    });
  }

  #apply(partition: Partition, registration: PartitionRegistration): void {
    const damage = this.#damage.get(partition.key);
    const isTrusted = mayLead(registration, this.brokerId);
    if (damage === 'reported' && registration.leader === this.brokerId) {
      // What it had is set aside: were it to lead, every other replica would be cut to nothing.
      this.#options.logger.error('not leading: the data of this replica is damaged', {
        partition: partition.describe(),
      });
      return;
    }
    partition.applyRegistration(registration, this.#image.brokers);
    this.#options.fetchers.assign(partition);
    if (damage === undefined) return;
    if (!isTrusted) this.#damage.set(partition.key, 'out of sync');
    else if (damage === 'out of sync') this.#endDamage(partition);
  }

  /** In sync again: the replica holds everything, and may lead. */
  #endDamage(replica: Partition): void {
    const { key, topicId, partition } = replica;
    this.#damage.delete(key);
    this.#work.enqueue(key, async () => {
      // A full disk may hold this up: what is deleted meanwhile must not wait behind it.
      if (!this.#isAssigned(this.#registrationOf(replica))) return;
      await this.#options.logs.clearQuarantine(topicId, partition);
    });
  }

  #remove({ topicId, partition }: { topicId: TopicId; partition: PartitionId }): void {
    const key = partitionKey(topicId, partition);
    const removed = this.#forgetPartition(key);
    this.#work.enqueue(key, async () => {
      if (this.#isAssigned(this.#registrationOf({ topicId, partition }))) return;
      // A truncation that lost its files under it would pass for a failing device; one that waits
      // for room on a full disk might wait for this deletion.
      this.#options.logs.retire(topicId, partition);
      await removed?.logWorkDone();
      await this.#options.logs.delete(topicId, partition);
    });
  }

  #forgetPartition(key: string): Partition | undefined {
    const removed = this.#partitions.get(key);
    removed?.close();
    this.#partitions.delete(key);
    this.#damage.delete(key);
    this.#options.fetchers.unassign(key);
    return removed;
  }

  #setAside({ topicId, partition }: PartitionLog): void {
    const { logger, logs } = this.#options;
    const key = partitionKey(topicId, partition);
    logger.warn('a log that the cluster does not know was set aside', { key });
    this.#work.enqueue(key, () => logs.setAsideStray(topicId, partition));
  }

  #applyConfig(partition: Partition): void {
    const settings = this.#settingsOf(partition.topicId);
    partition.log.config = logConfigOf(settings);
    partition.log.flushMode = settings.ackDurability === 'memory' ? 'lazy' : 'eager';
    partition.applyRules(rulesOf(settings, this.#image));
  }

  #settingsOf(topicId: TopicId): TopicConfig {
    return topicConfig(this.#image, topicId, this.#options.config.fileDefaults);
  }

  #registrationOf(at: {
    topicId: TopicId;
    partition: PartitionId;
  }): PartitionRegistration | undefined {
    return partitionOf(this.#image, at.topicId, at.partition);
  }

  /** Its directory failed under it: some of it may be there, and nothing is made elsewhere. */
  #onNotMade(key: string): void {
    const ref = refOf(key);
    if (ref === undefined || this.#options.logs.failure !== undefined) return;
    const away = this.#offline.addAway([ref]);
    if (away.length > 0) this.#options.events.onDamaged(away);
  }

  #tick(): void {
    if (this.#isClosed) return;
    try {
      for (const partition of this.#partitions.values()) partition.tick();
    } catch (error) {
      this.#options.events.onFatal(error as Error);
    }
    this.#ticker = this.clock.setTimer(TICK_MS, () => this.#tick());
  }
}

const rulesOf = (
  { minInsyncReplicas, ackDurability }: TopicConfig,
  image: MetadataImage,
): Partition['core']['rules'] => ({
  minInsyncReplicas,
  ackDurability,
  keepsMinimum: !hasFeature(image, 'eligible'),
});

/** As far as the controller knows: it may not have heard of damage yet. */
const mayLead = ({ isr, elr, lastKnownElr }: PartitionRegistration, brokerId: NodeId): boolean =>
  isr.includes(brokerId) || elr.includes(brokerId) || lastKnownElr.includes(brokerId);

const refOfReplica = ({ topicId, partition }: PartitionRef): PartitionRef => ({
  topicId,
  partition,
});

const refOf = (key: string): PartitionRef | undefined => {
  const dash = key.lastIndexOf('-');
  return dash < 0
    ? undefined
    : { topicId: key.slice(0, dash), partition: Number(key.slice(dash + 1)) };
};
