import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { LocalNodes } from '../../../src/app/local-nodes.ts';
import { startLocalNodes } from '../../../src/app/local-nodes.ts';
import { must } from '../../../src/base/assert.ts';
import { MAX_REPLACED_AT_ONCE } from '../../../src/env/disk.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';

const PARTITIONS = 400;
/** The process's own: sockets, the metadata store, whatever a test runner holds. */
const OTHERS = 100;
const OPEN = '/proc/self/fd';
const root = mkdtempSync(join(tmpdir(), 'ottla-many-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The most files this process had open while `work` was under way, beyond those before. */
const mostOpened = async (work: () => Promise<void>): Promise<number> => {
  const before = readdirSync(OPEN).length;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, readdirSync(OPEN).length);
  }, 2);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
};

it.runIf(existsSync(OPEN))(
  'a node with many partitions has one file open of each, when they are made and when it starts',
  async () => {
    const [client, peer, kafka] = await freePorts(3);
    const ports = {
      client: must(client, 'a port'),
      peer: must(peer, 'a port'),
      kafka: must(kafka, 'a port'),
    };
    const start = (): Promise<LocalNodes> =>
      startLocalNodes({ ports: [ports], directoryOf: () => root, loggerOf: () => silentLogger });
    let nodes = await start();

    const created = await mostOpened(async () => {
      await using sdk = connect({ bootstrap: nodes.bootstrap });
      await sdk.admin().createTopic({ name: 'wide', partitions: PARTITIONS });
      await using producer = sdk.producer();
      await producer.send({ topic: 'wide', partition: PARTITIONS - 1, value: 'first' });
    });
    await nodes.stop();
    const started = await mostOpened(async () => {
      nodes = await start();
      await using sdk = connect({ bootstrap: nodes.bootstrap });
      await using producer = sdk.producer();
      const at = { topic: 'wide', partition: PARTITIONS - 1 };
      expect(await producer.send({ ...at, value: 'second' })).toMatchObject({ offset: 1 });
    });
    await nodes.stop();

    const bound = PARTITIONS + MAX_REPLACED_AT_ONCE + OTHERS;
    expect(created).toBeLessThan(bound);
    expect(started).toBeLessThan(bound);
  },
  30_000,
);
