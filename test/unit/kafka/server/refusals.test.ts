import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../../src/base/errors.ts';
import { serve } from '../../../../src/kafka/handler.ts';
import { KAFKA_LIMITS } from '../../../../src/kafka/limits.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../../../src/kafka/wire/request.ts';
import {
  ADDRESS,
  answersTo,
  headOf,
  metadataFrame,
  sizeOnly,
  startWorld,
  versionsFrame,
} from './world.ts';

describe('a Kafka connection is closed, with one line,', () => {
  const BAD: Readonly<Record<string, Buffer>> = {
    'for a size above the bound': sizeOnly(KAFKA_LIMITS.requestBytesMax + 1),
    'for a negative size': sizeOnly(-1),
    'for a size that no request has': sizeOnly(7),
    'for the beginning of a TLS handshake': Buffer.from('16030100a5010000a10303', 'hex'),
    'for an HTTP request': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    'for a key that is not known': headOf(999, 0),
    'for a key that is known and not served': headOf(APIS.fetch.key, 4),
    'for a version that is not served': headOf(APIS.produce.key, 2),
    'for a body that is none': (() => {
      const frame = metadataFrame(1);
      frame.writeInt32BE(0x7fff_ffff, frame.length - 4);
      return frame;
    })(),
  };

  it.each(Object.entries(BAD))('%s', async (_name, bytes) => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);
    const other = world.listener.connect(ADDRESS);

    client.send(bytes);
    other.send(versionsFrame(1));
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.lines).toHaveLength(1);
    expect(answersTo(other)).toEqual([1]);
    expect(other.isClosed).toBe(false);
    expect(world.fatal).toEqual([]);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('when the answer repeats more text than its version can hold', async () => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);
    const other = world.listener.connect(ADDRESS);
    // What 20,000 bytes that are no UTF-8 are read as.
    const name = '\ufffd'.repeat(20_000);

    client.send(metadataFrame(1));
    await world.clock.settle();
    world.desk.answer(1, { brokers: [], topics: [{ errorCode: 3, name, partitions: [] }] });
    other.send(versionsFrame(1));
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.lines).toMatchObject([{ reason: expect.stringContaining('32767 bytes') }]);
    expect(answersTo(other)).toEqual([1]);
    expect(world.fatal).toEqual([]);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('when it is refused before its body has come', async () => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);

    client.send(headOf(999, 0, 50_000_000));
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
  });

  it('after the answers that were given before', async () => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);

    client.send(Buffer.concat([versionsFrame(1), versionsFrame(2), sizeOnly(-1)]));
    await world.clock.settle();

    expect(answersTo(client)).toEqual([1, 2]);
    expect(client.isClosed).toBe(true);
  });

  it('when a handler has no answer for it', async () => {
    const world = await startWorld({}, () => [
      serve(APIS.fetch, () => {
        throw new OttlaError('INVALID_REQUEST', 'there is no answer');
      }),
    ]);
    const client = world.listener.connect(ADDRESS);
    const body = { maxWaitMs: 0, minBytes: 0, topics: [] };

    client.send(
      Buffer.concat(
        encodeRequest(APIS.fetch, { apiVersion: 4, correlationId: 1, clientId: null, body }),
      ),
    );
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.lines).toMatchObject([{ reason: 'there is no answer' }]);
    expect(world.fatal).toEqual([]);
  });

  it('and the node stops, when a handler has a bug', async () => {
    const world = await startWorld({}, () => [
      serve(APIS.fetch, async () => {
        throw new TypeError('undefined is not a function');
      }),
    ]);
    const client = world.listener.connect(ADDRESS);
    const body = { maxWaitMs: 0, minBytes: 0, topics: [] };

    client.send(
      Buffer.concat(
        encodeRequest(APIS.fetch, { apiVersion: 4, correlationId: 1, clientId: null, body }),
      ),
    );
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.fatal).toHaveLength(1);
  });
});
