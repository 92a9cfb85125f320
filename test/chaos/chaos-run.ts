import { join } from 'node:path';
import type { OttlaClient } from '../../src/index.ts';
import { connect } from '../../src/index.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';
import { parseShape } from './cluster/shape.ts';
import { FaultSchedule } from './faults/fault-schedule.ts';
import { untilInSync } from './faults/in-sync.ts';
import { DIRECTORY_FAULT, DISK_FAULT } from './faults/machine-faults.ts';
import { CoordinatorWatch } from './load/coordinator-watch.ts';
import { readEverything } from './load/final-read.ts';
import { GroupLoad } from './load/group-load.ts';
import { ProducerLoad } from './load/producer-load.ts';
import { ReaderLoad } from './load/reader-load.ts';
import { Recorder } from './load/recorder.ts';
import { GROUPS, PRODUCERS, READERS } from './load/roster.ts';
import { findDifference } from './report/compare-replicas.ts';
import { watchCpuWait } from './report/cpu-wait.ts';
import type { RunHistory } from './report/verdict.ts';
import type { RunSettings } from './run-settings.ts';
import { PARTITION_COUNT, SMALL_JOURNAL, TOPIC } from './run-settings.ts';

export interface ChaosRunOptions {
  /** An empty directory: data and logs of the nodes, and `history.jsonl`. */
  readonly root: string;
  readonly settings: RunSettings;
  readonly say: (line: string) => void;
}

export const HISTORY_FILE = 'history.jsonl';

const REPLICATION_FACTOR = 3;
const MIN_ISR = 2;
/** Small, so that segments are closed all the time. */
const SEGMENT_BYTES = 262_144;
const FURTHER_DISK_MB = 512;

/** One run of real processes under load and faults. No process outlives it. */
export class ChaosRun {
  readonly #options: ChaosRunOptions;
  readonly #random: SeededRandom;
  readonly #recorder: Recorder;
  #groups: readonly GroupLoad[] = [];
  #grouping: Promise<unknown> = Promise.resolve();
  #cluster: ChaosCluster | undefined;

