/**
 * Logs of several services, collected into a file for each, and searched for errors on the way.
 *
 * Lines are sent in bulk, compressed, and a full buffer slows the sender down instead of the
 * service. Who archives them takes them up in batches; what it wrote last says where it goes on, so
 * that a batch that is handed out again adds no line twice. Who looks for errors is a group of its
 * own, and knows nothing of the archive.
 */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'ottla';
import { connect, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'service-logs';
const SERVICES = ['cart', 'checkout', 'search'];
const LINES_EACH = 1000;
const ERROR_EVERY = 250;

setTimeout(() => {
  console.error('the logs are not collected within a minute');
  process.exit(1);
}, 60_000).unref();

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  // Logs are of use for a week, and take no more than this of a disk.
  const configs = { 'retention.ms': '604800000', 'retention.bytes': '1073741824' };
  await admin.createTopic({ name: TOPIC, partitions: 3, configs });
}

const lineOf = (service: string, at: number): string =>
  `${at} ${at % ERROR_EVERY === 0 ? 'ERROR no answer' : 'INFO served'} ${service}`;

/** Key: the service, whose lines stay in order. */
const collect = async (): Promise<void> => {
  await using producer = client.producer({ compression: 'zstd', lingerMs: 20 });
  for (let at = 1; at <= LINES_EACH; at += 1) {
    for (const service of SERVICES) {
      const line = { topic: TOPIC, key: service, value: lineOf(service, at) };
      while (!producer.enqueue(line)) await producer.hasRoom();
    }
  }
  await producer.flush();
};

const directory = mkdtempSync(join(tmpdir(), 'service-logs-'));
const fileOf = (service: string): string => join(directory, `${service}.log`);
const linesIn = (service: string): string[] =>
  existsSync(fileOf(service)) ? readFileSync(fileOf(service), 'utf8').trimEnd().split('\n') : [];
const numberOf = (line: string): number => Number(line.split(' ')[0] ?? 0);

const consumerOf = (groupId: string) =>
  client.consumer<string, string>({
    topics: [TOPIC],
    groupId,
    offsetReset: 'earliest',
    deserializers: { key: string, value: string },
  });

let batchCount = 0;
const store = ({ records }: RecordBatch<string, string>): void => {
  batchCount += 1;
  for (const service of SERVICES) {
    const written = numberOf(linesIn(service).at(-1) ?? '');
    const lines = records.flatMap(({ key, value }) => (key === service && value ? [value] : []));
    const fresh = lines.filter((line) => numberOf(line) > written);
    if (fresh.length > 0) appendFileSync(fileOf(service), `${fresh.join('\n')}\n`, { flush: true });
  }
};

const archive = async (): Promise<void> => {
  const stop = new AbortController();
  await using consumer = consumerOf('archive');
  await consumer.eachBatch({
    maxRecords: 500,
    maxWaitMs: 50,
    handler: (batch) => {
      store(batch);
      if (SERVICES.every((service) => linesIn(service).length === LINES_EACH)) stop.abort();
    },
    signal: stop.signal,
  });
};

const findErrors = async (): Promise<number> => {
  let lineCount = 0;
  let errorCount = 0;
  await using consumer = consumerOf('alarms');
  for await (const { value } of consumer) {
    lineCount += 1;
    if (value?.includes(' ERROR ')) errorCount += 1;
    if (lineCount === SERVICES.length * LINES_EACH) break;
  }
  return errorCount;
};

const [, , errorCount] = await Promise.all([collect(), archive(), findErrors()]);
for (const service of SERVICES) {
  const expected = Array.from({ length: LINES_EACH }, (_, at) => lineOf(service, at + 1));
  assert.deepEqual(linesIn(service), expected, `the log of ${service} is not what it wrote`);
}
assert.equal(errorCount, SERVICES.length * (LINES_EACH / ERROR_EVERY));
assert.ok(batchCount < LINES_EACH, 'lines were written one by one');
rmSync(directory, { recursive: true });
console.log(`${SERVICES.length * LINES_EACH} lines are in ${SERVICES.length} files, in order`);
console.log(`${errorCount} errors were found on the way`);
