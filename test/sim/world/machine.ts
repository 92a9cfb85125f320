import type { NodeConfig } from '../../../src/app/config.ts';
import { readIdentity } from '../../../src/app/directory.ts';
import { formatNode } from '../../../src/app/format-node.ts';
import type { NodeTuning, RunningNode } from '../../../src/app/node.ts';
import { startNode } from '../../../src/app/node.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import type { Clock } from '../../../src/env/clock.ts';
import type { Env } from '../../../src/env/env.ts';
import type { KeyValueStore } from '../../../src/env/key-value-store.ts';
import type { Logger } from '../../../src/env/logger.ts';
import type { Random } from '../../../src/env/random.ts';
import type { Transport } from '../../../src/env/transport.ts';
import { initialiseRaftStore } from '../../../src/raft/raft-store.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryListener } from '../../support/memory-listener.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { LogDevices } from './log-devices.ts';
import { MachineClock, processClock } from './machine-clock.ts';
import { markedMeter, markedTransport } from './marked-seams.ts';

/** Far more than a run needs: only a fault makes a disk full. */
const CAPACITY_BYTES = 1 << 30;
const RAFT_DIRECTORY = '/data/raft';

/** What a machine asks of the world around it. */
export interface MachineHost {
  readonly clock: Clock;
  transportFor(name: string, clock: Clock): Transport;
  cutOff(name: string): void;
  loggerFor(name: string): Logger;
  /** Something rare was met. */
  mark(name: string): void;
  /** A process serves; its parts can be looked at. */
  onStarted(machine: Machine, node: RunningNode): void;
  /** The process is about to be gone, for whatever reason; its parts can be looked at once more. */
  onEnding(machine: Machine): void;
  /** An orderly stop is done. */
  onStopped(machine: Machine): void;
  /** The process could not start, or gave up by itself. */
  onExit(machine: Machine, error: unknown): void;
}

export interface MachineOptions {
  readonly config: NodeConfig;
  readonly tuning: NodeTuning;
  readonly clusterId: string;
  readonly random: SeededRandom;
  /** A sync of the healthy disk takes up to this. */
  readonly maxSyncMs: number;
}

/** What the disk of a controller held. */
export interface KeptDisk {
  readonly files: ReadonlyArray<readonly [string, Uint8Array]>;
  readonly entries: ReadonlyArray<readonly [Uint8Array, Uint8Array]>;
}

export type MachineState = 'off' | 'starting' | 'running' | 'stopping';

/** One machine: a disk that outlives every process, and at most one process of the node. */
export class Machine {
  readonly nodeId: number;
  readonly name: string;
  readonly clock: MachineClock;
  readonly disk: MemoryDisk;
  readonly devices: LogDevices;
  readonly stores: MemoryStores;
  /** The sync latency in ms, drawn for each sync up to this. */
  maxSyncMs: number;
  #mayFailDisk = false;
  #isProcessExcused = false;
  #liftMetaRot: (() => void) | undefined;
  #liftFurtherRot: (() => void) | undefined;
  /** The running process, or the next, may see what was not written. */
  #hasRaftRot = false;
  #mayRefuseRaft = false;
  #isWiping = false;
  readonly #host: MachineHost;
  readonly #options: MachineOptions;
  readonly #syncDraws: SeededRandom;
  readonly #readDraws: SeededRandom;
  #run = 0;
  #state: MachineState = 'off';
  #node: RunningNode | undefined;
  /** What keeps some of the unsynced writes when a planned power cut comes. */
  #midwayRandom: Random | undefined;

