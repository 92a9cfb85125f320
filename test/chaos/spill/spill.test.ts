import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { spillPlugin } from '../../../src/index.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

const TOPIC = 'spilled';
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const SHOPPERS = 20;
const ORDERS_EACH = 20;
/** What the limiter lets through before the sale is over for it. */
const TAKEN = 40;
/** Replays that came by when the worker is killed. */
const KILL_AT = [30, 120, 200];
/** How long the service is away from its first refusal on; it says that it is for twice as long. */
const AWAY_MS = 500;
/** Replays that are under way at once: see `run`. */
const CONCURRENCY = 16;

let cluster: DevCluster;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  cluster = await startDevCluster({
    topics: [{ name: TOPIC, partitions: 3 }],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  });
});

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await cluster.stop();
});

interface Came {
  readonly shopper: string;
  readonly order: number;
  readonly key: string;
  readonly body: string;
}

/** Takes orders; the limiter stands before those that are no replay. */
class Shop {
  readonly taken: Came[] = [];
  readonly replayed: Came[] = [];
  readonly app: FastifyInstance = fastify({ forceCloseConnections: true });
  #backAtMs = 0;
  refusedCount = 0;

  async open(): Promise<string> {
    const spill = cluster.client.spillOver({
      topic: TOPIC,
      key: ({ url }) => url.split(/[/?]/)[2],
    });
    let tokens = TAKEN;
    await this.app.register(spillPlugin, {
      spill,
      isRefused: ({ headers }) => {
        if (headers['idempotency-key'] !== undefined) return false;
        tokens -= 1;
        return tokens < 0;
      },
    });
    this.app.post('/orders/:shopper', async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const nowMs = performance.now();
      if (key !== undefined && nowMs < this.#backAtMs) {
        this.#backAtMs = Math.min(this.#backAtMs, nowMs + AWAY_MS);
        this.refusedCount += 1;
        return await reply.code(503).header('retry-after', '1').send();
      }
      const list = key === undefined ? this.taken : this.replayed;
      list.push(cameOf(request));
      return await reply.code(201).send();
    });
    return await this.app.listen({ host: '127.0.0.1', port: 0 });
  }

  /** Refuses from now on, until it has done so for a while. */
  leave(): void {
    this.#backAtMs = Number.POSITIVE_INFINITY;
  }

  async untilReplayed(count: number): Promise<void> {
    while (this.replayed.length < count) await sleep(5);
  }
}

const cameOf = ({ url, headers, body }: FastifyRequest): Came => {
  const { pathname, searchParams } = new URL(url, 'http://shop');
  return {
    shopper: pathname.split('/')[2] ?? '',
    order: Number(searchParams.get('order')),
    key: String(headers['idempotency-key']),
    body: JSON.stringify(body),
  };
};

const startWorker = (service: string): ChildProcess => {
  const env = { ...process.env, OTTLA_BOOTSTRAP: cluster.bootstrap, TOPIC, SERVICE: service };
  const worker = spawn(process.execPath, ['--import', 'tsx', WORKER], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  workers.push(worker);
  return worker;
};

it('orders that a limiter refused are all there in the end, in order, though their worker is killed', async () => {
  const shop = new Shop();
  const service = await shop.open();
  const statuses = new Map<number, number>();
  for (let order = 0; order < ORDERS_EACH; order += 1) {
    const answers = await Promise.all(
      Array.from({ length: SHOPPERS }, (_, shopper) =>
        fetch(`${service}/orders/s${shopper}?order=${order}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ shopper, order }),
        }),
      ),
    );
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  for (const count of KILL_AT) {
    const worker = startWorker(service);
    await shop.untilReplayed(count);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
  shop.leave();
  startWorker(service);
  const keptCount = SHOPPERS * ORDERS_EACH - TAKEN;
  while (new Set(shop.replayed.map(({ key }) => key)).size < keptCount) await sleep(20);
  await shop.app.close();

  expect(Object.fromEntries(statuses)).toEqual({ 201: TAKEN, 202: keptCount });
  expect(shop.refusedCount).toBeGreaterThan(0);
  expect(shop.refusedCount).toBeLessThanOrEqual(CONCURRENCY);
  const repeats = shop.replayed.length - keptCount;
  // Of each that was killed what was under way, and what it had not committed yet.
  console.log(`${keptCount} replayed, ${repeats} of them again, ${KILL_AT.length} workers killed`);
  for (const { shopper, order, body } of shop.replayed) {
    expect(body).toBe(JSON.stringify({ shopper: Number(shopper.slice(1)), order }));
  }
  const seen = new Set<string>();
  const firsts = shop.replayed.filter(({ key }) => !seen.has(key) && seen.add(key));
  for (let shopper = 0; shopper < SHOPPERS; shopper += 1) {
    const orders = firsts.flatMap((it) => (it.shopper === `s${shopper}` ? [it.order] : []));
    expect(orders).toEqual([...orders].sort((left, right) => left - right));
  }
});
