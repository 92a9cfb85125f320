import { InvariantViolation, must } from '../../src/base/assert.ts';
import { crc32c } from '../../src/base/bytes/crc32c.ts';
import { describeError, OttlaError } from '../../src/base/errors.ts';
import { NONE } from '../../src/base/ids.ts';
import type { Producer } from '../../src/client/producer/producer.ts';
import type { LogFields, Logger } from '../../src/env/logger.ts';
import { randomId } from '../../src/env/random.ts';
import { parsePartitionName } from '../../src/log/file-names.ts';
import { ManualClock, stepSettled } from '../support/manual-clock.ts';
import { MemoryNetwork } from '../support/memory-transport.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { EXPECTED } from './coverage.ts';
import { allInvariants } from './invariants/all.ts';
import type { ClusterShape } from './world/cluster-config.ts';
import { clientAddressOf, nodeConfigOf, nodeIdsOf } from './world/cluster-config.ts';
import { FaultAtlas } from './world/fault-atlas.ts';
import type { KeptDisk, MachineHost } from './world/machine.ts';
import { Machine, nameOf } from './world/machine.ts';
import { MachineClock } from './world/machine-clock.ts';
import { Observer } from './world/observer.ts';
import { Operator } from './world/operator.ts';
import { settledVoters } from './world/settled-voters.ts';
import { SimClient } from './world/sim-client.ts';
import type { TraceSink } from './world/trace.ts';
import { Trace } from './world/trace.ts';
import { tracedLogger } from './world/traced-logger.ts';
import type { Violation } from './world/violation.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly shape: ClusterShape;
  readonly latencyMs?: { readonly min: number; readonly max: number };
  /** A sync of a healthy disk takes up to this; 2 by default. */
  readonly maxSyncMs?: number;
  /** Lines of every node's configuration file. */
  readonly config?: readonly string[];
  readonly onTrace?: TraceSink;
}

/** How long a supervisor waits before it starts a process that gave up, and for an orderly stop. */
const RESTART_MS = 1000;
const STOP_PATIENCE_MS = 30_000;
/** Healthy machines and links are one cluster again within this. */
const SETTLE_MS = 90_000;
const FORMAT_MS = 3000;

/** How a broker says that it sets a replica aside. */
const QUARANTINED = 'partition is quarantined';

/** How a controller says what it could not do, and how the text of an operating error begins. */
const CONTROLLER_FAILED = /^a controller (request|decision|check) failed$/;
const OPERATING_ERROR = /^[A-Z_]+: /;

/** Errors by which a process may end after a fault of its disk. */
const DISK_ERRORS: ReadonlySet<string> = new Set(['STORAGE_ERROR', 'DISK_FULL', 'CLOSED']);

/** So small that every edge is met soon. */
const TUNING = {
  raft: { trailingEntries: 8, maxAppendBytes: 2048, maxInflight: 4, snapshotChunkBytes: 700 },
  snapshots: { everyEntries: 25 },
  broker: { cacheBytes: 2048, catchUp: { farBytes: 2000, nearBytes: 400 } },
};

/**
 * A whole cluster and its clients in one process, under virtual time, from one seed: unmodified
 * production code on simulated machines. Verbs change the world at once; time moves only in
 * `advance`, `settle` and `until`.
 */
export class World {
  readonly random: SeededRandom;
  readonly clock: ManualClock = new ManualClock();
  readonly network: MemoryNetwork;
  readonly shape: ClusterShape;
  readonly machines: readonly Machine[];
  readonly observer: Observer;
  readonly atlas: FaultAtlas;
  /** Of controllers: disks that were taken out, and may be put in again. */
  readonly keptDisks = new Map<number, KeptDisk[]>();
  readonly trace: Trace;
  readonly clients = new Map<string, SimClient>();
  eventCount = 0;
  readonly #clientClocks = new Map<string, MachineClock>();
  readonly #wanted = new Set<number>();
  readonly #maxLatencyMs: number;
  #producer: Producer | undefined;
  readonly #onRejection = (reason: unknown): void => this.#onUnhandled(reason);

