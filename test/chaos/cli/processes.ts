import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../../src/platform/free-ports.ts';

export const OTTLA = fileURLToPath(new URL('../../../bin/ottla', import.meta.url));
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export interface Ended {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the command line to its end. */
export const ottla = (
  words: readonly string[],
  options: { readonly input?: string | Uint8Array } = {},
): Promise<Ended> => {
  const child = spawn(process.execPath, [OTTLA, ...words], { stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return ended(child);
};

const ended = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => stdout.push(part));
    child.stderr?.on('data', (part: Buffer) => stderr.push(part));
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({
        status: status ?? -1,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });

export interface NodeFiles {
  readonly config: string;
  readonly client: string;
  readonly peer: string;
  readonly admin: string;
  readonly kafka: string;
  readonly logDir: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Directories, ports and processes of one test file; `close` ends and removes all of them. */
export class Workshop {
  readonly root: string = mkdtempSync(join(tmpdir(), 'ottla-cli-'));
  readonly #children: ChildProcess[] = [];
  #nodes = 0;

  /** Writes a configuration with its own ports and directory; `changes` wins. */
  async node(nodeId: number, changes: Readonly<Record<string, string>> = {}): Promise<NodeFiles> {
    const ports = (await freePorts(4)).map((port) => `127.0.0.1:${port}`);
    const [client = '', peer = '', admin = '', kafka = ''] = ports;
    this.#nodes += 1;
    const logDir = join(this.root, `data-${this.#nodes}`);
    const config = join(this.root, `server-${this.#nodes}.properties`);
    const properties = {
      'node.id': String(nodeId),
      'controller.quorum.voters': `${nodeId}@${peer}`,
      listeners: `CLIENT://${client},PEER://${peer},ADMIN://${admin},KAFKA://${kafka}`,
      'log.dirs': logDir,
      'log.level': 'warn',
      ...changes,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(config, lines.join(''));
    return { config, client, peer, admin, kafka, logDir };
  }

  /** A formatted node. */
  async formatted(
    nodeId: number,
    changes: Readonly<Record<string, string>> = {},
    clusterId = CLUSTER,
  ): Promise<NodeFiles> {
    const node = await this.node(nodeId, changes);
    const { status, stderr } = await ottla([
      'format',
      '--config',
      node.config,
      '--cluster-id',
      clusterId,
    ]);
    if (status !== 0) throw new Error(stderr);
    return node;
  }

  /** Starts a node in the background; its standard input is held open. */
  start(node: NodeFiles, words: readonly string[] = []): Started {
    return this.run(['start', '--config', node.config, ...words]);
  }

  /** Runs a verb that goes on until it is ended. */
  run(words: readonly string[]): Started {
    const child = spawn(process.execPath, [OTTLA, ...words]);
    this.#children.push(child);
    return { child, ended: ended(child) };
  }

  /** Starts a node and waits until it is ready. */
  async running(node: NodeFiles): Promise<ChildProcess> {
    const started = this.start(node);
    await this.untilReady(node, started);
    return started.child;
  }

  /** Throws what the node said when it ended instead. */
  async untilReady(node: NodeFiles, { child, ended: end }: Started): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await isReady(node))) {
      if (child.exitCode !== null) throw new Error((await end).stderr);
      if (Date.now() > deadline) throw new Error('the node did not get ready');
      await sleep(POLL_MS);
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    const gone = this.#children.map((child) =>
      child.exitCode !== null || child.signalCode !== null
        ? undefined
        : new Promise((resolve) => child.once('exit', resolve)),
    );
    await Promise.all(gone);
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const CLUSTER = 'AAAAAAAAAAAAAAAAAAAAAA';
export const OTHER_CLUSTER = 'BBBBBBBBBBBBBBBBBBBBBB';

const isReady = async ({ admin }: NodeFiles): Promise<boolean> => {
  try {
    return (await fetch(`http://${admin}/readyz`)).status === 200;
  } catch {
    return false;
  }
};
