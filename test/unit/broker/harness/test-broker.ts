import type { BrokerConfig } from '../../../../src/broker/broker-config.ts';
import { BROKER_DEFAULTS } from '../../../../src/broker/broker-config.ts';
import { BrokerNode } from '../../../../src/broker/broker-node.ts';
import type { GroupSettings } from '../../../../src/broker/groups/group-settings.ts';
import type { Partition } from '../../../../src/broker/replication/partition.ts';
import type { Logger } from '../../../../src/env/logger.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import type { Meter } from '../../../../src/env/meter.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import type { Random } from '../../../../src/env/random.ts';
import { DEFAULT_LOG_CONFIG } from '../../../../src/log/log-config.ts';
import type { MissingDirectory } from '../../../../src/log/log-directories.ts';
import { LogDirectories } from '../../../../src/log/log-directories.ts';
import type { LogManagerOptions, OpenedDirectory } from '../../../../src/log/log-manager.ts';
import { LogManager } from '../../../../src/log/log-manager.ts';
import { ReadBuffers } from '../../../../src/log/read-buffers.ts';
import { MetadataLoader } from '../../../../src/metadata/loader.ts';
import type { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';
import { MemoryStores } from '../../../support/memory-store.ts';
import type { MemoryNetwork } from '../../../support/memory-transport.ts';
import { mountedDisk } from '../../../support/mounted-disk.ts';
import type { FakeController } from './fake-controller.ts';
import { CONTROLLER_ADDRESS } from './fake-controller.ts';

const DIRECTORY = '/data';
export const SECOND_DIRECTORY = '/second';
const OVERWRITTEN = 0xdb;

export interface TestBrokerWorld {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly network: MemoryNetwork;
  readonly controller: FakeController;
}

const JOURNAL_BYTES = 128 * 1024;

const journalOf = (random: Random, directory: string, isEnabled: boolean) => ({
  isEnabled,
  totalBytes: JOURNAL_BYTES,
  minLogs: 1,
  directoryId: `directory${directory.replaceAll('/', '')}`.padEnd(22, 'A'),
  random: random.fork('journal'),
  require: () => Promise.resolve(),
});

/** One broker of a test cluster: its disk outlives its runs. */
export class TestBroker {
  readonly brokerId: number;
  readonly name: string;
  readonly disk: MemoryDisk;
  /** Of the index of delayed records; outlives its runs as the disk does. */
  readonly stores = new MemoryStores();
  readonly fatal: Error[] = [];
  /** Of the newest batches that its next run keeps in memory. */
  cacheBytes = 1024 * 1024;
  /** Every round goes by the journal, in every directory. */
  hasJournal = false;
  catchUp: { farBytes: number; nearBytes: number } = BROKER_DEFAULTS.catchUp;
  catchUpMaxBytesPerSecond: number = BROKER_DEFAULTS.catchUpMaxBytesPerSecond;
  /** [queued.max.request.bytes] Of its next run. */
  queuedMaxRequestBytes = BROKER_DEFAULTS.queuedMaxRequestBytes;
  /** Memory for reads from the disk; what is given back is written over at once. */
  readonly readBuffers = new ReadBuffers((bytes) => bytes.fill(OVERWRITTEN));
  /** [dedup.max.ids] Of its next run. */
  dedupMaxIds = BROKER_DEFAULTS.dedupMaxIds as number;
  /** Of its next run. */
  meter: Meter = silentMeter;
  /** Of its next run. */
  logger: Logger = silentLogger;
  /** Of its next run. */
  groups: GroupSettings = BROKER_DEFAULTS.groups;
  /** Log directories of its next run, the vital one first. */
  directories: readonly string[] = [DIRECTORY];
  /** Not there in its next run. */
  missing: readonly MissingDirectory[] = [];
  /** Set where its next run has given a directory up. */
  givenUp: (() => Promise<void>) | undefined;
  readonly #world: TestBrokerWorld;
  #runCount = 0;
  #node: BrokerNode | undefined;
  #logs: LogDirectories | undefined;

  constructor(world: TestBrokerWorld, brokerId: number) {
    this.#world = world;
    this.brokerId = brokerId;
    this.name = `b${brokerId}`;
    this.disk = new MemoryDisk({ clock: world.clock, directories: [DIRECTORY, SECOND_DIRECTORY] });
    this.disk.syncDelayMs = 1;
  }

  get peerAddress(): string {
    return `${this.name}:7190`;
  }

  get clientAddress(): string {
    return `${this.name}:7090`;
  }

  get node(): BrokerNode {
    if (this.#node === undefined) throw new Error(`${this.name} is not running`);
    return this.#node;
  }

  get logs(): LogDirectories {
    if (this.#logs === undefined) throw new Error(`${this.name} is not running`);
    return this.#logs;
  }

  /** The replica of partition 0 of a topic. */
  replica(topicId: string): Partition {
    const found = this.node.replicas.partitionAt(`${topicId}-0`);
    if (found === undefined) throw new Error(`${this.name} has no replica of ${topicId}`);
    return found;
  }

  /** Opens the logs, listens and registers; ready some virtual milliseconds later. */
  async start(): Promise<void> {
    const { clock, random, network, controller } = this.#world;
    this.#runCount += 1;
    const run = this.#runCount;
    const transport = network.transportFor(this.name);
    const loader = new MetadataLoader();
    const isAlive = (): boolean => this.#runCount === run;
    let node: BrokerNode | undefined;
    const disk = mountedDisk(this.disk);
    const opened = await this.#openAll({
      disk,
      onFlushed: (log) => node?.onLogFlushed(log),
      onFailure: () => {
        if (isAlive()) node?.onDirectoryFailure();
      },
    });
    const managers = opened.map(({ manager }) => manager);
    const logs = new LogDirectories({ managers, missing: this.missing, vital: DIRECTORY });
    node = new BrokerNode({
      env: {
        clock,
        disk,
        random: random.fork(`${this.name}-${run}`),
        transport,
        logger: this.logger,
        meter: this.meter,
      },
      config: this.#configOf(run),
      loader,
      logs,
      opened: opened.flatMap(({ partitions }) => partitions),
      givenUp: this.givenUp,
      delayedStore: { exists: run > 1, open: () => this.stores.open('/data/delayed') },
      controllerAddress: () => CONTROLLER_ADDRESS,
      onFatal: (error) => {
        if (isAlive()) this.fatal.push(error);
      },
    });
    this.#node = node;
    this.#logs = logs;
    await transport.listen(this.peerAddress, node.peerHandlers());
    await transport.listen(this.clientAddress, node.clientHandlers());
    controller.attach(this.name, loader);
    void node.start();
  }

  async #openAll(
    options: Pick<LogManagerOptions, 'disk' | 'onFlushed' | 'onFailure'>,
  ): Promise<OpenedDirectory[]> {
    const { clock, random } = this.#world;
    const opened: OpenedDirectory[] = [];
    for (const directory of this.directories) {
      const opening = LogManager.open({
        ...options,
        clock,
        logger: silentLogger,
        directory,
        configOf: () => DEFAULT_LOG_CONFIG,
        cacheBytes: this.cacheBytes,
        readBuffers: this.readBuffers,
        journal: journalOf(random, directory, this.hasJournal),
      });
      let isOpen = false;
      void opening.then(() => {
        isOpen = true;
      });
      while (!isOpen) await clock.settle(10);
      opened.push(await opening);
    }
    return opened;
  }

  #configOf(run: number): BrokerConfig {
    return {
      ...BROKER_DEFAULTS,
      catchUp: this.catchUp,
      catchUpMaxBytesPerSecond: this.catchUpMaxBytesPerSecond,
      queuedMaxRequestBytes: this.queuedMaxRequestBytes,
      dedupMaxIds: this.dedupMaxIds,
      groups: this.groups,
      brokerId: this.brokerId,
      clusterId: 'test-cluster',
      directoryId: `directory-${this.brokerId}`,
      incarnationId: `${this.name}-run-${run}`,
      clientAddress: this.clientAddress,
      peerAddress: this.peerAddress,
      kafkaAddress: `${this.name}:9092`,
    };
  }

  /** The process is gone; `power`: what was not synced as well. */
  crash(options: { readonly power: boolean }): void {
    const { network, controller } = this.#world;
    this.#runCount += 1;
    network.crash(this.name);
    if (options.power) {
      this.disk.crash();
      this.stores.crash();
    } else {
      this.disk.kill();
      this.stores.kill();
    }
    this.#node?.kill();
    controller.detach(this.name);
    this.#node = undefined;
    this.#logs = undefined;
  }
}
