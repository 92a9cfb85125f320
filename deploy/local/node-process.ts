import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodePorts, NodeShape } from './layout.ts';
import { OTTLA } from './layout.ts';
import type { ProcessState } from './process-record.ts';
import { forgetProcess, processState, recordProcess } from './process-record.ts';

export interface NodeProcessOptions {
  readonly node: NodeShape;
  readonly directory: string;
  readonly ports: NodePorts;
  /** The node stops by itself when this process ends, however it ends; by default it lives on. */
  readonly endsWithParent?: boolean;
  /** Where its listeners are; left out: on this machine's loopback. */
  readonly host?: string;
}

/** What `/readyz` answered. */
export interface Readiness {
  readonly isReady: boolean;
  /** Its page, as text. */
  readonly detail: string;
}

const LOOPBACK = '127.0.0.1';
const POLL_MS = 20;
const PROBE_TIMEOUT_MS = 1000;
const LOG_TAIL_LINES = 5;

/** One node of a local cluster: its files and its process. */
export class NodeProcess {
  readonly node: NodeShape;
  readonly directory: string;
  readonly ports: NodePorts;
  readonly #endsWithParent: boolean;
  readonly host: string;

  constructor(options: NodeProcessOptions) {
    this.node = options.node;
    this.directory = options.directory;
    this.ports = options.ports;
    this.#endsWithParent = options.endsWithParent ?? false;
    this.host = options.host ?? LOOPBACK;
  }

  get configPath(): string {
    return join(this.directory, 'server.properties');
  }

  get logDir(): string {
    return join(this.directory, 'data');
  }

  get logPath(): string {
    return join(this.directory, 'log');
  }

  get state(): ProcessState {
    return processState(this.directory);
  }

  /** Writes the configuration unless it is there: it may have been changed by hand. */
  writeConfig(text: string): void {
    mkdirSync(this.directory, { recursive: true });
    if (!existsSync(this.configPath)) writeFileSync(this.configPath, text);
  }

  /** Formats the data directory; one that this node has already is fine. */
  async format(clusterId: string): Promise<void> {
    const words = ['format', '--config', this.configPath, '--cluster-id', clusterId];
    const { status, stderr } = await runOttla([...words, '--ignore-formatted']);
    if (status !== 0) throw new Error(stderr.trim());
  }

  /** The program that is the node, and its words. */
  protected command(): string[] {
    const words = [process.execPath, OTTLA, 'start', '--config', this.configPath];
    return this.#endsWithParent ? [...words, '--stop-on-stdin-end'] : words;
  }

  /** Starts the process, detached from this terminal; its output goes to the log file. */
  spawn(): number {
    const log = openSync(this.logPath, 'a');
    try {
      const [program = '', ...words] = this.command();
      const child = spawn(program, words, {
        detached: true,
        stdio: [this.#endsWithParent ? 'pipe' : 'ignore', log, log],
      });
      child.on('error', () => {});
      child.unref();
      holdOpen(child);
      if (child.pid === undefined) throw new Error(`node ${this.node.nodeId}: cannot be started`);
      recordProcess(this.directory, child.pid);
      return child.pid;
    } finally {
      closeSync(log);
    }
  }

  /** Waits for `/readyz`; throws with the end of the log when the process ends or time is up. */
  async waitReady(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { isReady, detail } = await this.readiness();
      if (isReady) return;
      const { nodeId } = this.node;
      if (this.state.kind !== 'alive') {
        throw new Error(`node ${nodeId} has ended: ${this.#logTail()}`);
      }
      if (Date.now() > deadline) {
        throw new Error(
          `node ${nodeId} is not ready after ${timeoutMs / 1000} s (${detail}); see ${this.logPath}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  async readiness(): Promise<Readiness> {
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const answer = await fetch(`http://${this.host}:${this.ports.admin}/readyz`, { signal });
      return { isReady: answer.status === 200, detail: (await answer.text()).trim() };
    } catch {
      return { isReady: false, detail: 'no answer on its admin port' };
    }
  }

  /** Sends a signal to the process; false when there is none. */
  signal(signal: NodeJS.Signals): boolean {
    const { state } = this;
    if (state.kind !== 'alive') return false;
    process.kill(state.pid, signal);
    return true;
  }

  /** Waits for the end of the process; false when it still runs after `timeoutMs`. */
  async waitEnded(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (this.state.kind === 'alive') {
      if (Date.now() > deadline) return false;
      await sleep(POLL_MS);
    }
    forgetProcess(this.directory);
    return true;
  }

  #logTail(): string {
    const lines = readFileSync(this.logPath, 'utf8').trimEnd().split('\n');
    return lines.slice(-LOG_TAIL_LINES).join(' | ');
  }
}

/** The pipe ends with this process; nothing is written to it, and it keeps nobody waiting. */
const holdOpen = ({ stdin }: ChildProcess): void => {
  stdin?.on('error', () => {});
  (stdin as Socket | null)?.unref();
};

export interface OttlaResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line and gives what it wrote. */
export const runOttla = (words: readonly string[]): Promise<OttlaResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [OTTLA, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, stdout, stderr }));
  });
