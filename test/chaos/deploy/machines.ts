import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const HUB_SCRIPT = fileURLToPath(new URL('hub.sh', import.meta.url));
const MACHINE_SCRIPT = fileURLToPath(new URL('machine.sh', import.meta.url));

/** All that is done with the kernel, in namespaces that are gone at once. */
const TRIAL = `
  mount -t tmpfs tmpfs /run && mkdir /run/netns /run/a /run/b && ip netns add trial
  mount -t overlay -o lowerdir=/etc,upperdir=/run/a,workdir=/run/b overlay /etc`;

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Undefined where machines can be made; else what is missing, for a person. */
export const whyNoMachines = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'this user is not root';
  const { status } = spawnSync('unshare', ['--net', '--uts', ...NAMESPACES, 'sh', '-ec', TRIAL]);
  return status === 0 ? undefined : 'namespaces and overlays cannot be used (iproute2 is needed)';
};

const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((it) => it !== '')
    .map(Number);

/**
 * Hosts on a network, each with an address, files under /etc, /opt and /var/lib, and processes of its
 * own. All is in namespaces that end with this process, however that ends.
 */
export class Machines {
  readonly names: readonly string[];
  readonly #directory: string;
  readonly #anchor: ChildProcess;
  #pid = 0;

  /** Names may have further ones behind them: `a=b,c`. */
  private constructor(directory: string, names: readonly string[]) {
    this.names = names.map((name) => name.replace(/=.*/, ''));
    this.#directory = directory;
    const words = ['--net', ...NAMESPACES, 'sh', HUB_SCRIPT, directory, ...names];
    this.#anchor = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  static async make(directory: string, names: readonly string[]): Promise<Machines> {
    const machines = new Machines(directory, names);
    await machines.#ready();
    return machines;
  }

  async #ready(): Promise<void> {
    const { stdout, pid } = this.#anchor;
    if (stdout === null) throw new Error('the network has no output');
    const ended = once(this.#anchor, 'exit').then(() => {
      throw new Error('the network of the test could not be made');
    });
    await Promise.race([once(stdout, 'data'), ended]);
    ended.catch(() => {});
    this.#pid = childrenOf(pid)[0] ?? 0;
  }

  /** Where a host's `/etc`, `/opt` and `/var/lib` are, for `run`: what is there before its start stays. */
  filesOf(name: string): string {
    return join(this.#directory, name);
  }

  /** Starts a host; what it runs is its first process, and all others end with it. */
  boot(name: string, command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const directory = this.filesOf(name);
    const inside = ['ip', 'netns', 'exec', name, 'unshare', '--uts', ...NAMESPACES];
    const words = [...inside, 'sh', MACHINE_SCRIPT, directory, name, ...command];
    return this.spawn(words, { stdio: ['ignore', 'ignore', 'ignore'], ...options });
  }

  /** Sends a signal to the first process of a host that `boot` gave. */
  signal(host: ChildProcess, signal: NodeJS.Signals): void {
    const [unshare] = childrenOf(host.pid);
    const [first] = childrenOf(unshare);
    if (first === undefined) throw new Error('the host has no process');
    process.kill(first, signal);
  }

  /** A process at the clients' place of the network. */
  spawn(command: readonly string[], options: SpawnOptions): ChildProcess {
    const into = ['--target', String(this.#pid), '--net', '--mount', '--pid', '--'];
    return spawn('nsenter', [...into, ...command], options);
  }

  /** Runs a program at the clients' place to its end. */
  async run(command: readonly string[], input = ''): Promise<Outcome> {
    const child = this.spawn(command, { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.on('error', () => {}).end(input);
    const [status] = (await once(child, 'close')) as [number | null];
    return { status: status ?? 1, stdout, stderr };
  }

  /** Resolves when no process of any host is left. */
  async close(): Promise<void> {
    if (this.#anchor.exitCode !== null) return;
    const ended = once(this.#anchor, 'exit');
    this.#anchor.stdin?.end();
    await ended;
  }
}
