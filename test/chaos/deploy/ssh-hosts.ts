import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import type { Machines, Outcome } from './machines.ts';
import { whyNoMachines } from './machines.ts';

const SSHD = '/usr/sbin/sshd';
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const TSX = ['--import', import.meta.resolve('tsx')];

/** Undefined where hosts with an ssh server can be made. */
export const whyNoSshHosts = (): string | undefined =>
  whyNoMachines() ?? (existsSync(SSHD) ? undefined : 'openssh-server is not installed');

/** Machines with an ssh server each, by keys and configuration of the test's own. */
export class SshHosts {
  readonly #machines: Machines;
  readonly #directory: string;

  constructor(machines: Machines, directory: string) {
    this.#machines = machines;
    this.#directory = directory;
    mkdirSync(directory);
    for (const name of ['host', 'user']) this.#makeKey(name);
    const names = machines.names.join(',');
    const hostKey = readFileSync(this.#at('host.pub'), 'utf8');
    writeFileSync(this.#at('known_hosts'), `${names} ${hostKey}`);
    writeFileSync(this.serverConfig, this.#serverText());
    writeFileSync(this.#at('ssh_config'), this.#clientConfig());
  }

  /** What `ssh` is given so that it finds and trusts these hosts, and nothing else. */
  get sshWords(): string[] {
    return ['-F', this.#at('ssh_config')];
  }

  get serverConfig(): string {
    return this.#at('sshd_config');
  }

  /** Starts a host; resolves when its ssh server answers. By default that is all it runs. */
  async boot(name: string, command = [SSHD, '-D', '-f', this.serverConfig]): Promise<void> {
    this.#machines.boot(name, command);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while ((await this.ssh(name, 'true')).status !== 0) {
      if (Date.now() > deadline) throw new Error(`${name} has no ssh server`);
      await sleep(POLL_MS);
    }
  }

  ssh(name: string, command: string): Promise<Outcome> {
    return this.#machines.run(['ssh', ...this.sshWords, name, command]);
  }

  /** `make deploy` without the build. */
  deploy(words: readonly string[]): Promise<Outcome> {
    const program = [process.execPath, ...TSX, join(REPOSITORY, 'deploy', 'remote.ts')];
    return this.#machines.run([...program, `--ssh=${this.sshWords.join(' ')}`, ...words]);
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }

  #makeKey(name: string): void {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.#at(name)]);
  }

  #serverText(): string {
    return [
      `HostKey ${this.#at('host')}`,
      `AuthorizedKeysFile ${this.#at('user.pub')}`,
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'UseDNS no',
      'PidFile none',
      '',
    ].join('\n');
  }

  #clientConfig(): string {
    return [
      'User root',
      `IdentityFile ${this.#at('user')}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${this.#at('known_hosts')}`,
      'StrictHostKeyChecking yes',
      '',
    ].join('\n');
  }
}
