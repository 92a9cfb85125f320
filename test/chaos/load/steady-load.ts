import { setTimeout as sleep } from 'node:timers/promises';
import type { OttlaClient } from '../../../src/client/client.ts';

const PAUSE_MS = 20;
/** A reader that hears nothing for so long has read all, once it has as many as it must. */
const QUIET_MS = 1000;
const LIMIT_MS = 60_000;

/** One record a partition and moment; each is acknowledged before the next. */
export class SteadyLoad {
  readonly acknowledged: string[] = [];
  #longestGapMs = 0;
  #isOver = false;
  readonly #work: Promise<unknown>;

  constructor(client: OttlaClient, partitionCount: number) {
    const producer = client.producer({ acks: 'all', lingerMs: 0 });
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    this.#work = Promise.all(
      partitions.map(async (partition) => {
        let lastMs = performance.now();
        for (let at = 0; !this.#isOver; at += 1) {
          const value = `${partition}:${at}`;
          await producer.send({ topic: 't', partition, value });
          this.acknowledged.push(value);
          this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - lastMs);
          lastMs = performance.now();
          await sleep(PAUSE_MS);
        }
      }),
    ).then(() => producer.close());
  }

  /** The longest time between two acknowledgements of one partition, since this was last asked. */
  takeGapMs(): number {
    const gapMs = Math.round(this.#longestGapMs);
    this.#longestGapMs = 0;
    return gapMs;
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
