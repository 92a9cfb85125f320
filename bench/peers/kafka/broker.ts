import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../../../test/compat/support/run.ts';
import type { KafkaJars } from './install.ts';
import type { PeerShape } from './properties.ts';
import { peerProperties } from './properties.ts';

/** What `kafka-server-start.sh` gives the JVM, with its heap of 1 GiB. */
const SERVER_FLAGS = [
  '-server',
  '-Xmx1G',
  '-Xms1G',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
];
const LOG_FLAGS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
const STOP_TIMEOUT_MS = 20_000;
const LOG_TAIL_LINES = 5;

export interface PeerBrokerOptions extends Omit<PeerShape, 'logDir'> {
  readonly jars: KafkaJars;
  /** Holds its configuration, its log and its data. */
  readonly directory: string;
}

/** One Kafka broker: its files and its process, which ends with this one. */
export class PeerBroker {
  readonly #options: PeerBrokerOptions;
  #child: ChildProcess | undefined;

  constructor(options: PeerBrokerOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get port(): number {
    return this.#options.ports[this.#options.nodeId - 1]?.kafka ?? 0;
  }

  /** Where the JVM tells of its collections. */
  get gcLog(): string {
    return join(this.#options.directory, 'gc.log');
  }

  async format(clusterId: string): Promise<void> {
    const { directory, jars } = this.#options;
    mkdirSync(directory, { recursive: true });
    const shape = { ...this.#options, logDir: join(directory, 'data') };
    writeFileSync(this.#config, peerProperties(shape));
    const words = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.#config];
    await mustRun(['java', ...LOG_FLAGS, '-cp', jars.classPath, ...words]);
  }

  start(): void {
    const log = openSync(this.#log, 'a');
    const { classPath } = this.#options.jars;
    // As `kafka-server-start.sh` has it, though with less in it.
    const flags = [...SERVER_FLAGS, `-Xlog:gc:file=${this.gcLog}`, ...LOG_FLAGS];
    const words = [...flags, '-cp', classPath, 'Peer', this.#config];
    // In a session of its own, as a node of ours is: the kernel shares processors out by sessions.
    const child = spawn('java', words, { stdio: ['pipe', log, log], detached: true });
    closeSync(log);
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
  }

  /** In order; by force after 20 s. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await once(child, 'exit');
    clearTimeout(force);
  }

  /** `kill -9`; returns once the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** For those who cannot wait. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  /** The last lines of its log. */
  logTail(): string {
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    return lines.slice(-LOG_TAIL_LINES).join(' | ');
  }

  get #config(): string {
    return join(this.#options.directory, 'server.properties');
  }

  get #log(): string {
    return join(this.#options.directory, 'log');
  }
}
