/**
 * An order that cancels itself when it is not paid within 15 minutes.
 *
 * Whoever places an order sends its deadline along as a record that is delayed: no timer in any
 * process, no table that is polled. The broker holds it, through restarts, and delivers it once. An
 * order that is paid has its deadline taken back; should it come all the same, because both happened
 * at once, the order is found paid.
 */
import { randomUUID } from 'node:crypto';
import { connect } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
/** Scaled, so that one need not wait: 60000 are those of the clock. */
const minuteMs = Number(process.env['MINUTE_MS'] ?? 1000);
const PAY_WITHIN_MINUTES = 15;
const TOPIC = 'order-deadlines';

await using client = connect({ bootstrap });
await using producer = client.producer();
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  await admin.createTopic({ name: TOPIC, partitions: 3, configs: { 'delay.enable': 'true' } });
}

interface Order {
  readonly name: string;
  readonly placedMs: number;
  isPaid: boolean;
}

/** What a shop has in its database. */
const orders = new Map<string, Order>();

const place = async (name: string): Promise<string> => {
  const id = randomUUID();
  orders.set(id, { name, placedMs: Date.now(), isPaid: false });
  const delayMs = PAY_WITHIN_MINUTES * minuteMs;
  await producer.send({ topic: TOPIC, key: id, value: 'not paid in time', delayMs });
  console.log(`${name} is placed`);
  return id;
};

const pay = async (id: string): Promise<void> => {
  const order = orders.get(id);
  if (order === undefined) throw new Error(`there is no order ${id}`);
  order.isPaid = true;
  for await (const deadline of admin.delayed.list(TOPIC, { key: id })) {
    await admin.delayed.cancel(deadline);
  }
  console.log(`${order.name} is paid, and its deadline taken back`);
};

const cancel = ({ name, placedMs }: Order): void => {
  const minutes = Math.floor((Date.now() - placedMs) / minuteMs);
  console.log(`${name} is cancelled: not paid after ${minutes} minutes`);
};

await pay(await place('the first order'));
await place('the second order');

await using consumer = client.consumer({
  topics: [TOPIC],
  groupId: 'shop',
  offsetReset: 'earliest',
});
for await (const { key } of consumer) {
  const order = orders.get(Buffer.from(key ?? []).toString());
  if (order === undefined || order.isPaid) continue;
  cancel(order);
  break;
}
