import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startDevCluster } from '../../src/testing/index.ts';

const BUDGET_BYTES = 1024 * 1024;

/** The head of a produce request of one and a half budgets, and nearly all of its body. */
const halfRequest = (): Buffer => {
  const sizeBytes = 1.5 * BUDGET_BYTES;
  const bytes = Buffer.alloc(sizeBytes - 1000);
  bytes.writeInt32BE(sizeBytes, 0);
  bytes.writeInt16BE(7, 6);
  return bytes;
};

describe('queued.max.request.bytes', () => {
  it('is one for both doors: what waits at Kafka’s holds back the client port', async () => {
    const config = { 'queued.max.request.bytes': BUDGET_BYTES };
    await using cluster = await startDevCluster({ config, topics: ['t'] });
    await using producer = cluster.client.producer();
    const send = () => producer.send({ topic: 't', value: 'x' }).then(({ offset }) => offset);
    expect(await send()).toBe(0);
    const [host, port] = cluster.kafkaBootstrap.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    await new Promise<void>((resolve) => socket.write(halfRequest(), () => resolve()));
    await sleep(300);

    // The stream finds out with the next request, which has arrived, and is read no further.
    expect(await send()).toBe(1);
    const held = send();
    const early = await Promise.race([held, sleep(500, 'waits')]);
    socket.destroy();

    expect(early).toBe('waits');
    expect(await held).toBe(2);
  });
});
