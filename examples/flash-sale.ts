/**
 * A flash sale: a crowd within a second, and a shop that sells a few a second.
 *
 * What the limiter refuses is not lost: the request becomes a record, its shopper is told to ask
 * later, and a worker replays it at the pace that the shop can bear. The shop knows a replay that
 * comes twice by its key, so that nobody buys twice.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, replayTo } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'sale-spilled';
const SHOPPER_COUNT = 200;
const STOCK = 80;
const AT_ONCE = 20;
const LATER_A_SECOND = 100;

setTimeout(() => {
  console.error('the sale is not over within a minute');
  process.exit(1);
}, 60_000).unref();

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  await admin.createTopic({ name: TOPIC, partitions: 3 });
}

/** What a shop has in its database: of each order its shopper, or that it came too late. */
const orders = new Map<string, string>();
const boughtBy = (): string[] => [...orders.values()].filter((shopper) => shopper !== '');

const sell = (order: string, shopper: string): void => {
  if (orders.has(order)) return;
  orders.set(order, boughtBy().length < STOCK ? shopper : '');
};

const spill = client.spillOver({
  topic: TOPIC,
  statusUrl: ({ id }) => `/orders/${id}`,
});
let left = AT_ONCE;

/** `/buy` goes by the limiter, `/later/buy` does not: that way come the replays. */
const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://shop');
  const shopper = searchParams.get('shopper') ?? '';
  const key = request.headers['idempotency-key'];
  if (pathname === '/buy') {
    left -= 1;
    if (left < 0) return await spill.handle(request, response);
  }
  sell(typeof key === 'string' ? key : `at once by ${shopper}`, shopper);
  response.writeHead(201).end();
};

const server = createServer((request, response) => void serve(request, response));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const statuses = await Promise.all(
  Array.from({ length: SHOPPER_COUNT }, async (_, at) => {
    const answer = await fetch(`${shop}/buy?shopper=${at}`, { method: 'POST' });
    await answer.text();
    return answer.status;
  }),
);
const spilledCount = statuses.filter((status) => status === 202).length;
console.log(`${SHOPPER_COUNT - spilledCount} are served at once, ${spilledCount} are told to wait`);

const stop = new AbortController();
const startMs = performance.now();
const replay = replayTo(`${shop}/later`, { ratePerSecond: LATER_A_SECOND });
await using consumer = client.consumer({
  topics: [TOPIC],
  groupId: 'sale',
  offsetReset: 'earliest',
});
await consumer.run({
  handler: async (record, context) => {
    await replay(record, context);
    if (orders.size === SHOPPER_COUNT) stop.abort();
  },
  signal: stop.signal,
});
const seconds = (performance.now() - startMs) / 1000;
server.close();
server.closeAllConnections();

const bought = boughtBy();
assert.equal(spilledCount, SHOPPER_COUNT - AT_ONCE);
assert.equal(new Set(bought).size, STOCK, 'somebody has bought twice');
assert.ok(seconds > (spilledCount / LATER_A_SECOND) * 0.9, 'the shop was overrun');
console.log(`${bought.length} have bought, ${SHOPPER_COUNT - STOCK} came too late, nobody twice`);
