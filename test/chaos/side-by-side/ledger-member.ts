/** The one member at work, or one that waits for its place: to be stopped, and to be killed. */
import { connect } from '../../../src/index.ts';

const [bootstrap = '', topic = '', store = '', name = ''] = process.argv.slice(2);

const client = connect({ bootstrap });
const consumer = client.consumer({
  topics: [topic],
  groupId: topic,
  assignors: ['single-active'],
  offsetReset: 'earliest',
  sessionTimeoutMs: 6000,
  heartbeatIntervalMs: 200,
  autoCommitIntervalMs: 100,
});

const ask = async (what: string): Promise<void> => {
  const answer = await fetch(`${store}/${what}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${what} was answered with ${answer.status}`);
};

await consumer.run({
  order: 'partition',
  handler: async ({ offset }, { generation }) => {
    await ask(`begin?name=${name}&offset=${offset}`);
    await ask(`apply?name=${name}&offset=${offset}&generation=${generation}`);
  },
  onFailure: () => 'retry',
  retryBackoff: { firstMs: 50, maxMs: 200 },
});
