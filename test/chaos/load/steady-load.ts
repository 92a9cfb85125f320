import { setTimeout as sleep } from 'node:timers/promises';
import type { OttlaClient } from '../../../src/client/client.ts';

const PAUSE_MS = 20;
/** A reader that hears nothing for so long has read all, once it has as many as it must. */
const QUIET_MS = 1000;
const LIMIT_MS = 60_000;

/** One record a partition and moment; each is acknowledged before the next. */
export class SteadyLoad {
  readonly acknowledged: string[] = [];
  readonly #longestGapsMs: number[];
  #isOver = false;
  readonly #work: Promise<unknown>;

  /** `padBytes`: so much longer is every value. */
  constructor(client: OttlaClient, partitionCount: number, { padBytes = 0 } = {}) {
    const producer = client.producer({ acks: 'all', lingerMs: 0 });
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    this.#longestGapsMs = partitions.map(() => 0);
    const padding = '.'.repeat(padBytes);
    this.#work = Promise.all(
      partitions.map(async (partition) => {
        let lastMs = performance.now();
        for (let at = 0; !this.#isOver; at += 1) {
          const value = `${partition}:${at}${padding}`;
          await producer.send({ topic: 't', partition, value });
          this.acknowledged.push(value);
          const gapMs = performance.now() - lastMs;
          lastMs += gapMs;
          this.#longestGapsMs[partition] = Math.max(this.#longestGapsMs[partition] ?? 0, gapMs);
          await sleep(PAUSE_MS);
        }
      }),
    ).then(() => producer.close());
    // Whoever ends it hears of a failure.
    this.#work.catch(() => {});
  }

  /** The longest time between two acknowledgements of one partition, since this was last asked. */
  takeGapMs(): number {
    return Math.max(...this.takeGapsMs());
  }

  /** By partition. */
  takeGapsMs(): number[] {
    const gapsMs = this.#longestGapsMs.map(Math.round);
    this.#longestGapsMs.fill(0);
    return gapsMs;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }
}

/** Values of up to `maxBytes` from the first record on; it ends when nothing comes any more. */
export const readBack = async (
  client: OttlaClient,
  { leastCount, maxBytes = 64 }: { readonly leastCount: number; readonly maxBytes?: number },
): Promise<string[]> => {
  const found: string[] = [];
  const reader = client.reader({ topic: 't', from: 'earliest' });
  let limit = setTimeout(() => void reader.close(), LIMIT_MS);
  for await (const { value } of reader) {
    if ((value?.length ?? 0) <= maxBytes) found.push(Buffer.from(value ?? []).toString());
    if (found.length < leastCount) continue;
    clearTimeout(limit);
    limit = setTimeout(() => void reader.close(), QUIET_MS);
  }
  clearTimeout(limit);
  return found;
};
