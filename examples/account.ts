/**
 * An account that is the sum of its events, and can be replayed.
 *
 * Nothing is stored but what happened. What the account is now, and what it was at any moment, is
 * read from the start; whoever wants another view of it replays the same events in another way.
 */
import { connect, json, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'account-events';

interface AccountEvent {
  readonly kind: 'deposited' | 'withdrawn';
  readonly amount: number;
}

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  // Events of an account are its truth: they stay.
  const configs = { 'retention.ms': '-1', 'retention.bytes': '-1' };
  await admin.createTopic({ name: TOPIC, partitions: 1, configs });
}
await using producer = client.producer<string, AccountEvent>({ serializers: { value: json() } });

/** What happened to an account, in order, up to `endOffset` (exclusive). */
async function* replay(account: string, endOffset: number): AsyncGenerator<AccountEvent> {
  await using reader = client.reader<string, AccountEvent>({
    topic: TOPIC,
    from: 'earliest',
    deserializers: { key: string, value: json() },
  });
  for await (const { key, value, offset } of reader) {
    if (offset >= endOffset) return;
    if (key === account && value !== null) yield value;
    if (offset + 1 >= endOffset) return;
  }
}

const balanceOf = async (account: string, endOffset: number): Promise<number> => {
  let balance = 0;
  for await (const { kind, amount } of replay(account, endOffset)) {
    balance += kind === 'deposited' ? amount : -amount;
  }
  return balance;
};

/** Resolves with where the log ends behind it. */
const record = async (account: string, event: AccountEvent): Promise<number> => {
  const { offset } = await producer.send({ topic: TOPIC, key: account, value: event });
  return offset + 1;
};

await record('anna', { kind: 'deposited', amount: 100 });
await record('boris', { kind: 'deposited', amount: 7 });
const noon = await record('anna', { kind: 'withdrawn', amount: 30 });
const evening = await record('anna', { kind: 'deposited', amount: 5 });

console.log(`at noon the account has ${await balanceOf('anna', noon)}`);
console.log(`in the evening it has ${await balanceOf('anna', evening)}`);

let withdrawals = 0;
for await (const { kind } of replay('anna', evening)) if (kind === 'withdrawn') withdrawals += 1;
console.log(`replayed for another question: ${withdrawals} withdrawal`);
