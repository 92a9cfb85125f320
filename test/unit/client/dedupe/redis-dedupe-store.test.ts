import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dedupe } from '../../../../src/client/dedupe/dedupe.ts';
import { redisDedupeStore } from '../../../../src/client/dedupe/redis-dedupe-store.ts';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import { isInstalled } from '../../../support/is-installed.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

const CONTEXT = { attempt: 1, signal: new AbortController().signal };
const makeTempDir = tempDirs();
const isHere = isInstalled('redis-server');
const ended: Array<() => Promise<unknown>> = [];
let redis: Redis;

beforeAll(async () => {
  if (!isHere) return;
  const directory = makeTempDir();
  const path = join(directory, 'redis.sock');
  const words = ['--port', '0', '--unixsocket', path, '--dir', directory, '--save', ''];
  const server = spawn('redis-server', words, { stdio: 'ignore' });
  redis = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  ended.push(async () => {
    redis.disconnect();
    server.kill('SIGTERM');
    await once(server, 'exit');
  });
  await redis.ping();
}, 60_000);

afterAll(async () => {
  for (const end of ended) await end();
});

const recordOf = (value: string): ReaderRecord<string, string> => ({
  topic: 't',
  partition: 0,
  offset: 1,
  timestampMs: 0,
  key: null,
  value,
  headers: [],
});

describe('what was handled, with a store in Redis,', () => {
  test.runIf(isHere)('is passed over by whoever uses the same prefix', async () => {
    const handled: string[] = [];
    const handlerOf = (prefix: string) =>
      dedupe<string, string>({
        store: redisDedupeStore(redis, { prefix }),
        key: ({ value }) => value ?? '',
      }).handler(({ value }) => void handled.push(`${prefix}${value}`));

    for (const prefix of ['a:', 'a:', 'b:']) await handlerOf(prefix)(recordOf('x'), CONTEXT);

    expect(handled).toEqual(['a:x', 'b:x']);
  });

  test.runIf(isHere)('is forgotten by Redis itself behind its window', async () => {
    const store = redisDedupeStore(redis, { prefix: 'w:' });

    await store.remember(['long', 'short'], 3_600_000);
    await store.remember(['short'], 1);
    while ((await redis.exists('w:short')) === 1) await new Promise(setImmediate);

    expect(await store.seen(['long', 'short', 'never'])).toEqual(new Set(['long']));
    expect(await redis.pttl('w:long')).toBeGreaterThan(3_500_000);
  });

  test.runIf(isHere)('is an error of the handler where Redis refuses it', async () => {
    const store = redisDedupeStore(redis, { prefix: 'e:' });

    await expect(store.remember(['x'], -1)).rejects.toThrow('invalid expire time');
  });
});

test('a store in Redis without a client is refused with what it takes', () => {
  const made = (): unknown => redisDedupeStore({} as Redis);

  expect(made).toThrow('takes a client of ioredis');
});
