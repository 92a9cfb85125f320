/**
 * A work queue: jobs in no order, many at once, each tried again until it is done or given up.
 *
 * One partition serves many workers of a process, for `order: 'none'` waits for nobody: a slow job
 * holds up no other. What fails waits in a topic with delays, where it survives this process, and
 * what is finished is committed past it.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { connect, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const [JOBS, RETRY, DEAD] = ['jobs', 'jobs-retry', 'jobs-dead'] as const;
const JOB_COUNT = 100;

await using client = connect({ bootstrap });
const admin = client.admin();
const there = new Set(await admin.listTopics());
for (const name of [JOBS, RETRY, DEAD]) {
  if (there.has(name)) continue;
  const configs = name === RETRY ? { 'delay.enable': 'true' } : {};
  await admin.createTopic({ name, partitions: 1, configs });
}

await using producer = client.producer();
await producer.sendBatch(
  Array.from({ length: JOB_COUNT }, (_, at) => ({ topic: JOBS, value: `job-${at}` })),
);

const stop = new AbortController();
const ended = { done: 0, dead: 0 };
const settle = (how: keyof typeof ended): void => {
  ended[how] += 1;
  if (ended.done + ended.dead === JOB_COUNT) stop.abort();
};

/** Job 7 needs three attempts, job 13 never succeeds. */
const work = async (job: string, attempt: number): Promise<void> => {
  await rest(20);
  if (job === 'job-13' || (job === 'job-7' && attempt < 3)) throw new Error(`${job} failed`);
};

await using consumer = client.consumer<string, string>({
  topics: [JOBS],
  groupId: 'workers',
  offsetReset: 'earliest',
  deserializers: { key: string, value: string },
});
await consumer.run({
  order: 'none',
  concurrency: 20,
  retryBackoff: { firstMs: 200, maxMs: 1000 },
  handler: async ({ value }, { attempt }) => {
    await work(value ?? '', attempt);
    if (attempt > 1) console.log(`${value} succeeded at attempt ${attempt}`);
    settle('done');
  },
  onFailure: {
    attempts: 4,
    retry: { topic: RETRY },
    giveUp: { deadLetter: { topic: DEAD } },
    onDead: ({ errorMessage, attempts }) => {
      console.log(`${errorMessage} ${attempts} times: see ottla dlq list ${DEAD}`);
      settle('dead');
    },
  },
  signal: stop.signal,
});
console.log(`${ended.done} jobs are done, ${ended.dead} is a dead letter`);
