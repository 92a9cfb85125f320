import type * as Prom from 'prom-client';
import { assert } from '../base/assert.ts';
import type { Counter, Histogram, Labels, Meter, MetricOptions, Sample } from '../env/meter.ts';
import { CounterSums } from './counter-sums.ts';

type Library = typeof Prom;

/** Observations kept before prom-client is there; the next one loads it. */
const MAX_QUEUED = 10_000;

/** The library's own begin with 1, 10 and 100 ms: between these lies what a broker is late by. */
const GC_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1,
] as const;

const READ_FAILURES: MetricOptions = {
  name: 'ottla_metric_read_failures_total',
  help: 'Gauges that failed when they were read.',
  labelNames: ['metric'],
};

/**
 * Metrics on prom-client, each meter with a registry of its own. The library is loaded by the
 * first scrape, after the start; until then observations wait in a queue. Counters are summed here
 * between scrapes.
 */
export class PromMeter implements Meter {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #metrics = new Map<string, { readonly kind: string; readonly handle: unknown }>();
  readonly #gaugeReaders = new Map<string, () => readonly Sample[]>();
  readonly #withProcess: boolean;
  #queue: Array<(to: Target) => void> = [];
  #queuedUpdates = 0;
  #target: Target | undefined;
  #loading: Promise<Target> | undefined;

  /** `process` adds memory, CPU, event loop and garbage collection of this process. */
  constructor(options: { readonly process?: boolean } = {}) {
    this.#withProcess = options.process ?? true;
  }

  counter(options: MetricOptions): Counter {
    return this.#once('counter', options.name, () => {
      const sums = new CounterSums(options.labelNames);
      this.#whenLoaded((to) => {
        new to.library.Counter({
          ...promOptions(options),
          registers: [to.registry],
          collect(): void {
            sums.moveTo(this);
          },
        });
      });
      return sums;
    });
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    return this.#once('histogram', options.name, () => {
      const create = (to: Target): Prom.Histogram =>
        new to.library.Histogram({
          ...promOptions(options),
          buckets: [...options.buckets],
          registers: [to.registry],
        });
      const withHistogram = this.#late(create);
      return {
        observe: (value: number, labels?: Labels) =>
          withHistogram((histogram) =>
            labels === undefined ? histogram.observe(value) : histogram.observe(labels, value),
          ),
      };
    });
  }

  gauge(options: MetricOptions, read: () => readonly Sample[]): void {
    this.#gaugeReaders.set(options.name, read);
    this.#once('gauge', options.name, () => {
      const fill = (gauge: Prom.Gauge): void => this.#fill(options.name, gauge);
      this.#whenLoaded((to) => {
        new to.library.Gauge({
          ...promOptions(options),
          registers: [to.registry],
          collect(): void {
            fill(this);
          },
        });
      });
    });
  }

  /** Loads the library now; `render` does it otherwise. */
  async load(): Promise<void> {
    await this.#load();
  }

  /** All metrics in Prometheus' text format. */
  async render(): Promise<string> {
    const target = await this.#load();
    return target.registry.metrics();
  }

  /** A gauge that cannot be read shows no value, and the others stay. */
  #fill(name: string, gauge: Prom.Gauge): void {
    gauge.reset();
    try {
      for (const sample of this.#gaugeReaders.get(name)?.() ?? []) {
        gauge.set(sample.labels ?? {}, sample.value);
      }
    } catch {
      gauge.reset();
      this.counter(READ_FAILURES).add(1, { metric: name });
    }
  }

  #once<T>(kind: string, name: string, create: () => T): T {
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      assert(known.kind === kind, `metric ${name} is a ${known.kind}, not a ${kind}`);
      return known.handle as T;
    }
    const handle = create();
    this.#metrics.set(name, { kind, handle });
    return handle;
  }

  /** A metric that comes to be with the library: updates before that wait. */
  #late<T>(create: (to: Target) => T): (update: (metric: T) => void) => void {
    let metric: T | undefined;
    const ready = (to: Target): T => {
      metric ??= create(to);
      return metric;
    };
    this.#whenLoaded(ready);
    return (update) => {
      if (metric !== undefined) return update(metric);
      this.#whenLoaded((to) => update(ready(to)));
      this.#queuedUpdates += 1;
      if (this.#queuedUpdates > MAX_QUEUED) this.#load().catch(() => {});
    };
  }

  #whenLoaded(act: (to: Target) => void): void {
    if (this.#target === undefined) this.#queue.push(act);
    else act(this.#target);
  }

  #load(): Promise<Target> {
    this.#loading ??= this.#loadLibrary();
    return this.#loading;
  }

  async #loadLibrary(): Promise<Target> {
    const library = await import('prom-client');
    const target = { library, registry: new library.Registry() };
    if (this.#withProcess) {
      const register = target.registry;
      library.collectDefaultMetrics({ register, gcDurationBuckets: [...GC_BUCKETS_SECONDS] });
    }
    this.#target = target;
    for (const act of this.#queue) act(target);
    this.#queue = [];
    return target;
  }
}

interface Target {
  readonly library: Library;
  readonly registry: Prom.Registry;
}

const promOptions = (options: MetricOptions) => ({
  name: options.name,
  help: options.help,
  labelNames: [...(options.labelNames ?? [])],
});
