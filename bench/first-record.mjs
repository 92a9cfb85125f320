/**
 * Starts a test's cluster and sends one record, in a fresh process as a test runner would. Prints
 * the ms from the call of `startDevCluster` to the acknowledgement. Argument: the number of nodes.
 * Plain JavaScript: a loader that compiles would be measured with it.
 */
import { startDevCluster } from '../dist/testing/index.js';

const nodes = Number(process.argv[2]);
const begunMs = performance.now();
const cluster = await startDevCluster({ nodes });
const producer = cluster.client.producer({ acks: 'all' });
await producer.send({ topic: 'orders', value: 'first' });
const tookMs = performance.now() - begunMs;
await producer.close();
await cluster.stop();
process.stdout.write(`${tookMs}\n`);