  constructor(host: MachineHost, options: MachineOptions) {
    const { config, random } = options;
    this.#host = host;
    this.#options = options;
    this.nodeId = config.nodeId;
    this.maxSyncMs = options.maxSyncMs;
    this.name = nameOf(config.nodeId);
    this.clock = new MachineClock(host.clock, random.fork('boot').below(1_000_000));
    this.#syncDraws = random.fork('sync');
    this.#readDraws = random.fork('read');
    this.disk = new MemoryDisk({ clock: this.clock, capacityBytes: CAPACITY_BYTES });
    this.devices = new LogDevices(this.disk, config);
    this.stores = new MemoryStores({ clock: this.clock, syncDelayMs: 1 });
    this.disk.onPowerCut = () => this.#powerGone();
  }

  /** As its next process is given it. */
  get config(): NodeConfig {
    return { ...this.#options.config, logDirs: this.devices.logDirs };
  }

  get state(): MachineState {
    return this.#state;
  }

  /** The node, once its process serves. */
  get node(): RunningNode | undefined {
    return this.#node;
  }

  get usedBytes(): number {
    return this.disk.capacityBytes - this.disk.freeBytes('/');
  }

  /** A fault of the disk is planned: until the next `heal` a process may end by it. */
  excuseDiskFailure(): void {
    this.#mayFailDisk = true;
    this.#isProcessExcused = true;
  }

  /** The device of a log directory fails until it is mended; a process may end by it if all is lost. */
  failDevice(path: string): void {
    this.devices.fail(path);
    if (this.devices.isLost) this.excuseDiskFailure();
  }

  /** The present process, or the last one, may have met a failing disk. */
  get mayHaveFailedDisk(): boolean {
    return this.#isProcessExcused;
  }

  /** Sets how the disk tells of its operations; sync latencies are drawn here as well. */
  traceDisk(tell: (op: string, path: string) => void): void {
    this.disk.onOperation = (op, path) => {
      if (op === 'sync' || op === 'syncDir') this.#drawSync();
      if (op === 'readCold') this.#drawRead();
      tell(op, path);
    };
  }

  /** Lays the empty directories of a new node; durable when it resolves. */
  format(): Promise<void> {
    return this.#format(this.config.isController ? {} : undefined);
  }

  /** What the raft store shows may not be what was written, until its process starts again. */
  noteRaftRot(): void {
    this.#hasRaftRot = true;
    this.#mayRefuseRaft = true;
  }

  get hasRaftRot(): boolean {
    return this.#hasRaftRot;
  }

  /** `meta.json` or the note beside it is damaged: a start fails until the operator restores it. */
  noteMetaRot(lift: () => void): void {
    this.#liftMetaRot = both(lift, this.#liftMetaRot);
  }

  /** The `meta.json` of a further directory is damaged, which is missing then. */
  noteFurtherRot(lift: () => void): void {
    this.#liftFurtherRot = both(lift, this.#liftFurtherRot);
  }

  /** What an operator does who finds a directory missing whose device is there. */
  restoreFurther(): void {
    this.#liftFurtherRot?.();
    this.#liftFurtherRot = undefined;
  }

  /**
   * What an operator does after a start that failed by damage, as its error tells: false when
   * nothing was damaged. The backup of `meta.json` comes back; a metadata log that is unusable is
   * removed, and the node takes part without a vote.
   */
  repair(code: string): boolean {
    if (code === 'CONFIG' && (this.#liftMetaRot ?? this.#liftFurtherRot) !== undefined) {
      this.#restoreMeta();
      this.restoreFurther();
      return true;
    }
    if (code !== 'CORRUPT_STORE' || !this.#mayRefuseRaft) return false;
    this.#mayRefuseRaft = false;
    this.#removeRaft();
    return true;
  }

  #restoreMeta(): void {
    this.#liftMetaRot?.();
    this.#liftMetaRot = undefined;
  }

  /**
   * An empty disk in place of the old one, formatted for a node that must not vote; a newcomer may
   * once the quorum names its new directory.
   */
  async wipe({ isNewcomer = false }: { readonly isNewcomer?: boolean } = {}): Promise<void> {
    this.#isWiping = true;
    this.#takeDiskOut();
    await this.#format(isNewcomer && this.config.isController ? { isNewcomer } : undefined);
    this.#isWiping = false;
  }

  /** With no process: a directory is given up for good, and perhaps an empty one comes for it. */
  async giveUp(path: string, isReplaced: boolean): Promise<void> {
    this.#isWiping = true;
    this.disk.powerOn();
    this.disk.clearFaults();
    this.#restoreMeta();
    this.devices.giveUp(path, isReplaced);
    if (isReplaced) await this.#format(undefined);
    this.#isWiping = false;
  }

  /** What is formatted already stays; with `raft`, a controller's store as well. */
  async #format(raft: { readonly isNewcomer?: boolean } | undefined): Promise<void> {
    const { clusterId, random } = this.#options;
    const { metadataDir, nodeId } = this.config;
    const initialiseRaft = async (directory: string, directoryId: string): Promise<void> => {
      if (raft === undefined) return;
      await initialiseRaftStore(this.disk, directory, { ...raft, directoryId });
    };
    await formatNode(
      { disk: this.disk, random: random.fork('format'), initialiseRaft },
      { metadataDir, logDirs: this.devices.logDirs, nodeId, clusterId, ignoreFormatted: true },
    );
  }

  /** A controller's disk as it is now, to be put back in later. */
  keepDisk(): KeptDisk {
    this.disk.powerOn();
    const files = this.disk.files('/data').map(({ path }) => [path, this.disk.peek(path)] as const);
    return { files, entries: this.stores.peekDurable(`${RAFT_DIRECTORY}/log`) };
  }

  /** A disk that was there before is back, with all that it held. */
  async putDiskIn({ files, entries }: KeptDisk): Promise<void> {
    this.#isWiping = true;
    this.#takeDiskOut();
    this.disk.mkdir(RAFT_DIRECTORY);
    for (const [path, bytes] of files) {
      const file = this.disk.open(path, { create: true });
      file.write([bytes], 0);
      file.close();
    }
    this.disk.settle();
    const store = await this.stores.open(`${RAFT_DIRECTORY}/log`);
    await store.batch(
      entries.map(([key, value]) => ({ type: 'put', key, value })),
      { sync: true },
    );
    await store.close();
    this.#isWiping = false;
  }

  #takeDiskOut(): void {
    const { metadataDir } = this.#options.config;
    this.disk.powerOn();
    // What was still to fail was the old disk.
    this.disk.clearFaults();
    this.#removeRaft();
    this.stores.wipe(`${metadataDir}/delayed`);
    this.devices.removeAll();
    this.#liftMetaRot = undefined;
    this.#liftFurtherRot = undefined;
    this.disk.settle();
  }

