/** A process that replays what was spilled over: to be killed. */
import { connect, replayTo } from '../../../src/index.ts';

const env = (name: string): string => process.env[name] ?? '';

const client = connect({ bootstrap: env('OTTLA_BOOTSTRAP') });
const consumer = client.consumer({
  topics: [env('TOPIC')],
  groupId: 'replay',
  instanceId: 'worker',
  offsetReset: 'earliest',
  sessionTimeoutMs: 6000,
  autoCommitIntervalMs: 200,
});
await consumer.run({
  order: 'key',
  handler: replayTo(env('SERVICE'), { ratePerSecond: 200 }),
  onFailure: { attempts: 3 },
  retryBackoff: { firstMs: 50, maxMs: 200 },
});
