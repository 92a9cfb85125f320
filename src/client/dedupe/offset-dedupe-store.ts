import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { config, wholeNumber } from '../handling/work-options.ts';
import type { DedupeStore } from './dedupe-store.ts';
import { addOffsets, decodeRanges, encodeRanges, hasOffset } from './offset-ranges.ts';

/** A text by its name, as in a client of `ioredis`; as durable as that is when `set` resolves. */
export interface TextStore {
  get(name: string): Promise<string | null | undefined>;
  set(name: string, text: string): Promise<unknown>;
}

export interface OffsetDedupeOptions {
  /** Before `topic/partition` in the names of its texts; default `ottla:done:`. One for a group. */
  readonly prefix?: string;
  /**
   * How many offsets of a partition are remembered, from the highest down: no fewer than a batch
   * has, and than are handled between two commits. Default 10000.
   */
  readonly keepCount?: number;
}

const KEYS: KeysOf<OffsetDedupeOptions> = { prefix: true, keepCount: true };
const WHAT = 'offsetDedupeStore option';
/** As `dedupe` names records that are given no key; no topic has a slash in its name. */
const PLACE = /^([^/]+\/\d+)\/(\d+)$/;

/**
 * What is done, by partition: one text says which offsets, so that it takes next to no room and is
 * read and written once a batch. It is bounded by how many there are, and not by time: the
 * window of `dedupe` means nothing here. For a group whose records have no names of their own.
 */
export class OffsetDedupeStore implements DedupeStore {
  readonly #texts: TextStore;
  readonly #prefix: string;
  readonly #keepCount: number;
  /** Of each partition, what changes its text now. */
  readonly #tails = new Map<string, Promise<void>>();

  constructor(texts: TextStore, options: OffsetDedupeOptions) {
    checkKeys(WHAT, options, KEYS);
    if (typeof texts?.get !== 'function' || typeof texts.set !== 'function') {
      throw config(
        'offsetDedupeStore takes an object with get and set: a client of ioredis, for one',
      );
    }
    this.#texts = texts;
    this.#prefix = options.prefix ?? 'ottla:done:';
    this.#keepCount = wholeNumber(`${WHAT} keepCount`, options.keepCount ?? 10_000);
  }

  async seen(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await Promise.all(
      [...byPartition(ids)].map(async ([partition, offsets]) => {
        const done = decodeRanges(await this.#texts.get(this.#prefix + partition));
        return [...offsets].filter((offset) => hasOffset(done, offset)).map(idIn(partition));
      }),
    );
    return new Set(found.flat());
  }

  async remember(ids: readonly string[]): Promise<void> {
    const parts = [...byPartition(ids)];
    await Promise.all(parts.map(([partition, offsets]) => this.#add(partition, offsets)));
  }

  /** Read anew each time: another member may have had the partition meanwhile. */
  #add(partition: string, offsets: ReadonlySet<number>): Promise<void> {
    const name = this.#prefix + partition;
    const before = this.#tails.get(name) ?? Promise.resolve();
    const added = before.then(async () => {
      const done = addOffsets(decodeRanges(await this.#texts.get(name)), offsets, this.#keepCount);
      await this.#texts.set(name, encodeRanges(done));
    });
    const tail = added.catch(() => {});
    this.#tails.set(name, tail);
    void tail.then(() => this.#tails.get(name) === tail && this.#tails.delete(name));
    return added;
  }
}

const idIn =
  (partition: string) =>
  (offset: number): string =>
    `${partition}/${offset}`;

const byPartition = (ids: readonly string[]): ReadonlyMap<string, ReadonlySet<number>> => {
  const found = new Map<string, Set<number>>();
  for (const id of ids) {
    const [, partition = '', offset] = PLACE.exec(id) ?? [];
    if (offset === undefined) {
      const text = `${id} is no place of a record: offsetDedupeStore takes no key, and no items`;
      throw new OttlaError('CONFIG', text);
    }
    found.set(partition, (found.get(partition) ?? new Set()).add(Number(offset)));
  }
  return found;
};

/**
 * Remembers which offsets of a partition are done, in one text each. Throws CONFIG for options that
 * cannot be, and for what has no `get` and `set`.
 */
export const offsetDedupeStore = (
  texts: TextStore,
  options: OffsetDedupeOptions = {},
): DedupeStore => new OffsetDedupeStore(texts, options);
