import type { Counter, Labels } from '../env/meter.ts';

/** Takes sums over: a counter of prom-client. */
export interface SumTarget {
  inc(labels: Labels, amount: number): void;
}

interface Sum {
  readonly labels: Labels;
  amount: number;
}

const NO_LABELS: Labels = {};

/**
 * What was added to a counter since the last scrape, by its labels. Counters are added to for every
 * batch, and prom-client looks all labels over each time.
 */
export class CounterSums implements Counter {
  readonly #labelNames: readonly string[];
  readonly #sums = new Map<string, Sum>();

  constructor(labelNames: readonly string[] = []) {
    this.#labelNames = labelNames;
  }

  add(amount: number, labels: Labels = NO_LABELS): void {
    const key = this.#keyOf(labels);
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { labels, amount });
    else sum.amount += amount;
  }

  /** Gives away all there is, each once: also where the target throws at one of them. */
  moveTo(target: SumTarget): void {
    for (const [key, { labels, amount }] of this.#sums) {
      this.#sums.delete(key);
      target.inc(labels, amount);
    }
  }

  #keyOf(labels: Labels): string {
    const [first, second] = this.#labelNames;
    if (first === undefined) return '';
    if (second === undefined) return labels[first] ?? '';
    return this.#labelNames.map((name) => labels[name] ?? '').join('\0');
  }
}
