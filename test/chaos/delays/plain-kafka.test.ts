import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { forwardLevels } from '../../../src/app/delays.ts';
import { dueMessage } from '../../../src/client/delays/delay-dump.ts';
import { levelMessage } from '../../../src/client/delays/level-forwarder.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import type { Mariadb } from '../../support/mariadb.ts';
import { hasMariadb, startMariadb } from '../../support/mariadb.ts';

/** Nothing of these topics is Ottla's own: no delays in the broker, and kafkajs on both sides. */
const TOPICS = [
  { name: 'levels', partitions: 2 },
  { name: 'delays', partitions: 3 },
  { name: 'orders', partitions: 3 },
];
/** Heartbeats of a machine that does much else come in time. */
const SESSION_MS = 10_000;
const LEVELS_MS = [500, 2 * SESSION_MS];
const COUNT = 200;
/** Messages that came, some more than once, by when its process is killed. */
const KILL_AT = [1, 40, 80, 120, 160];

let cluster: DevCluster;
let mariadb: Mariadb | undefined;
let kafka: Kafka;

beforeAll(async () => {
  cluster = await startDevCluster({
    topics: TOPICS,
    config: { 'group.initial.rebalance.delay.ms': 0 },
  });
  kafka = new Kafka({ brokers: cluster.kafkaBootstrap.split(','), logLevel: logLevel.NOTHING });
  if (hasMariadb) mariadb = await startMariadb();
});

afterAll(async () => {
  await cluster.stop();
  await mariadb?.[Symbol.asyncDispose]();
});

interface Got {
  readonly value: string;
  readonly key: string;
  readonly id: string;
  readonly atMs: number;
}

/** All that comes into `orders` with a key that begins so; until `isWhole`. */
const receive = async (
  prefix: string,
  isWhole: (got: readonly Got[]) => boolean,
  got: Got[] = [],
) => {
  const reader = cluster.client.reader({ topic: 'orders', from: 'earliest' });
  onTestFinished(() => reader.close());
  for await (const { key, value, headers, timestampMs } of reader) {
    const name = Buffer.from(key ?? []).toString();
    if (!name.startsWith(prefix)) continue;
    const id = headers.find((header) => header.key === 'ottla-forward-id')?.value;
    const text = (bytes: Uint8Array | null | undefined): string =>
      Buffer.from(bytes ?? []).toString();
    got.push({ key: name, value: text(value), id: text(id), atMs: timestampMs });
    if (isWhole(got)) break;
  }
  return got;
};

describe('with kafkajs alone', () => {
  it('a level longer than a session is forwarded when due, by a member that never left', async () => {
    const { signal, stop } = { ...new Stop() };
    const consumer = kafka.consumer({
      groupId: 'forwarder',
      sessionTimeout: SESSION_MS,
      heartbeatInterval: 500,
    });
    const producer = kafka.producer();
    let joins = 0;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      joins += 1;
    });
    await Promise.all([consumer.connect(), producer.connect()]);
    const options = { consumer, producer, topic: 'levels', levelsMs: LEVELS_MS, signal };
    const ended = forwardLevels(options);
    const sentMs = Date.now();
    for (const [at, delayMs] of LEVELS_MS.entries()) {
      const message = { key: `level-${at}`, value: String(delayMs) };
      await producer.send(levelMessage({ ...options, delayMs, target: 'orders', message }));
    }

    const got = await receive('level-', ({ length }) => length === LEVELS_MS.length);
    stop();
    await ended;
    await Promise.all([consumer.disconnect(), producer.disconnect()]);

    expect(got.map(({ value }) => Number(value))).toEqual(LEVELS_MS);
    for (const { value, atMs } of got) {
      expect(atMs - sentMs).toBeGreaterThanOrEqual(Number(value));
    }
    expect(joins).toBe(1);
  });

  it.skipIf(!hasMariadb)(
    'what waits in MariaDB is forwarded, though its process is killed again and again',
    async () => {
      const producer = kafka.producer();
      await producer.connect();
      const baseMs = Date.now();
      for (let n = 0; n < COUNT; n += 1) {
        const dueMs = baseMs + 1000 + n * 40;
        const message = { key: `due-${dueMs}`, value: String(n) };
        await producer.send(dueMessage({ topic: 'delays', dueMs, target: 'orders', message }));
      }
      await producer.disconnect();
      const isWhole = (got: readonly Got[]): boolean =>
        new Set(got.map(({ value }) => value)).size === COUNT;

      const got: Got[] = [];
      const receiving = receive('due-', isWhole, got);
      for (const count of KILL_AT) await liveUntil(() => got.length >= count);
      await liveUntil(() => isWhole(got));
      await receiving;

      for (const { key, atMs } of got) expect(atMs).toBeGreaterThanOrEqual(Number(key.slice(4)));
      // A repeat is told by its id.
      expect(new Set(got.map(({ id }) => id)).size).toBe(COUNT);
    },
  );
});

class Stop {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  readonly stop = (): void => this.#controller.abort();
}

/** A process that dumps and forwards, killed in the middle of it. */
const liveUntil = async (isEnough: () => boolean): Promise<void> => {
  const program = join(REPOSITORY, 'test', 'chaos', 'delays', 'forwarder.ts');
  const env = {
    ...process.env,
    KAFKA_BOOTSTRAP: cluster.kafkaBootstrap,
    MYSQL_SOCKET: mariadb?.socketPath,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit');
  while (!isEnough() && child.exitCode === null) await sleep(10);
  child.kill('SIGKILL');
  await gone;
  expect(child.exitCode).toBe(null);
};