  /** Identity of the directory on the disk as it is now. */
  get directoryId(): string | undefined {
    return readIdentity(this.disk, this.#options.config.metadataDir)?.directoryId;
  }

  #removeRaft(): void {
    this.disk.remove(RAFT_DIRECTORY);
    this.stores.wipe(`${RAFT_DIRECTORY}/log`);
  }

  get isWiping(): boolean {
    return this.#isWiping;
  }

  /** Starts a process, unless one is there. */
  start(): void {
    if (this.#state !== 'off' || this.#isWiping) return;
    this.disk.powerOn();
    this.#run += 1;
    this.#isProcessExcused = this.#mayFailDisk;
    this.#state = 'starting';
    this.#hasRaftRot = false;
    const run = this.#run;
    const isAlive = (): boolean => this.#run === run;
    const { tuning, random } = this.#options;
    startNode(this.#env(random.fork('process'), isAlive), this.config, tuning).then(
      (node) => {
        if (isAlive()) this.#onServing(node, isAlive);
      },
      (error: unknown) => {
        if (isAlive()) this.#exit(error);
      },
    );
  }

  /** Ends the process in order, as an operator does; `kill` may still come before it is done. */
  stop(): void {
    const node = this.#node;
    if (this.#state !== 'running' || node === undefined) return;
    this.#state = 'stopping';
    const run = this.#run;
    node.stop().then(
      () => {
        if (this.#run !== run) return;
        this.kill();
        this.#host.onStopped(this);
      },
      (error: unknown) => {
        if (this.#run === run) this.#exit(error);
      },
    );
  }

  /** `kill -9`: the page cache stays. */
  kill(): void {
    if (this.#state === 'off') return;
    this.#end();
    this.disk.kill();
    this.stores.kill();
  }

  /** The machine loses power: of what was not synced `random` keeps some. */
  cutPower(random: Random | undefined): void {
    // The operator waits until the new disk is formatted.
    if (this.#isWiping) return;
    this.#end();
    this.disk.crash(random);
    this.stores.crash(random);
  }

  /** Cuts the power in the middle of an event, before the disk's change number `atChange`. */
  cutPowerAt(atChange: number, random: Random): void {
    if (this.#state === 'off') return;
    this.#midwayRandom = random;
    this.disk.cutPowerAt(atChange, random);
  }

  /** From now on no sync ends, neither of a file nor of a store, until `releaseSyncs`. */
  holdSyncs(): void {
    this.disk.holdSyncs();
    this.stores.holdSyncs();
  }

  releaseSyncs(): void {
    this.disk.releaseSyncs();
    this.stores.releaseSyncs();
  }

  /** The device works as it should, and quickly. */
  heal(): void {
    this.disk.clearFaults();
    this.devices.healAll();
    this.disk.capacityBytes = CAPACITY_BYTES;
    this.releaseSyncs();
    this.disk.cancelPowerCut();
    this.maxSyncMs = this.#options.maxSyncMs;
    this.#mayFailDisk = false;
  }

  pause(): void {
    this.clock.pause();
  }

  resume(): void {
    this.clock.resume();
  }

  #powerGone(): void {
    this.#end();
    this.stores.crash(this.#midwayRandom);
  }

  #onServing(node: RunningNode, isAlive: () => boolean): void {
    this.#node = node;
    this.#state = 'running';
    void node.fatal.then((error) => {
      if (isAlive()) this.#exit(error);
    });
    this.#host.onStarted(this, node);
  }

  #exit(error: unknown): void {
    this.kill();
    this.#host.onExit(this, error);
  }

  #end(): void {
    if (this.#state === 'off') return;
    this.#host.onEnding(this);
    this.#run += 1;
    this.#state = 'off';
    this.#node = undefined;
    this.#host.cutOff(this.name);
    this.clock.resume();
  }

  #drawSync(): void {
    this.disk.syncDelayMs = this.#syncDraws.below(this.maxSyncMs + 1);
    this.stores.syncDelayMs = this.#syncDraws.below(this.maxSyncMs + 1);
  }

  /** A read waits in the pool, now and then behind syncs. */
  #drawRead(): void {
    const slowest = this.#readDraws.chance(1, 10) ? this.maxSyncMs : 2;
    this.disk.coldReadDelayMs = this.#readDraws.below(slowest + 1);
  }

  #openStore(path: string, isAlive: () => boolean): Promise<KeyValueStore> {
    if (!isAlive()) throw new OttlaError('CLOSED', `open ${path}: the process is gone`);
    return this.stores.open(path);
  }

  #env(random: Random, isAlive: () => boolean): Env {
    const clock = processClock(this.clock, isAlive);
    return {
      clock,
      random,
      disk: mountedDisk(this.disk),
      stores: { open: async (path) => this.#openStore(path, isAlive) },
      transport: markedTransport(this.#host.transportFor(this.name, clock), this.#host),
      bytes: new MemoryListener(clock),
      logger: this.#host.loggerFor(this.name),
      meter: markedMeter(this.#host),
    };
  }
}

const both =
  (first: () => void, second: (() => void) | undefined): (() => void) =>
  () => {
    first();
    second?.();
  };

export const nameOf = (nodeId: number): string => `n${nodeId}`;
