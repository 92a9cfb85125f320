import type { NewOperation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const KEYS = ['t-0', 't-1'];
const WRITER_COUNT = 3;

/** What a right cluster might show: logs by key, built as the clients go on. */
class RightCluster {
  readonly history = new History();
  readonly #random: SeededRandom;
  readonly #logs = new Map<string, string[]>(KEYS.map((key) => [key, []]));
  /** Where the next record of each key goes: control batches leave gaps. */
  readonly #offsets = new Map<string, number[]>(KEYS.map((key) => [key, []]));
  #timeMs = 0;
  #valueCount = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** One send, whose outcome may be lost to its sender, with or without having taken effect. */
  send(process: string): void {
    const key = this.#pick(KEYS);
    this.#valueCount += 1;
    const value = `v${this.#valueCount}`;
    const sent = [{ key, value }];
    const invocation = this.#add({ f: 'send', process, type: 'invoke', sent });
    const luck = this.#random.below(10);
    const isWritten = luck !== 0 && luck !== 1;
    const offset = isWritten ? this.#append(key, value) : undefined;
    const type = luck === 0 ? 'fail' : luck <= 2 ? 'info' : 'ok';
    const told = type === 'ok' && offset !== undefined ? [{ key, value, offset }] : sent;
    this.#add({ f: 'send', process, type, invocation, sent: told });
  }

  /** A reader from the start of every key to its end, in polls of some records. */
  readAll(process: string): void {
    this.#add({ f: 'assign', process, type: 'ok', keys: KEYS });
    for (const key of KEYS) {
      const values = this.#logs.get(key) ?? [];
      const offsets = this.#offsets.get(key) ?? [];
      const records = values.map((value, at) => [offsets[at] ?? 0, value] as const);
      while (records.length > 0) {
        const polled = [{ key, records: records.splice(0, 1 + this.#random.below(3)) }];
        this.#add({ f: 'poll', process, type: 'ok', polled });
      }
    }
  }

  writer(): string {
    return `w${this.#random.below(WRITER_COUNT)}`;
  }

  #append(key: string, value: string): number {
    const offsets = this.#offsets.get(key) ?? [];
    const offset = (offsets.at(-1) ?? -1) + 1 + (this.#random.below(8) === 0 ? 1 : 0);
    offsets.push(offset);
    this.#logs.get(key)?.push(value);
    return offset;
  }

  #pick(keys: readonly string[]): string {
    return keys[this.#random.below(keys.length)] ?? '';
  }

  #add(operation: Timeless<NewOperation>): number {
    this.#timeMs += 1;
    return this.history.add({ ...operation, timeMs: this.#timeMs });
  }
}

type Timeless<T> = T extends { timeMs: number } ? Omit<T, 'timeMs'> : never;

/** A clean history: 40 sends by three writers, read twice. */
export const randomHistory = (seed: number): History => {
  const cluster = new RightCluster(seed);
  for (let count = 0; count < 40; count += 1) {
    cluster.send(cluster.writer());
    if (count === 20) cluster.readAll('early');
  }
  cluster.readAll('final');
  return cluster.history;
};
