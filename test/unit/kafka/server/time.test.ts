import { describe, expect, it } from 'vitest';
import { serve } from '../../../../src/kafka/handler.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { ADDRESS, metadataFrame, produceFrame, startWorld, versionsFrame } from './world.ts';

describe('the time of a Kafka connection', () => {
  it('ends without a first request', async () => {
    const world = await startWorld({ firstFrameMs: 5000 });
    const client = world.listener.connect(ADDRESS);

    await world.clock.settle(4000);
    const isEarly = client.isClosed;
    await world.clock.settle(3000);

    expect(isEarly).toBe(false);
    expect(client.isClosed).toBe(true);
  });

  it('ends in the middle of a request that dribbles', async () => {
    const world = await startWorld({ firstFrameMs: 1e9, frameMs: 5000 });
    const client = world.listener.connect(ADDRESS);
    const frame = produceFrame(1, { sizeBytes: 100_000 });

    for (let at = 0; at < 20; at += 1) {
      client.send(frame.subarray(at, at + 1));
      await world.clock.settle(500);
    }

    expect(client.isClosed).toBe(true);
    expect(world.lines).toHaveLength(1);
  });

  it('goes on for a large request that comes at a fair speed', async () => {
    const world = await startWorld({ frameMs: 5000 });
    const client = world.listener.connect(ADDRESS);
    client.send(versionsFrame(1));
    const frame = produceFrame(2, { sizeBytes: 1_000_000 });

    for (let at = 0; at < frame.length; at += 50_000) {
      client.send(frame.subarray(at, at + 50_000));
      await world.clock.settle(1000);
    }

    expect(client.isClosed).toBe(false);
    expect(world.desk.begun).toEqual([1]);
  });

  it('ends when it is idle, without a line, and not while a request waits', async () => {
    const world = await startWorld({ idleMs: 60_000 });
    const idle = world.listener.connect(ADDRESS);
    const busy = world.listener.connect(ADDRESS);
    idle.send(versionsFrame(1));
    busy.send(metadataFrame(2));

    await world.clock.settle(70_000);

    expect(idle.isClosed).toBe(true);
    expect(busy.isClosed).toBe(false);
    expect(world.lines).toEqual([]);
  });

  it('ends for a client that leaves its answers lying', async () => {
    const large = { errorCode: 0, apiKeys: Array(30_000).fill(ANY_VERSION) };
    const world = await startWorld({ slowReaderMs: 5000 }, () => [
      serve(APIS.apiVersions, () => large),
    ]);
    const client = world.listener.connect(ADDRESS);
    client.pause();
    client.send(Buffer.concat([versionsFrame(1), versionsFrame(2), versionsFrame(3)]));

    await world.clock.settle(4000);
    const isEarly = client.isClosed;
    await world.clock.settle(4000);

    expect(isEarly).toBe(false);
    expect(client.isClosed).toBe(true);
    expect(world.lines).toMatchObject([{ reason: expect.stringContaining('not read') }]);
    expect(world.server.budget.usedBytes).toBe(0);
  });
});

const ANY_VERSION = { apiKey: 0, minVersion: 0, maxVersion: 0 };
