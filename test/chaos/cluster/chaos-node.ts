import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../../../deploy/local/layout.ts';
import { hasRole, REPOSITORY } from '../../../deploy/local/layout.ts';
import type { NodeProcessOptions } from '../../../deploy/local/node-process.ts';
import { NodeProcess, runOttla } from '../../../deploy/local/node-process.ts';
import type { FakeClock } from './fake-clock.ts';
import { fillWith } from './fill.ts';
import { LoopDisk } from './loop-disk.ts';

/** What a node's `/readyz` says of it. */
export interface NodeStanding {
  readonly isReady: boolean;
  readonly isActiveController: boolean;
}

export interface PowerSettings {
  /** How long a sync of its disk takes. */
  readonly syncMs: number;
}

export interface ChaosNodeOptions extends NodeProcessOptions {
  readonly clusterId: string;
  /** Left out: the node that is shipped, on the real disk. */
  readonly power?: PowerSettings;
  /** Name of the network namespace that it runs in. */
  readonly namespace?: string;
  /** Its data is on a file system of its own, which can be filled. */
  readonly hasOwnDisk?: boolean;
  /** One by default. */
  readonly directoryCount?: number;
}

const POWER_NODE = join(REPOSITORY, 'test', 'chaos', 'power', 'node.ts');
const BALLAST = 'ballast';
const BALLAST_CHUNK_BYTES = 65_536;

/** A node that may be started on a disk which loses everything unsynced at `kill -9`. */
export class ChaosNode extends NodeProcess {
  readonly hasOwnDisk: boolean;
  /** Where replicas are, the one with the metadata first. */
  readonly logDirs: readonly string[];
  /** Of the others, where each has a disk of its own. */
  readonly disks: LoopDisk[] = [];
  /** Set: the next start has a wall clock that can be made to jump. */
  clock: FakeClock | undefined;
  readonly #options: ChaosNodeOptions;
  #hasLostVote = false;

  constructor(options: ChaosNodeOptions) {
    super(options);
    this.#options = options;
    this.hasOwnDisk = options.hasOwnDisk ?? false;
    const numbers = Array.from({ length: (options.directoryCount ?? 1) - 1 }, (_, at) => at + 2);
    this.logDirs = [this.logDir, ...numbers.map((at) => join(options.directory, `data-${at}`))];
  }

  get nodeId(): number {
    return this.node.nodeId;
  }

  is(role: Role): boolean {
    return hasRole(this.node, role);
  }

  /** Puts each further directory on a disk of its own, which can fail. */
  mountDisks(megabytes: number): void {
    for (const directory of this.logDirs.slice(1)) {
      const image = join(this.directory, `disk-${this.disks.length + 2}`);
      this.disks.push(new LoopDisk({ image, directory, megabytes }));
    }
  }

  /** A node of power cuts formats its own disk. */
  async prepare(): Promise<void> {
    if (this.#options.power === undefined) await this.format(this.#options.clusterId);
  }

  /**
   * Of a node that does not run: it comes back with an empty directory. A controller has forgotten
   * what it promised, and votes no more.
   */
  async wipe(): Promise<void> {
    // A directory itself may be a disk of its own.
    for (const path of this.logDirs) {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
    }
    const words = ['format', '--config', this.configPath, '--rejoin'];
    const { status, stderr } = await runOttla([...words, '--cluster-id', this.#options.clusterId]);
    if (status !== 0) throw new Error(stderr.trim());
    this.#hasLostVote = this.is('controller');
  }

  /** The log directory that has a replica, by the name of the replica's own; else the first. */
  holderOf(replica: string): string {
    return this.logDirs.find((path) => existsSync(join(path, replica))) ?? this.logDir;
  }

  /** One voter less is left of the quorum. */
  get hasLostVote(): boolean {
    return this.#hasLostVote;
  }

  async standing(): Promise<NodeStanding> {
    const { isReady, detail } = await this.readiness();
    const isActiveController = isReady && /"isActiveController":true/.test(detail);
    return { isReady, isActiveController };
  }

  /** Not a byte is free afterwards. */
  fillDisk(): void {
    const file = openSync(join(this.logDir, BALLAST), 'w');
    try {
      for (const size of [BALLAST_CHUNK_BYTES, 1]) fillWith(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  freeDisk(): void {
    rmSync(join(this.logDir, BALLAST), { force: true });
  }

  get isDiskFull(): boolean {
    return existsSync(join(this.logDir, BALLAST));
  }

  protected override command(): string[] {
    const { namespace } = this.#options;
    return [
      ...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]),
      ...(this.clock?.command() ?? []),
      ...(this.#powerCommand() ?? super.command()),
    ];
  }

  #powerCommand(): string[] | undefined {
    const { power, clusterId } = this.#options;
    if (power === undefined) return undefined;
    const device = ['--device', join(this.directory, 'device')];
    const rest = ['--cluster-id', clusterId, '--sync-ms', String(power.syncMs)];
    const tsx = ['--import', import.meta.resolve('tsx')];
    return [process.execPath, ...tsx, POWER_NODE, '--config', this.configPath, ...device, ...rest];
  }
}
