import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../local/layout.ts';
import type { HostFacts } from './facts.ts';
import type { DeployRequest } from './request.ts';
import type { ProgramResult } from './run-program.ts';
import { runProgram } from './run-program.ts';
import type { Step } from './steps.ts';

/** What a host is asked about. */
export interface Question {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly listeners: Readonly<Record<string, string>>;
}

const INSPECT = join(REPOSITORY, 'deploy', 'remote', 'on-host', 'inspect.cjs');
const SSH_FAILED = 255;
const NO_SUCH_PROGRAM = 127;
/** What was given by hand comes first, and wins. */
const SSH_DEFAULTS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'];

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A host, by the `ssh` of this machine: one connection a command. */
export class RemoteHost {
  readonly name: string;
  readonly #request: DeployRequest;

  constructor(name: string, request: DeployRequest) {
    this.name = name;
    this.#request = request;
  }

  /** What is there; throws with one line where the host, or Node on it, is not to be had. */
  async inspect(question: Question): Promise<HostFacts> {
    const { nodeCommand } = this.#request;
    const command = `exec ${nodeCommand} - ${quoted(JSON.stringify(question))}`;
    const result = await this.#run(command, readFileSync(INSPECT));
    const { status, stdout } = result;
    if (status === 0) return JSON.parse(stdout.toString()) as HostFacts;
    if (status === NO_SUCH_PROGRAM) {
      throw new Error(
        `${this.name}: there is no '${nodeCommand}': install Node 20.19 or newer, or name it with --node`,
      );
    }
    throw this.#failure('looking at it', result);
  }

  async perform({ title, script, input }: Step): Promise<void> {
    const result = await this.#run(`set -eu\n${script}`, (await input?.read()) ?? '');
    if (result.status !== 0) throw this.#failure(title, result);
  }

  /** JSON of `ottla cluster status`, as the node of this host tells it; undefined if it does not. */
  async clusterStatus(nodePath: string): Promise<string | undefined> {
    const script = [
      `cd ${this.#request.directory}/current`,
      // It may still listen where its last configuration said.
      "client=$(sed -nE 's|^listeners=.*CLIENT://([^,]+).*|\\1|p' server.properties)",
      `exec ${nodePath} program/bin/ottla cluster status --json --bootstrap "$client"`,
    ];
    const { status, stdout } = await this.#run(script.join('\n'), '');
    return status === 0 ? stdout.toString() : undefined;
  }

  /** As `perform` does it, for a person. */
  commandLine(step: Step): string {
    const input = step.input === undefined ? '' : ` <<< (${step.input.name})`;
    return `ssh ${this.#target().join(' ')} ${this.#shell()}${input}`;
  }

  #target(): string[] {
    const { user, sshWords } = this.#request;
    const login = user === undefined ? [] : ['-l', user];
    return [...sshWords, ...SSH_DEFAULTS, ...login, '--', this.name];
  }

  #shell(): string {
    return this.#request.hasSudo ? 'sudo -n sh -c' : 'sh -c';
  }

  #run(script: string, input: Uint8Array | string): Promise<ProgramResult> {
    return runProgram('ssh', [...this.#target(), `${this.#shell()} ${quoted(script)}`], { input });
  }

  #failure(what: string, { status, stderr }: ProgramResult): Error {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    if (status === SSH_FAILED) return new Error(`${this.name}: cannot be reached by ssh: ${said}`);
    return new Error(`${this.name}: ${what} failed (status ${status}): ${said}`);
  }
}
