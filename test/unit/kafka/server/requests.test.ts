import { beforeEach, describe, expect, it } from 'vitest';
import { NO_ANSWER } from '../../../../src/kafka/handler.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { decodeResponse } from '../../../../src/kafka/wire/response.ts';
import type { MemoryClient } from '../../../support/memory-listener.ts';
import type { World } from './world.ts';
import {
  ADDRESS,
  answersTo,
  metadataFrame,
  produceFrame,
  startWorld,
  versionsFrame,
} from './world.ts';

describe('a Kafka connection', () => {
  let world: World;
  let client: MemoryClient;
  beforeEach(async () => {
    // Time stands still here, and nobody is to wait for it.
    world = await startWorld({ connectionRateMax: 1_000_000 });
    client = world.listener.connect(ADDRESS);
  });

  it('answers a request', async () => {
    client.send(versionsFrame(7));
    await world.clock.settle();

    expect(answersTo(client)).toEqual([7]);
  });

  it('reads a request that comes a byte at a time', async () => {
    for (const byte of produceFrame(1)) client.send(Uint8Array.of(byte));
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1]);
    expect(world.lines).toEqual([]);
  });

  it('reads requests however they are cut into chunks', async () => {
    const stream = Buffer.concat([versionsFrame(1), versionsFrame(2), versionsFrame(3)]);
    for (let cut = 1; cut < stream.length; cut += 1) {
      const cutClient = world.listener.connect(ADDRESS);
      cutClient.send(stream.subarray(0, cut));
      cutClient.send(stream.subarray(cut));
      await world.clock.settle();

      expect(answersTo(cutClient)).toEqual([1, 2, 3]);
    }
  });

  it('reads a request that is larger than what it first sets aside', async () => {
    const frame = produceFrame(1, { sizeBytes: 5 * 1024 * 1024 });
    for (let at = 0; at < frame.length; at += 60_000) {
      client.send(frame.subarray(at, at + 60_000));
    }
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1]);
    expect(world.server.budget.usedBytes).toBeGreaterThan(5 * 1024 * 1024);
  });

  it('begins produce requests while earlier ones wait, and answers in their order', async () => {
    for (const id of [1, 2, 3]) client.send(produceFrame(id));
    await world.clock.settle();
    world.desk.answer(3);
    world.desk.answer(2);
    await world.clock.settle();
    const early = answersTo(client);

    world.desk.answer(1);
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1, 2, 3]);
    expect(early).toEqual([]);
    expect(answersTo(client)).toEqual([1, 2, 3]);
  });

  it('begins nothing else before all that came before is answered', async () => {
    client.send(produceFrame(1));
    client.send(metadataFrame(2));
    client.send(produceFrame(3));
    await world.clock.settle();
    const first = [...world.desk.begun];
    world.desk.answer(1);
    await world.clock.settle();
    const second = [...world.desk.begun];

    world.desk.answer(2, { brokers: [], topics: [] });
    await world.clock.settle();

    expect(first).toEqual([1]);
    expect(second).toEqual([1, 2]);
    expect(world.desk.begun).toEqual([1, 2, 3]);
  });

  it('holds up no other connection while it waits', async () => {
    client.send(metadataFrame(1));
    const other = world.listener.connect(ADDRESS);
    other.send(versionsFrame(2));
    await world.clock.settle();

    expect(answersTo(other)).toEqual([2]);
    expect(answersTo(client)).toEqual([]);
  });

  it('sends nothing where no answer is expected, and goes on', async () => {
    client.send(produceFrame(1, { acks: 0 }));
    client.send(versionsFrame(2));
    await world.clock.settle();
    world.desk.answer(1, NO_ANSWER);
    await world.clock.settle();

    expect(answersTo(client)).toEqual([2]);
  });

  it('answers ApiVersions above its own with version 0 and reads none of its body', async () => {
    const frame = versionsFrame(9, 4);
    frame.writeInt16BE(99, 6);
    client.send(Buffer.concat([frame.subarray(0, frame.length - 2), Buffer.from('??')]));
    client.send(versionsFrame(10));
    await world.clock.settle();
    const bytes = client.received;
    const size = bytes.readInt32BE(0);

    const { correlationId, body } = decodeResponse(
      APIS.apiVersions,
      0,
      bytes.subarray(4, 4 + size),
    );

    expect(correlationId).toBe(9);
    expect(body).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: 18 }] });
    expect(answersTo(client)).toEqual([9, 10]);
  });

  it('tells who waits when the client has gone', async () => {
    client.send(produceFrame(1));
    client.send(produceFrame(2));
    await world.clock.settle();

    client.close();
    await world.clock.settle();

    expect(world.desk.gone).toEqual([1, 2]);
    expect(world.server.budget.usedBytes).toBe(0);
  });
});