  private constructor(options: WorldOptions) {
    const { seed, shape, latencyMs } = options;
    this.random = new SeededRandom(seed);
    this.trace = new Trace(options.onTrace);
    this.shape = shape;
    this.#maxLatencyMs = latencyMs?.max ?? 2;
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: this.random,
      minLatencyMs: latencyMs?.min ?? 0,
      maxLatencyMs: this.#maxLatencyMs,
      onDelivery: ({ from, to, path, bytes }) =>
        this.#traced(`${from}>${to}`, `${path} ${bytes.length} ${crc32c(bytes)}`),
    });
    const clusterId = randomId(this.random.fork('cluster'));
    const host = this.#host();
    this.machines = nodeIdsOf(shape).map((nodeId) => {
      const config = nodeConfigOf(shape, nodeId, options.config);
      const random = this.random.fork(nameOf(nodeId));
      const { maxSyncMs = 2 } = options;
      return new Machine(host, { config, tuning: TUNING, clusterId, random, maxSyncMs });
    });
    for (const machine of this.machines) {
      machine.traceDisk((op, path) => this.#traced(machine.name, `${op} ${path}`));
    }
    const now = (): number => this.clock.monotonicMs();
    this.atlas = new FaultAtlas(shape.controllers);
    const { machines, atlas } = this;
    this.observer = new Observer({ machines, invariants: allInvariants(), atlas, now });
    if (shape.spares !== undefined) atlas.votersNow = () => settledVoters(this.observer, shape);
  }

  /** A formatted cluster whose machines have begun to start. `close` it at the end. */
  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options);
    process.on('unhandledRejection', world.#onRejection);
    const formatted = Promise.all(world.machines.map((machine) => machine.format()));
    await world.advance(FORMAT_MS);
    await formatted;
    for (const { nodeId } of world.machines) world.start(nodeId);
    if (world.machines.some(({ devices }) => devices.hasSeveral)) new Operator(world).start();
    return world;
  }

  close(): void {
    for (const client of this.clients.values()) client.kill();
    for (const machine of this.machines) machine.kill();
    process.off('unhandledRejection', this.#onRejection);
  }

  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  get violation(): Violation | undefined {
    return this.observer.violation;
  }

  machine(nodeId: number): Machine {
    const found = this.machines.find((machine) => machine.nodeId === nodeId);
    return must(found, `there is a machine ${nodeId}`);
  }

  // --- Time ---

  /** Runs all that happens within `byMs`; stops at once, and throws, when a property is broken. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    let isAfterEvent = false;
    await stepSettled(() => {
      if (isAfterEvent) this.#afterEvent();
      isAfterEvent = this.clock.step(untilMs);
      return isAfterEvent;
    });
  }

  /** Lets time pass until `isDone`, looked at every so often; false when `limitMs` went by first. */
  async until(isDone: () => boolean, limitMs: number, everyMs = 50): Promise<boolean> {
    const endMs = this.nowMs + limitMs;
    while (!isDone()) {
      if (this.nowMs >= endMs) return false;
      await this.advance(everyMs);
    }
    return true;
  }

  /** The outcome of `work`; a violation when it has none within `limitMs`. */
  async outcome<T>(work: Promise<T>, what: string, limitMs = 60_000): Promise<T> {
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
    };
    work.then(end, end);
    if (!(await this.until(() => isSettled, limitMs))) {
      this.observer.violate('liveness', `${what} has not ended within ${limitMs} ms`);
      this.throwIfViolated();
    }
    return work;
  }

  /** Waits until the cluster is whole; a violation when it is not in time. */
  async settle(limitMs = SETTLE_MS): Promise<void> {
    if (await this.until(() => this.whyUnsettled() === undefined, limitMs)) return;
    this.observer.violate('liveness', `after ${limitMs} ms: ${this.whyUnsettled()}`);
    this.throwIfViolated();
  }

  /** What keeps the cluster from being whole, or undefined. */
  whyUnsettled(): string | undefined {
    const { truth, live } = this.observer;
    for (const machine of this.machines) {
      if (machine.state !== 'running') return `${machine.name} is ${machine.state}`;
    }
    for (const { machine, node } of live) {
      if (!node.health().isReady) return `${machine.name} is not ready`;
      const { index } = node.parts.loader.image;
      if (index !== truth.index) return `${machine.name} has metadata ${index} of ${truth.index}`;
    }
    for (const { name, partitions } of truth.topics.values()) {
      for (const [number, { leader, isr, replicas }] of partitions.entries()) {
        if (leader === NONE) return `${name}-${number} has no leader`;
        if (isr.length < replicas.length) return `${name}-${number} has the isr ${isr.join()}`;
      }
    }
    return undefined;
  }

  #afterEvent(): void {
    this.eventCount += 1;
    this.observer.afterEvent();
    this.throwIfViolated();
  }

  throwIfViolated(): void {
    if (this.violation !== undefined) throw this.violation;
  }

  // --- Machines ---

  start(nodeId: number): void {
    this.#wanted.add(nodeId);
    this.#traced('world', `start ${nodeId}`);
    this.machine(nodeId).start();
  }

  /** `kill -9`. */
  crash(nodeId: number): void {
    this.#wanted.delete(nodeId);
    this.#traced('world', `crash ${nodeId}`);
    this.machine(nodeId).kill();
  }

  /** The machines lose power in one moment; a random part of what was not synced survives, or none. */
  powerCut(nodeIds: readonly number[], survives: 'a part' | 'what was synced' = 'a part'): void {
    this.observer.hasLostPower = true;
    for (const nodeId of nodeIds) {
      this.#wanted.delete(nodeId);
      this.#traced('world', `power cut ${nodeId}`);
      this.machine(nodeId).cutPower(survives === 'a part' ? this.random.fork('power') : undefined);
    }
  }

  /** An orderly stop; one that takes too long is ended. */
  stop(nodeId: number): void {
    this.#wanted.delete(nodeId);
    this.#traced('world', `stop ${nodeId}`);
    const machine = this.machine(nodeId);
    machine.stop();
    this.clock.setTimer(STOP_PATIENCE_MS, () => {
      if (machine.state !== 'stopping') return;
      this.observer.mark('stop.impatient');
      machine.kill();
      if (this.#wanted.has(nodeId)) machine.start();
    });
  }

  /** Orderly stop, then a start. */
  restart(nodeId: number): void {
    this.stop(nodeId);
    this.#wanted.add(nodeId);
  }

  /** The process does nothing for a while; the world goes on. */
  pause(nodeId: number, forMs: number): void {
    const machine = this.machine(nodeId);
    if (machine.state === 'off' || machine.clock.isPaused) return;
    this.#traced('world', `pause ${nodeId}`);
    machine.pause();
    this.network.pause(machine.name);
    this.clock.setTimer(forMs, () => this.resume(nodeId));
  }

  resume(nodeId: number): void {
    const machine = this.machine(nodeId);
    if (!machine.clock.isPaused) return;
    this.#traced('world', `resume ${nodeId}`);
    machine.resume();
    this.network.resume(machine.name);
  }

  // --- Links ---

  /** Cuts every link between `nodeId` and `others`, both ways. */
  cut(nodeId: number, others: readonly number[]): void {
    for (const other of others) this.network.cut(nameOf(nodeId), nameOf(other));
  }

  cutOneWay(from: number, to: number): void {
    this.network.cutOneWay(nameOf(from), nameOf(to));
  }

  /** All links are whole and quick again. */
  heal(): void {
    this.network.heal();
    this.network.unclogAll();
    this.network.repeatAfterMs = () => undefined;
    this.network.maxLatencyMs = this.#maxLatencyMs;
  }

  /** No fault goes on: links, disks and clocks are well, and every machine has a process. */
  healAll(): void {
    this.heal();
    for (const machine of this.machines) {
      machine.heal();
      this.resume(machine.nodeId);
      this.start(machine.nodeId);
    }
  }

  /** Every wall clock is put ahead of what any has ever shown, by so much. */
  passAllClocks(byMs: number): void {
    const highest = Math.max(...this.machines.map(({ clock }) => clock.highestWallOffsetMs));
    for (const { clock } of this.machines) clock.wallOffsetMs = highest + byMs;
  }

  // --- Clients ---

  /** A client process by name; made when there is none, or the last one was killed. */
  client(name: string): SimClient {
    const known = this.clients.get(name);
    if (known?.isAlive === true) return known;
    const clock = this.#clientClocks.get(name) ?? new MachineClock(this.clock, 0);
    this.#clientClocks.set(name, clock);
    const bootstrap = this.shape.brokers.map(clientAddressOf);
    const random = this.random.fork(name);
    const client = new SimClient(this.#host(), { name, clock, random, bootstrap });
    this.clients.set(name, client);
    return client;
  }

  async createTopic(
    name: string,
    partitions: number,
    configs: Record<string, string>,
  ): Promise<void> {
    const replicationFactor = Math.min(3, this.shape.brokers.length);
    const admin = this.client('admin').sdk.admin();
    const work = admin.createTopic({ name, partitions, replicationFactor, configs });
    await this.outcome(work, `creating topic ${name}`);
  }

  /** Sends one record, acks=all; its offset, once it is acknowledged. */
  async produce(topic: string, partition: number, value: string): Promise<number> {
    const options = { deliveryTimeoutMs: 20_000, requestTimeoutMs: 2000, lingerMs: 0 };
    this.#producer ??= this.client('producer').sdk.producer(options);
    const { offset } = await this.#producer.send({ topic, partition, value });
    return offset;
  }

  /** The machine that leads a partition by the newest metadata, or NONE. */
  leaderOf(topic: string, partition: number): number {
    const { truth } = this.observer;
    const topicId = truth.topicIdsByName.get(topic) ?? '';
    return truth.topics.get(topicId)?.partitions[partition]?.leader ?? NONE;
  }

  #host(): MachineHost {
    return {
      clock: this.clock,
      transportFor: (name, clock) => this.network.transportFor(name, clock),
      mark: (name) => this.observer.mark(name),
      cutOff: (name) => this.network.crash(name),
      loggerFor: (name) => this.#loggerFor(name),
      onStarted: (machine, node) => {
        this.#traced(machine.name, 'serves');
        this.observer.onStarted(machine, node);
      },
      onEnding: (machine) => this.observer.onEnding(machine),
      onStopped: ({ nodeId }) => {
        if (this.#wanted.has(nodeId)) this.start(nodeId);
      },
      onExit: (machine, error) => this.#onExit(machine, error),
    };
  }

  /** As a supervisor does: whatever the reason, start it again, unless it is down on purpose. */
  #onExit(machine: Machine, error: unknown): void {
    this.#traced(machine.name, `exits: ${describeError(error)}`);
    this.#judgeExit(machine, error);
    this.observer.mark('process.exit');
    this.clock.setTimer(RESTART_MS, () => {
      if (this.#wanted.has(machine.nodeId)) this.start(machine.nodeId);
    });
  }

  #judgeExit(machine: Machine, error: unknown): void {
    if (error instanceof OttlaError && machine.repair(error.code)) return;
    const isOfDisk = error instanceof OttlaError && DISK_ERRORS.has(error.code);
    if (isOfDisk && machine.mayHaveFailedDisk) return;
    // With nothing in reach it says so, and does not start.
    if (error instanceof OttlaError && error.code === 'CONFIG' && machine.devices.isLost) return;
    const stack = error instanceof Error ? error.stack : undefined;
    const property = error instanceof InvariantViolation ? 'assertion' : 'unexpected-exit';
    this.observer.violate(property, `${machine.name}: ${describeError(error)}\n${stack}`);
  }

  #onUnhandled(reason: unknown): void {
    // What a dead process still waited for ends this way.
    if (reason instanceof OttlaError && reason.code === 'CLOSED') return;
    const stack = reason instanceof Error ? reason.stack : undefined;
    this.observer.violate('unhandled-rejection', `${describeError(reason)}\n${stack}`);
  }

  #loggerFor(name: string): Logger {
    return tracedLogger((level, message, fields) => {
      const mark = `log: ${message}`;
      if (level === 'warn' || level === 'error' || EXPECTED.has(mark)) this.observer.mark(mark);
      if (message.startsWith(QUARANTINED)) this.#onQuarantine(name, fields);
      if (CONTROLLER_FAILED.test(message)) this.#judgeController(name, fields);
      this.#traced(name, `${level} ${message} ${JSON.stringify(fields)}`);
    });
  }

  /** A controller refuses what breaks an assertion, and goes on: that is a bug all the same. */
  #judgeController(name: string, { error }: LogFields): void {
    if (OPERATING_ERROR.test(String(error))) return;
    this.observer.violate('assertion', `the controller on ${name}: ${error}`);
  }

  /** Only what was damaged may be taken for damaged: a quarantine costs a whole copy. */
  #onQuarantine(name: string, { partition, detail }: LogFields): void {
    const nodeId = this.machines.find((machine) => machine.name === name)?.nodeId ?? NONE;
    const at = parsePartitionName(String(partition));
    if (at !== undefined && this.atlas.onQuarantine(nodeId, at)) return;
    this.observer.violate('damage-is-real', `${name} sets ${partition} aside: ${detail}`);
  }

  #traced(who: string, what: string): void {
    this.trace.add(this.nowMs, who, what);
  }
}
