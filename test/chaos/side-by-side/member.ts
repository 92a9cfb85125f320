/** A member of a group in a process of its own: to be ended, and to be killed. */
import { openSync, writeSync } from 'node:fs';
import { setTimeout as rest } from 'node:timers/promises';
import { connect } from '../../../src/index.ts';
import { HANDLER_MS, join } from './workload.ts';

const [bootstrap = '', topic = '', deadLetters = '', poison = '', instanceId = ''] =
  process.argv.slice(2);
/** Lines of one write each, which a kill leaves whole: what is handled, and when that ended. */
const journal = openSync(process.env['JOURNAL'] ?? '', 'a');

const client = connect({ bootstrap });
const consumer = join(client, topic, {
  autoCommitIntervalMs: 100,
  ...(instanceId && { instanceId }),
});
process.once('SIGTERM', () => void consumer.close());
await consumer.run({
  order: 'key',
  concurrency: 50,
  handler: async ({ key, value, partition, offset }) => {
    await rest(HANDLER_MS);
    if (key === poison) throw new Error('poison');
    writeSync(journal, `${value} ${partition}/${offset} ${Date.now()}\n`);
  },
  retryBackoff: { firstMs: 5, maxMs: 10 },
  onFailure: { attempts: 2, giveUp: { deadLetter: { topic: deadLetters } } },
});
await client.close();
