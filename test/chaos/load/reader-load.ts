import { setTimeout as sleep } from 'node:timers/promises';
import type { ReaderBatch } from '../../../src/index.ts';
import { connect, OttlaError, string } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { keyOf, PARTITION_COUNT, TOPIC } from '../run-settings.ts';
import type { Recorder } from './recorder.ts';
import { numberOf } from './values.ts';

export type TextBatch = ReaderBatch<string, string>;

export interface ReaderLoadOptions {
  readonly name: string;
  readonly bootstrap: string;
  readonly recorder: Recorder;
  readonly random: SeededRandom;
  /** The client is made anew about this often, sometimes from the beginning; 0 for never. */
  readonly restartEveryMs: number;
  /** A broker waits for so much before it answers, for as long as readers wait by default. */
  readonly minBytes: number;
}

export const KEYS: readonly string[] = Array.from({ length: PARTITION_COUNT }, (_, at) =>
  keyOf(at),
);
const RETRY_MS = 200;
/** Of the restarts that go back to the beginning. */
const FROM_START = [1, 3] as const;

/** Notes a batch as polled; a record that no one sent is a failure of its own. */
export const notePolled = (
  recorder: Recorder,
  process: string,
  batch: TextBatch,
  how: { readonly group?: string; readonly type?: 'ok' | 'info' } = {},
): void => {
  const records = batch.records.map(({ offset, value }) => {
    const number = numberOf(value ?? '');
    if (number === undefined) {
      const at = `${batch.topic}-${batch.partition} offset ${offset}`;
      recorder.addFailure(`${at} holds what no one sent: ${JSON.stringify(value?.slice(0, 60))}`);
    }
    return [offset, String(number ?? 'damaged')] as const;
  });
  const polled = [{ key: keyOf(batch.partition), records }];
  recorder.add({ f: 'poll', type: 'ok', ...how, process, timeMs: recorder.nowMs(), polled });
};

/** Reads all partitions by assignment and keeps its own positions. */
export class ReaderLoad {
  readonly #options: ReaderLoadOptions;
  /** Next offset by partition. */
  #positions = new Map<number, number>();
  #life = 0;
  #leave = new AbortController();
  #isStopping = false;

  constructor(options: ReaderLoadOptions) {
    this.#options = options;
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    this.#assign();
    while (!this.#isStopping) {
      this.#leave = new AbortController();
      const timer = this.#restartTimer();
      try {
        await this.#readOnce(this.#leave.signal);
      } catch (error) {
        this.#onError(error);
        await sleep(RETRY_MS);
      } finally {
        clearTimeout(timer);
      }
      if (this.#options.random.chance(...FROM_START)) this.#assign();
    }
  }

  stop(): void {
    this.#isStopping = true;
    this.#leave.abort();
  }

  /** Another process takes over, from the beginning. */
  #assign(): void {
    const { recorder } = this.#options;
    this.#life += 1;
    this.#positions = new Map();
    const process = this.#process;
    recorder.add({ f: 'assign', type: 'ok', process, timeMs: recorder.nowMs(), keys: KEYS });
  }

  get #process(): string {
    return `${this.#options.name}.${this.#life}`;
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { bootstrap, recorder, minBytes } = this.#options;
    await using client = connect({ bootstrap });
    await using reader = client.reader({
      assignments: KEYS.map((_, partition) => ({
        topic: TOPIC,
        partition,
        from: { offset: this.#positions.get(partition) ?? 0 },
      })),
      deserializers: { key: string, value: string },
      minBytes,
      signal,
    });
    for await (const batch of reader.batches()) {
      notePolled(recorder, this.#process, batch);
      this.#positions.set(batch.partition, batch.nextOffset);
      if (signal.aborted) return;
    }
  }

  #restartTimer(): NodeJS.Timeout | undefined {
    const { restartEveryMs, random } = this.#options;
    if (restartEveryMs === 0) return undefined;
    const leave = this.#leave;
    const afterMs = restartEveryMs / 2 + random.below(restartEveryMs);
    return setTimeout(() => leave.abort(), afterMs);
  }

  #onError(error: unknown): void {
    const { recorder, name } = this.#options;
    if (!(error instanceof OttlaError)) throw error;
    if (error.code === 'OFFSET_OUT_OF_RANGE') {
      recorder.addFailure(`${name}: what it had read is gone: ${error.message}`);
      this.#assign();
    } else if (!error.retriable) recorder.addFailure(`${name}: ${error.code}: ${error.message}`);
  }
}
