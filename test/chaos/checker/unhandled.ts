import type { Anomaly } from './anomaly.ts';
import type { Operation } from './history.ts';
import type { Indexed } from './key-log.ts';

/**
 * A record that its group is past, and that no member handled: what a commit says is done, and what
 * a group that has drained its partitions must have done.
 */
export const findUnhandled = (history: Indexed): Anomaly[] => {
  const groups = new Map<string, GroupWork>();
  const anomalies: Anomaly[] = [];
  for (const operation of history.operations) {
    const group = groupOf(operation);
    if (group === undefined) continue;
    const work = groups.get(group) ?? new GroupWork(group, history);
    groups.set(group, work);
    anomalies.push(...work.on(operation));
  }
  return anomalies;
};

const groupOf = (operation: Operation): string | undefined =>
  operation.f === 'send' || operation.f === 'assign' ? undefined : operation.group;

/** One partition's records in their order, and how far a group is known to be past them. */
interface Progress {
  readonly offsets: readonly number[];
  readonly handled: Set<number>;
  /** How many of `offsets` were looked at. */
  pastCount: number;
  /** The group was told to go on there: what lies below was not for it. */
  skippedTo: number;
}

class GroupWork {
  readonly #group: string;
  readonly #history: Indexed;
  readonly #progress = new Map<string, Progress>();

  constructor(group: string, history: Indexed) {
    this.#group = group;
    this.#history = history;
  }

  on(operation: Operation): Anomaly[] {
    switch (operation.f) {
      case 'poll':
        for (const { key, records } of operation.polled) {
          const { handled } = this.#of(key);
          for (const [offset] of records) handled.add(offset);
        }
        return [];
      case 'commit': {
        const { type, offsets, isReset = false, process } = operation;
        if (type !== 'invoke') return [];
        if (isReset) for (const { key, offset } of offsets) this.#skip(key, offset);
        return offsets.flatMap(({ key, offset }) => this.#goPast(key, offset, process));
      }
      case 'committed': {
        const { type, offsets, process } = operation;
        if (type !== 'ok') return [];
        return offsets.flatMap(({ key, offset = 0 }) => this.#goPast(key, offset, process));
      }
      case 'drained':
        return operation.keys.flatMap((key) => this.#atEnd(key));
      default:
        return [];
    }
  }

  #skip(key: string, offset: number): void {
    const progress = this.#of(key);
    progress.skippedTo = Math.max(progress.skippedTo, offset);
  }

  /** All known records below it must have been handled by now. */
  #goPast(key: string, endOffset: number, process: string): Anomaly[] {
    const anomalies: Anomaly[] = [];
    const progress = this.#of(key);
    const { offsets, handled } = progress;
    for (; progress.pastCount < offsets.length; progress.pastCount += 1) {
      const offset = offsets[progress.pastCount] ?? endOffset;
      if (offset >= endOffset) break;
      if (offset < progress.skippedTo || handled.has(offset)) continue;
      const detail = `${process} has ${endOffset} committed for ${this.#group}, which handled no ${offset}`;
      anomalies.push({ kind: 'unhandled', key, detail });
    }
    return anomalies;
  }

  #atEnd(key: string): Anomaly[] {
    const { handled, skippedTo, pastCount, offsets } = this.#of(key);
    const checkedTo = offsets[pastCount] ?? Number.POSITIVE_INFINITY;
    return this.#history.writesOf(key).flatMap(({ type, value, offset = NOWHERE }): Anomaly[] => {
      const isDone = offset < Math.max(skippedTo, checkedTo) || handled.has(offset);
      if (type !== 'ok' || offset === NOWHERE || isDone) return [];
      const detail = `${value}, acknowledged at ${offset}, was handled by no member of ${this.#group}`;
      return [{ kind: 'unhandled', key, detail }];
    });
  }

  #of(key: string): Progress {
    const known = this.#progress.get(key);
    if (known !== undefined) return known;
    const offsets = [...this.#history.logOf(key).valuesByOffset.keys()].sort((a, b) => a - b);
    const progress = { offsets, handled: new Set<number>(), pastCount: 0, skippedTo: 0 };
    this.#progress.set(key, progress);
    return progress;
  }
}

const NOWHERE = -1;
