import { existsSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { Ceiling } from './ceiling.ts';
import type { Choice } from './choice.ts';
import type { MeasuredOn } from './keep.ts';
import { keep, measuredOn, resultPath } from './keep.ts';
import type { RowResult } from './result.ts';
import { judge } from './targets.ts';
import type { WarmUp } from './warm-memory.ts';

/** Of a run, beside its rows. */
export interface RunHead {
  readonly versions: { readonly kafka?: string; readonly java?: string };
  readonly loadBefore: number;
  readonly memoryBytes?: number;
  readonly pageCache?: WarmUp | undefined;
  /** Not there in runs before it was measured. */
  readonly ceiling?: Ceiling | undefined;
}

/** What `full.ts` keeps. */
export interface KeptRun extends MeasuredOn, RunHead {
  /** False where rows were left out, made shorter, or are still to come. */
  readonly isWhole?: boolean;
  readonly rows: readonly RowResult[];
}

/**
 * Keeps a run row by row: one that is interrupted leaves what it has in `NAME.partial.json`, marked
 * as not whole, and `NAME.json` as it was.
 */
export class RunKeeper {
  readonly #choice: Choice;
  readonly #head: RunHead;
  readonly #rows: RowResult[] = [];
  /** The same for all rows of a run: what is held against another has to be of one. */
  readonly #runAt = new Date().toISOString();

  #doneMs = performance.now();

  constructor(choice: Choice, head: RunHead) {
    this.#choice = choice;
    this.#head = head;
  }

  add(result: RowResult): void {
    const { commit } = measuredOn();
    const tookSeconds = Math.round((performance.now() - this.#doneMs) / 1000);
    this.#doneMs = performance.now();
    const from = { run: this.#runAt, commit, loadAfter: loadavg()[0] ?? 0, tookSeconds };
    this.#rows.push({ ...result, from });
    keep(this.#partial, { isWhole: false, ...this.#head, rows: this.#rows });
  }

  /** Returns all rows of the file. Targets are judged by whole rows only. */
  end(tail: { readonly loadAfter: number | undefined; readonly tookSeconds: number }): RowResult[] {
    const { out, isInto, isWhole } = this.#choice;
    const earlier = isInto ? readRun(out) : undefined;
    const rows = earlier === undefined ? this.#rows : replaced(earlier.rows, this.#rows);
    const head = earlier === undefined ? { ...this.#head, ...tail } : headOf(earlier);
    const whole = isInto ? earlier?.isWhole !== false : isWhole;
    keep(out, { ...head, isWhole: whole, rows });
    rmSync(resultPath(this.#partial), { force: true });
    if (whole) keep('targets', { run: out, targets: judge(rows) });
    return rows;
  }

  get #partial(): string {
    return `${this.#choice.out}.partial`;
  }
}

/** Throws where there is no such file. */
export const readRun = (name: string): KeptRun => {
  const path = resultPath(name);
  if (!existsSync(path)) throw new Error(`${path} is not there: name a file that bench-full wrote`);
  return JSON.parse(readFileSync(path, 'utf8')) as KeptRun;
};

/** Pure: rows in their places, each by the later run where that has it; new ones at the end. */
export const replaced = (
  earlier: readonly RowResult[],
  later: readonly RowResult[],
): RowResult[] => {
  const byName = new Map(later.map((result) => [result.name, result]));
  const known = new Set(earlier.map(({ name }) => name));
  return [
    ...earlier.map((result) => byName.get(result.name) ?? result),
    ...later.filter(({ name }) => !known.has(name)),
  ];
};

const headOf = ({ rows: _rows, ...head }: KeptRun): object => head;
