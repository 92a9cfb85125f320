/**
 * A retry ladder: what fails is tried again after 1, 5 and 30 minutes, and is a dead letter then.
 *
 * What failed is sent to a topic of its own with a delay. Nothing else waits for it meanwhile, as it
 * would for a consumer that sleeps; and there is one such topic, not one for each rung. The record
 * counts as handled once that is acknowledged: a crash in between has it tried once more, never less.
 */
import type { ReaderRecord } from 'ottla';
import { connect } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
/** Scaled, so that one need not wait: 60000 are those of the clock. */
const minuteMs = Number(process.env['MINUTE_MS'] ?? 200);
const LADDER_MINUTES = [1, 5, 30];
const [WORK, RETRY, DEAD] = ['payments', 'payments-retry', 'payments-dead'] as const;

await using client = connect({ bootstrap });
await using producer = client.producer();
const admin = client.admin();
const there = new Set(await admin.listTopics());
for (const name of [WORK, RETRY, DEAD]) {
  if (there.has(name)) continue;
  const configs = name === RETRY ? { 'delay.enable': 'true' } : {};
  await admin.createTopic({ name, partitions: 3, configs });
}

/** A bank that is away until the third attempt, and one that is for good. */
const charge = (bank: string, attempt: number): void => {
  if (bank === 'bank-north' && attempt >= 3) return;
  throw new Error(`${bank} does not answer`);
};

const attemptOf = ({ headers }: ReaderRecord): number => {
  const header = headers.find(({ key }) => key === 'attempt');
  return Number(Buffer.from(header?.value ?? []).toString() || 1);
};

const stop = new AbortController();
let unsettled = 2;
const settle = (): void => {
  unsettled -= 1;
  if (unsettled === 0) stop.abort();
};

const handle = async (record: ReaderRecord): Promise<void> => {
  const bank = Buffer.from(record.value ?? []).toString();
  const attempt = attemptOf(record);
  try {
    charge(bank, attempt);
  } catch (error) {
    const minutes = LADDER_MINUTES[attempt - 1];
    if (minutes === undefined) throw error;
    console.log(`${bank}: attempt ${attempt} failed, again in ${minutes} minutes`);
    const { key, value } = record;
    const headers = { attempt: String(attempt + 1) };
    await producer.send({ topic: RETRY, key, value, headers, delayMs: minutes * minuteMs });
    return;
  }
  console.log(`${bank}: attempt ${attempt} succeeded`);
  settle();
};

await producer.send({ topic: WORK, key: 'payment-1', value: 'bank-north' });
await producer.send({ topic: WORK, key: 'payment-2', value: 'bank-south' });

await using consumer = client.consumer({
  topics: [WORK, RETRY],
  groupId: 'payments',
  offsetReset: 'earliest',
});
await consumer.run({
  handler: handle,
  onFailure: {
    attempts: 1,
    giveUp: { deadLetter: { topic: DEAD } },
    onDead: ({ errorMessage }) => {
      console.log(`${errorMessage}: a dead letter`);
      settle();
    },
  },
  signal: stop.signal,
});
