import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { DedupeStore } from './dedupe-store.ts';

/** What is used of a client of `ioredis`, of one node or of a cluster: it stays its owner's. */
export interface RedisCommands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, unit: 'PX', expiresInMs: number): Promise<unknown>;
}

export interface RedisDedupeOptions {
  /** Before each id in the names of its keys; default `ottla:seen:`. */
  readonly prefix?: string;
}

const KEYS: KeysOf<RedisDedupeOptions> = { prefix: true };

/**
 * Ids as keys in Redis, which forgets each when its time is over: shared by all who use the same
 * prefix. An id is remembered when Redis has answered, which is durable as Redis is told to be:
 * with `appendfsync always` through power cuts, with `everysec` but for the last second, and a
 * failover forgets what its replica did not have. What is forgotten too early is handled again.
 */
export class RedisDedupeStore implements DedupeStore {
  readonly #redis: RedisCommands;
  readonly #prefix: string;

  constructor(redis: RedisCommands, options: RedisDedupeOptions) {
    checkKeys('redisDedupeStore option', options, KEYS);
    if (typeof redis?.get !== 'function' || typeof redis.set !== 'function') {
      throw new OttlaError('CONFIG', 'redisDedupeStore takes a client of ioredis: new Redis(...)');
    }
    this.#redis = redis;
    this.#prefix = options.prefix ?? 'ottla:seen:';
  }

  /** One command an id, so that they may be on different nodes; they travel together. */
  async seen(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const values = await Promise.all(ids.map((id) => this.#redis.get(this.#prefix + id)));
    return new Set(ids.filter((_, at) => values[at] !== null));
  }

  async remember(ids: readonly string[], windowMs: number): Promise<void> {
    await Promise.all(ids.map((id) => this.#redis.set(this.#prefix + id, '', 'PX', windowMs)));
  }
}

/** Remembers ids in Redis. Throws CONFIG for options that cannot be, and for what is no client. */
export const redisDedupeStore = (
  redis: RedisCommands,
  options: RedisDedupeOptions = {},
): DedupeStore => new RedisDedupeStore(redis, options);
