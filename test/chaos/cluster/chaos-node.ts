import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import type { NodeProcessOptions } from '../../../deploy/local/node-process.ts';
import { NodeProcess } from '../../../deploy/local/node-process.ts';
import { recordProcess } from '../../../deploy/local/process-record.ts';

/** What a node's `/readyz` says of it. */
export interface NodeStanding {
  readonly isReady: boolean;
  readonly isActiveController: boolean;
}

export interface PowerSettings {
  readonly clusterId: string;
  /** How long a sync of its disk takes. */
  readonly syncMs: number;
}

export interface ChaosNodeOptions extends NodeProcessOptions {
  /** Left out: the node that is shipped, on the real disk. */
  readonly power?: PowerSettings;
}

const POWER_NODE = join(REPOSITORY, 'test', 'chaos', 'power', 'node.ts');

/** A node that may be started on a disk which loses everything unsynced at `kill -9`. */
export class ChaosNode extends NodeProcess {
  readonly #power: PowerSettings | undefined;

  constructor(options: ChaosNodeOptions) {
    super(options);
    this.#power = options.power;
  }

  get nodeId(): number {
    return this.node.nodeId;
  }

  /** A node of power cuts formats its own disk. */
  override async format(clusterId: string): Promise<void> {
    if (this.#power === undefined) await super.format(clusterId);
  }

  override spawn(): number {
    return this.#power === undefined ? super.spawn() : this.#spawnPower(this.#power);
  }

  async standing(): Promise<NodeStanding> {
    const { isReady, detail } = await this.readiness();
    const isActiveController = isReady && /"isActiveController":true/.test(detail);
    return { isReady, isActiveController };
  }

  #spawnPower({ clusterId, syncMs }: PowerSettings): number {
    const words = ['--import', 'tsx', POWER_NODE, '--config', this.configPath];
    const device = join(this.directory, 'device');
    const rest = ['--device', device, '--cluster-id', clusterId, '--sync-ms', String(syncMs)];
    const log = openSync(this.logPath, 'a');
    try {
      const child = spawn(process.execPath, [...words, ...rest], {
        cwd: REPOSITORY,
        detached: true,
        stdio: ['ignore', log, log],
      });
      child.on('error', () => {});
      child.unref();
      if (child.pid === undefined) throw new Error(`node ${this.nodeId}: cannot be started`);
      recordProcess(this.directory, child.pid);
      return child.pid;
    } finally {
      closeSync(log);
    }
  }
}
