import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';

export const TOPIC = 't';
export const PARTITIONS = 6;
const PAUSE_MS = 10;
const READ_LIMIT_MS = 30_000;

/**
 * One record a partition and moment, with acks=all, each acknowledged before the next; and a group
 * of two that reads and commits all the while. It goes on whatever becomes of the cluster.
 */
export class Load {
  readonly acknowledged: string[] = [];
  readonly #acknowledgedOf = Array.from({ length: PARTITIONS }, () => 0);
  readonly consumed = new Set<string>();
  readonly #clients: readonly OttlaClient[];
  readonly #work: Promise<unknown>;
  readonly #reading: Promise<unknown>;
  readonly #closers: Array<() => Promise<void>> = [];
  #isOver = false;

  constructor(bootstrap: string) {
    this.#clients = [connect({ bootstrap }), connect({ bootstrap }), connect({ bootstrap })];
    const [writer, ...readers] = this.#clients;
    this.#work = writer === undefined ? Promise.resolve() : this.#write(writer);
    this.#work.catch(() => undefined);
    this.#reading = Promise.all(readers.map((client) => this.#read(client)));
    this.#reading.catch(() => undefined);
  }

  /** Resolves when every partition has taken this many more, and the group has read as many. */
  async progress(count: number): Promise<void> {
    const wanted = this.#acknowledgedOf.map((each) => each + count);
    const consumedCount = this.consumed.size + count;
    const isThere = (): boolean =>
      this.#acknowledgedOf.every((each, partition) => each >= (wanted[partition] ?? 0)) &&
      this.consumed.size >= consumedCount;
    const endMs = performance.now() + READ_LIMIT_MS;
    while (!isThere()) {
      if (performance.now() > endMs) throw new Error(`no progress: ${this.#describe()}`);
      await Promise.race([sleep(20), this.#work, this.#reading]);
    }
  }

  /** Ends it, and resolves when the group has read all that was acknowledged. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#work;
    const endMs = performance.now() + READ_LIMIT_MS;
    while (this.acknowledged.some((value) => !this.consumed.has(value))) {
      if (performance.now() > endMs) throw new Error(`not all is consumed: ${this.#describe()}`);
      await sleep(50);
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.#isOver = true;
    for (const close of this.#closers.splice(0)) await close();
    await Promise.allSettled([this.#work, this.#reading]);
    for (const client of this.#clients) await client.close();
  }

  #describe(): string {
    return `${this.#acknowledgedOf.join(', ')} acknowledged, ${this.consumed.size} consumed`;
  }

  async #write(client: OttlaClient): Promise<void> {
    const producer = client.producer({ acks: 'all', lingerMs: 0 });
    this.#closers.push(() => producer.close());
    const writePartition = async (partition: number): Promise<void> => {
      for (let at = 0; !this.#isOver; at += 1) {
        const value = `${partition}:${at}`;
        await producer.send({ topic: TOPIC, partition, value });
        this.acknowledged.push(value);
        this.#acknowledgedOf[partition] = at + 1;
        await sleep(PAUSE_MS);
      }
    };
    await Promise.all(Array.from({ length: PARTITIONS }, (_, each) => writePartition(each)));
  }

  async #read(client: OttlaClient): Promise<void> {
    const consumer = client.consumer({ topics: [TOPIC], groupId: 'g', offsetReset: 'earliest' });
    this.#closers.push(() => consumer.close());
    for await (const { value } of consumer) {
      this.consumed.add(Buffer.from(value ?? []).toString());
    }
  }
}

/** Every value of the topic, in the order of each partition. */
export const readAll = async (bootstrap: string, least: number): Promise<string[]> => {
  await using client = connect({ bootstrap });
  const found: string[] = [];
  const reader = client.reader({ topic: TOPIC, from: 'earliest' });
  let limit = setTimeout(() => void reader.close(), READ_LIMIT_MS);
  for await (const { value } of reader) {
    found.push(Buffer.from(value ?? []).toString());
    if (found.length < least) continue;
    clearTimeout(limit);
    limit = setTimeout(() => void reader.close(), 500);
  }
  clearTimeout(limit);
  return found;
};
