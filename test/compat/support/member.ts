import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Partition, offset and text of a record. */
export type ReadRecord = readonly [partition: number, offset: number, value: string];

/** What a member's program says, a line each. */
interface Told {
  readonly assigned?: readonly number[];
  readonly revoked?: readonly number[];
  readonly read?: ReadRecord;
  readonly fenced?: boolean;
  readonly left?: boolean;
  readonly failed?: string;
}

/** A member of a group, whoever made it. */
export interface GroupMember {
  readonly assigned: readonly number[];
  readonly read: readonly ReadRecord[];
  /** The end of what it complained of. */
  readonly errors: string;
  /** In good order; resolves when it has left. */
  leave(): Promise<void>;
}

/** A member in a process of its own. */
export class Member implements GroupMember {
  /** One entry a generation. */
  readonly assignments: (readonly number[])[] = [];
  /** One entry a time that partitions were taken from it, where its program says so. */
  readonly revoked: (readonly number[])[] = [];
  readonly read: ReadRecord[] = [];
  hasLeft = false;
  /** Another has its `group.instance.id`. */
  isFenced = false;
  readonly #child: ReturnType<typeof spawn>;
  readonly #ended: Promise<void>;
  #errors = '';

  constructor([program = '', ...words]: readonly string[]) {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.on('close', () => resolve());
    });
    // A program that is not there is told of with what a program says.
    child.on('error', ({ message }) => {
      this.#errors += message;
    });
    // Not there, or gone: that it says nothing any more tells.
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => this.#keepError(String(chunk)));
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  get assigned(): readonly number[] {
    return this.assignments.at(-1) ?? [];
  }
  /** The end of what its program complained of. */
  get errors(): string {
    return this.#errors;
  }

  /** Leaves the group in good order; resolves when its process has ended. */
  async leave(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #keepError(text: string): void {
    this.#errors = `${this.#errors}${text}`.slice(-2000);
  }

  #hear({ assigned, revoked, read, fenced, left, failed }: Told): void {
    if (revoked !== undefined) this.revoked.push(revoked);
    if (fenced === true) this.isFenced = true;
    if (assigned !== undefined) this.assignments.push([...assigned].sort((a, b) => a - b));
    if (read !== undefined) this.read.push(read);
    if (left === true) this.hasLeft = true;
    if (failed !== undefined) this.#keepError(`${failed}\n`);
  }
}

const STEP_MS = 50;

/** Resolves when the condition holds; throws with `describe` when it does not in time. */
export const until = async (
  condition: () => boolean,
  describe: () => string,
  withinMs = 30_000,
): Promise<void> => {
  const endMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
};
