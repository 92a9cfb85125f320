export type Labels = Readonly<Record<string, string>>;

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

export interface Counter {
  add(amount: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** One reading of a gauge. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

/** Metrics. Asking twice for one name gives the same metric. */
export interface Meter {
  counter(options: MetricOptions): Counter;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
  /** A gauge read when scraped; it replaces an earlier reader of the same name. */
  gauge(options: MetricOptions, read: () => readonly Sample[]): void;
}

const nothing = (): void => {};

/** Counts nothing. */
export const silentMeter: Meter = {
  counter: () => ({ add: nothing }),
  histogram: () => ({ observe: nothing }),
  gauge: nothing,
};
