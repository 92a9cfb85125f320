import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConsumerOptions } from '../../src/index.ts';

export interface MemberPlan
  extends Pick<
    ConsumerOptions,
    | 'groupId'
    | 'instanceId'
    | 'assignors'
    | 'offsetReset'
    | 'sessionTimeoutMs'
    | 'heartbeatIntervalMs'
  > {
  readonly bootstrap: string;
  readonly topic: string;
  readonly handlerMs?: number;
  /** Its process starts at once, and joins the group at `join()`. */
  readonly joinsWhenTold?: boolean;
}

export type Handled = readonly [partition: number, offset: number, atMs: number];

/** What a member hears of its partitions. */
export interface Change {
  readonly assigned?: readonly number[];
  readonly revoked?: readonly number[];
  readonly lost?: readonly number[];
  readonly atMs: number;
}

type Told = Change | { readonly handled: readonly Handled[] } | { readonly isReady: true };

/** A member in a process of its own: it can be killed. */
export class MemberProcess {
  readonly handled: Handled[] = [];
  readonly changes: Change[] = [];
  /** Its process has loaded the program. */
  isReady = false;
  readonly #child: ReturnType<typeof spawn>;
  readonly #ended: Promise<void>;
  #isEnded = false;

  constructor(plan: MemberPlan) {
    const script = fileURLToPath(new URL('member.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => {
        this.#isEnded = true;
        resolve();
      });
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  /** Empty once its process has ended. */
  get share(): ReadonlySet<number> {
    const share = new Set<number>();
    if (this.#isEnded) return share;
    for (const { assigned = [], revoked = [], lost = [] } of this.changes) {
      for (const partition of assigned) share.add(partition);
      for (const partition of [...revoked, ...lost]) share.delete(partition);
    }
    return share;
  }

  join(): void {
    this.#child.stdin?.write('join\n');
  }

  /** Leaves in good order. */
  async leave(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #hear(told: Told): void {
    if ('isReady' in told) this.isReady = true;
    else if ('handled' in told) this.handled.push(...told.handled);
    else this.changes.push(told);
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with the ms it took until the condition held; throws when it does not in time. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<number> => {
  const begunMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - begunMs > withinMs) throw new Error(`not in time: ${what}`);
    await sleep(10);
  }
  return performance.now() - begunMs;
};
