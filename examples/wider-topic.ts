/**
 * A topic that has become too narrow: its backlog goes into a wider one in the order of each key,
 * and writers and readers cut over without losing, repeating or overtaking a record.
 *
 * More partitions in place move keys: what is new of a key would be read beside what is old. Here a
 * copier takes the place of the readers, in their group: what they have handled is not copied, and
 * what it sends again after a crash has the same message id, and is appended once.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { connect, string, totalLag } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const [NARROW, WIDE] = ['orders-of-2', 'orders-of-6'] as const;
const GROUP = 'billing-of-2';
const texts = { deserializers: { key: string, value: string }, offsetReset: 'earliest' } as const;
const CUSTOMERS = Array.from({ length: 40 }, (_, at) => `customer-${at}`);

await using client = connect({ bootstrap });
const admin = client.admin();
const configs = { 'dedup.window.ms': '3600000' };
await admin.createTopics([
  { name: NARROW, partitions: 2 },
  { name: WIDE, partitions: 6, configs },
]);

/** One that writes all the time: the next order of each customer, where it is told to. */
await using producer = client.producer();
let target: string = NARROW;
let round = 0;
const write = async (): Promise<void> => {
  const value = String(round);
  round += 1;
  await producer.sendBatch(CUSTOMERS.map((key) => ({ topic: target, key, value })));
};

/** The readers: of each customer, what they have handled, in order. */
const handled = new Map<string, number[]>();
const handle = async ({ key, value }: { key?: string; value?: string }): Promise<void> => {
  await rest(1);
  handled.set(key ?? '', [...(handled.get(key ?? '') ?? []), Number(value)]);
};
const handledCount = (): number =>
  [...handled.values()].reduce((sum, { length }) => sum + length, 0);

for (let at = 0; at < 10; at += 1) await write();
const narrow = client.consumer<string, string>({ topics: [NARROW], groupId: GROUP, ...texts });
const stop = new AbortController();
const narrowRun = narrow.run({
  order: 'partition',
  handler: async (record) => {
    await handle({ key: record.key ?? '', value: record.value ?? '' });
    if (handledCount() >= 100) stop.abort();
  },
  signal: stop.signal,
});
await narrowRun;
await narrow.close();
console.log(`2 partitions are too slow: ${handledCount()} of ${10 * CUSTOMERS.length} are handled`);

// 1. Readers of the wide topic begin: they have nothing to do yet.
const wide = client.consumer<string, string>({ topics: [WIDE], groupId: 'billing-of-6', ...texts });
const end = new AbortController();
const wideRun = wide.run({
  order: 'key',
  concurrency: 40,
  handler: (record) => handle({ key: record.key ?? '', value: record.value ?? '' }),
  signal: end.signal,
});

// 2. The copier goes on where the readers stopped, key by key, while the writer goes on as well.
await using copies = client.producer();
const copier = client.consumer({ topics: [NARROW], groupId: GROUP, offsetReset: 'earliest' });
let copiedCount = 0;
const copied = new AbortController();
const copying = copier.run({
  order: 'key',
  concurrency: 40,
  handler: async ({ topic, partition, offset, key, value, headers }) => {
    const messageId = `${topic}/${partition}/${offset}`;
    const named = Object.fromEntries(headers.map((header) => [header.key, header.value]));
    await copies.send({ topic: WIDE, key, value, headers: named, messageId });
    copiedCount += 1;
  },
  signal: copied.signal,
});
for (let at = 0; at < 10; at += 1) await write();

// 3. The cut-over: the writer holds still until the copier has all, then goes on in the wide one.
await copier.commit();
while (totalLag(await admin.groups.lag(GROUP)).lagCount > 0) {
  await rest(50);
  await copier.commit();
}
copied.abort();
await copying;
await copier.close();
target = WIDE;
for (let at = 0; at < 10; at += 1) await write();
console.log(`${copiedCount} orders were copied, then the writer went over`);

while (handledCount() < 30 * CUSTOMERS.length) await rest(20);
end.abort();
await wideRun;
await wide.close();
const inOrder = CUSTOMERS.filter((key) => handled.get(key)?.every((value, at) => value === at));
console.log(`${handledCount()} orders are handled, those of ${inOrder.length} customers in order`);
