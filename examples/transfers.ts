/**
 * Money transfers that stay exact though each is delivered three times.
 *
 * A log delivers at least once: a producer that is killed and run again sends anew, a consumer that
 * is killed handles anew. So the store takes the effect and the name of the transfer in one
 * transaction, here a synced batch of LevelDB: both are there after a crash, or neither.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { connect, json, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'transfers';
const ACCOUNTS = ['anna', 'boris', 'clara'];
const TRANSFER_COUNT = 60;
const OPENING_BALANCE = 1000;

interface Transfer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  await admin.createTopic({ name: TOPIC, partitions: 1 });
}

const transfers = Array.from({ length: TRANSFER_COUNT }, (_, at): Transfer => {
  const from = ACCOUNTS[at % 3] ?? '';
  const to = ACCOUNTS[(at + 1 + (at % 2)) % 3] ?? '';
  return { id: `transfer-${at}`, from, to, amount: 1 + (at % 7) };
});
await using producer = client.producer<string, Transfer>({ serializers: { value: json() } });
for (let time = 0; time < 3; time += 1) {
  await producer.sendBatch(transfers.map((value) => ({ topic: TOPIC, value })));
}

const directory = mkdtempSync(join(tmpdir(), 'transfers-'));
const bank = new Level<string, string>(directory);
const balanceOf = async (account: string): Promise<number> =>
  Number((await bank.get(`balance/${account}`)) ?? OPENING_BALANCE);

let passedOver = 0;
/** One after the other: what it reads is what it changes. */
const transfer = async ({ id, from, to, amount }: Transfer): Promise<void> => {
  if ((await bank.get(`done/${id}`)) !== undefined) {
    passedOver += 1;
    return;
  }
  const [left, right] = [await balanceOf(from), await balanceOf(to)];
  const changes = [
    { type: 'put' as const, key: `balance/${from}`, value: String(left - amount) },
    { type: 'put' as const, key: `balance/${to}`, value: String(right + amount) },
    { type: 'put' as const, key: `done/${id}`, value: '' },
  ];
  await bank.batch(changes, { sync: true });
};

const stop = new AbortController();
let handled = 0;
await using consumer = client.consumer<string, Transfer>({
  topics: [TOPIC],
  groupId: 'bank',
  offsetReset: 'earliest',
  deserializers: { key: string, value: json() },
});
await consumer.run({
  order: 'partition',
  handler: async ({ value }) => {
    if (value !== null) await transfer(value);
    handled += 1;
    if (handled === 3 * TRANSFER_COUNT) stop.abort();
  },
  signal: stop.signal,
});

const expected = new Map(ACCOUNTS.map((account) => [account, OPENING_BALANCE]));
for (const { from, to, amount } of transfers) {
  expected.set(from, (expected.get(from) ?? 0) - amount);
  expected.set(to, (expected.get(to) ?? 0) + amount);
}
const balances = await Promise.all(ACCOUNTS.map(balanceOf));
const isExact = ACCOUNTS.every((account, at) => expected.get(account) === balances[at]);
console.log(`${handled} deliveries, ${passedOver} of them passed over`);
console.log(`the balances are ${balances.join(', ')}: ${isExact ? 'exact' : 'wrong'}`);
await bank.close();
rmSync(directory, { recursive: true });