  constructor(options: ChaosRunOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.settings.seed);
    this.#recorder = new Recorder(join(options.root, HISTORY_FILE), options.settings);
  }

  /** Ends every node at once: for those who cannot wait for the end of `run`. */
  abandon(): void {
    this.#cluster?.killAllNow();
  }

  /** After the end: what a bad run has on disks of its own is kept, as all else. */
  removeDisks(): void {
    this.#cluster?.removeDisks();
  }

  async run(): Promise<RunHistory> {
    const { root, settings } = this.#options;
    const { disk, syncMs, network, directories = 1, hasJournal = false } = settings;
    const cluster = await ChaosCluster.make({
      root,
      shape: parseShape(settings.shape),
      network,
      hasSmallDisk: settings.faults.includes(DISK_FAULT),
      directoryCount: directories,
      ...(settings.faults.includes(DIRECTORY_FAULT) ? { furtherDiskMb: FURTHER_DISK_MB } : {}),
      ...(disk === 'power-cut' ? { syncMs } : {}),
      ...(hasJournal ? { settings: SMALL_JOURNAL } : {}),
    });
    this.#cluster = cluster;
    const describeCpuWait = watchCpuWait();
    const onExit = (): void => this.abandon();
    process.once('exit', onExit);
    try {
      await cluster.up();
      await using client = connect({ bootstrap: cluster.bootstrap });
      await this.#createTopic(client);
      await this.#loadAndStrike(cluster, client);
      await this.#readBack(cluster, client);
      if (disk === 'real') await this.#compareReplicas(cluster, client);
      this.#options.say(describeCpuWait());
    } catch (error) {
      this.#recorder.addFailure(`the run broke off: ${String(error)}`);
    } finally {
      for (const it of this.#groups) it.stop();
      cluster.killAllNow();
      process.off('exit', onExit);
      await this.#recorder.close();
    }
    const { operations, faults, moves, failures } = this.#recorder;
    return { settings, operations, faults, moves, failures };
  }

  async #createTopic(client: OttlaClient): Promise<void> {
    await client.admin().createTopic({
      name: TOPIC,
      partitions: PARTITION_COUNT,
      replicationFactor: REPLICATION_FACTOR,
      configs: {
        'min.insync.replicas': MIN_ISR,
        'segment.bytes': SEGMENT_BYTES,
        'ack.durability': this.#options.settings.durability,
      },
    });
  }

  /** Load and faults until the time is up; every operation has an end when it resolves. */
  async #loadAndStrike(cluster: ChaosCluster, client: OttlaClient): Promise<void> {
    const { settings, say } = this.#options;
    const recorder = this.#recorder;
    const { bootstrap } = cluster;
    const common = { bootstrap, recorder };
    const producers = PRODUCERS.map(
      (it) => new ProducerLoad({ ...common, ...it, random: this.#random.fork(it.name) }),
    );
    const readers = READERS.map(
      (it) => new ReaderLoad({ ...common, ...it, random: this.#random.fork(it.name) }),
    );
    this.#groups = GROUPS.map(
      (it) => new GroupLoad({ ...common, ...it, random: this.#random.fork(it.group) }),
    );
    this.#grouping = Promise.all(this.#groups.map((it) => it.run()));
    const load = [...producers, ...readers].map((it) => it.run());
    const broken = Promise.race(
      [...load, this.#grouping].map((it) => it.then(() => new Promise<never>(() => {}))),
    );
    const watching = new AbortController();
    const admin = client.admin();
    const groups = GROUPS.map(({ group }) => group);
    const watch = new CoordinatorWatch({ admin, recorder, groups }).run(watching.signal);
    const schedule = new FaultSchedule({
      cluster,
      recorder,
      say,
      admin,
      random: this.#random.fork('faults'),
      kinds: settings.faults,
      strikes: settings.strikes ?? Number.POSITIVE_INFINITY,
      onFailure: (text) => recorder.addFailure(text),
    });
    try {
      await Promise.race([schedule.run(settings.seconds * 1000), broken]);
    } finally {
      watching.abort();
      for (const it of [...producers, ...readers]) it.stop();
      for (const it of this.#groups) it.settle();
    }
    await Promise.all([...load, watch]);
  }

  async #readBack(cluster: ChaosCluster, client: OttlaClient): Promise<void> {
    const recorder = this.#recorder;
    if (!(await untilInSync(client.admin()))) {
      recorder.addFailure('replicas were still missing long after the last fault');
    }
    await this.#drainGroups(client);
    if (!(await readEverything(cluster.bootstrap, recorder))) {
      recorder.addFailure('the last reader did not get to the end of every partition');
    }
  }

  /** What is acknowledged is handled by every group in the end, and then nothing is left to do. */
  async #drainGroups(client: OttlaClient): Promise<void> {
    const drained = await Promise.all(this.#groups.map((it) => it.drain(client)));
    for (const [at, isDrained] of drained.entries()) {
      const group = GROUPS[at]?.group ?? '';
      if (!isDrained) this.#recorder.addFailure(`group ${group} did not get to the end`);
    }
    for (const it of this.#groups) it.stop();
    await this.#grouping;
  }

  /** Once all is healed, all replicas hold the same bytes: no damage sleeps in one of them. */
  async #compareReplicas(cluster: ChaosCluster, client: OttlaClient): Promise<void> {
    const { topicId, partitions } = await client.admin().describeTopic(TOPIC);
    await Promise.all(cluster.brokers.map((node) => cluster.stop(node)));
    for (const { partition, replicas } of partitions) {
      const name = `${topicId}-${partition}`;
      const holderOf = (nodeId: number): string => cluster.node(nodeId).holderOf(name);
      const files = replicas.map((nodeId) => ({ nodeId, logDir: holderOf(nodeId) }));
      const difference = findDifference(name, files);
      if (difference !== undefined) this.#recorder.addFailure(difference);
    }
  }
}
