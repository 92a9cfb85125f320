import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OttlaError } from '../../src/base/errors.ts';
import type { Stream } from '../../src/env/transport.ts';
import type { Note } from './json-methods.ts';
import { askMethod } from './json-methods.ts';
import { pauseClaims, pausedEndClaims, pressureClaims } from './transport-pauses.ts';
import type { TransportPair, World } from './transport-world.ts';
import { aWhile, expectEventually, LONG_MS, Seen, startWorld } from './transport-world.ts';

const BIG_BODY = 'x'.repeat(3 * 1024 * 1024);

/** The promises of `Transport`, which every implementation must keep. */
export const transportContract = (name: string, makePair: () => Promise<TransportPair>): void => {
  describe(`the transport over ${name}`, () => {
    let world: World;
    beforeEach(async () => {
      world = await startWorld(makePair);
    });
    afterEach(async () => {
      world.notes.release();
      await world.client.close();
      await world.server.close();
    });

    describe('calls', () => callClaims(() => world));
    describe('calls that are not served', () => unservedClaims(() => world));
    describe('calls given up', () => giveUpClaims(() => world));
    describe('streams', () => streamClaims(() => world));
    describe('streams that pause', () => pauseClaims(() => world));
    describe('streams under pressure of a pause', () => pressureClaims(() => world));
    describe('ends of streams that pause', () => pausedEndClaims(() => world));
    describe('ends of streams', () => endClaims(() => world));
    describe('ends of streams by an error', () => errorEndClaims(() => world));
    describe('streams after their end', () => afterEndClaims(() => world));
    describe('streams that break', () => breakClaims(() => world));
    describe('listeners', () => listenerClaims(() => world));
  });
};

const callClaims = (world: () => World): void => {
  it('answers each of many calls with its own response', async () => {
    const words = Array.from({ length: 50 }, (_, index) => `note ${index}`);

    const answers = await Promise.all(words.map((word) => world().ask({ word })));

    expect(answers.map((answer) => answer.word)).toEqual(words);
  });

  it('carries a body of 3 MiB both ways', async () => {
    const answer = await world().ask({ word: 'big', body: BIG_BODY });

    expect(answer.body?.length).toBe(BIG_BODY.length);
  });

  it('names the peer to the handler', async () => {
    await world().ask({ word: 'hello' });

    expect(world().notes.context?.peer).toMatch(/.+:\d+$/);
  });

  it('brings back the code and the text of an error the handler threw', async () => {
    const call = world().ask({ word: 'refuse' });

    await expect(call).rejects.toMatchObject({
      code: 'TOPIC_ALREADY_EXISTS',
      message: 'topic t exists',
    });
  });

  it('brings back that the call may have been done, where the code alone would deny it', async () => {
    const outcomes = await Promise.allSettled(
      ['refuse', 'refuse late'].map((word) => world().ask({ word })),
    );

    expect(outcomes).toMatchObject([
      { reason: { code: 'TOPIC_ALREADY_EXISTS', maybeApplied: false } },
      { reason: { code: 'NO_CONTROLLER', maybeApplied: true } },
    ]);
  });
};

const unservedClaims = (world: () => World): void => {
  it('fails with UNSUPPORTED_VERSION, by the name of the peer, where that has no such call', async () => {
    const { client, address } = world();
    const request = { request: { word: 'hello' }, deadlineMs: LONG_MS };

    const call = client.call(address, { ...askMethod, name: 'Later' }, request);

    await expect(call).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringMatching(new RegExp(`^${address}: `)),
    });
  });

  it('hides a bug of the handler behind UNKNOWN_SERVER_ERROR, and the server survives', async () => {
    await expect(world().ask({ word: 'fail' })).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER_ERROR',
    });

    expect(await world().ask({ word: 'still there' })).toMatchObject({ word: 'still there' });
  });
};

const giveUpClaims = (world: () => World): void => {
  it('fails with REQUEST_TIMED_OUT after the deadline', async () => {
    const call = world().ask({ word: 'hang' }, { deadlineMs: 100 });

    await expect(call).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
  });

  it("aborts the handler's signal when the deadline has passed", async () => {
    await world()
      .ask({ word: 'hang' }, { deadlineMs: 100 })
      .catch(() => {});
    await aWhile();

    expect(world().notes.context?.signal.aborted).toBe(true);
    expect(world().notes.context?.signal.reason).toBeInstanceOf(OttlaError);
  });

  it('tells the handler how long the caller waits', async () => {
    await world().ask({ word: 'hello' }, { deadlineMs: LONG_MS });

    const patienceMs = world().notes.context?.patienceMs ?? 0;
    expect(patienceMs).toBeGreaterThan(LONG_MS / 2);
    expect(patienceMs).toBeLessThanOrEqual(LONG_MS + 1);
  });

  it('fails with NETWORK_EXCEPTION where nobody listens', async () => {
    const { client, deadAddress } = world();
    const call = client.call(deadAddress, askMethod, {
      request: { word: 'hello' },
      deadlineMs: LONG_MS,
    });

    await expect(call).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
  });

  it("fails with ABORTED and aborts the handler's signal when the caller gives up", async () => {
    const abort = new AbortController();
    const call = world().ask({ word: 'hang' }, { signal: abort.signal });
    const outcome = expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    await aWhile();

    abort.abort();
    await outcome;
    await aWhile();

    expect(world().notes.context?.signal.aborted).toBe(true);
    expect(world().notes.context?.signal.reason).toBeInstanceOf(OttlaError);
  });

  it('never reaches the handler when the signal was aborted before', async () => {
    const call = world().ask({ word: 'hello' }, { signal: AbortSignal.abort() });

    await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    await aWhile();
    expect(world().notes.answeredCount).toBe(0);
  });
};

const streamClaims = (world: () => World): void => {
  it('keeps the order of messages up', async () => {
    const stream = world().open(new Seen());
    const words = Array.from({ length: 500 }, (_, index) => String(index));

    for (const word of words) stream.send({ word });
    stream.send({ word: 'echo' });
    await expectEventually(() => world().notes.seen.events.includes('echo'));

    expect(world().notes.seen.events).toEqual([...words, 'echo']);
  });

  it('keeps the order of messages down', async () => {
    const seen = new Seen();
    const stream = world().open(seen);

    stream.send({ word: 'flood:500' });
    await seen.until(() => seen.notes.length === 500);

    expect(seen.events).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
  });

  it('carries a message of 3 MiB both ways', async () => {
    const seen = new Seen();
    const stream = world().open(seen);

    stream.send({ word: 'echo', body: BIG_BODY });
    await seen.until(() => seen.notes.length === 1);

    expect(seen.notes[0]?.body?.length).toBe(BIG_BODY.length);
  });

  it('says false under pressure and calls onDrain once there is room', async () => {
    const seen = new Seen();
    const stream = world().open(seen);
    const body = 'x'.repeat(64 * 1024);

    let sentCount = 1;
    while (stream.send({ word: 'load', body }) && sentCount < 2000) sentCount += 1;
    expect(stream.pendingBytes).toBeGreaterThan(0);
    await seen.until(() => seen.drains > 0);
    await expectEventually(() => world().notes.seen.notes.length === sentCount);

    expect(sentCount).toBeLessThan(2000);
    expect(world().notes.seen.notes.length).toBe(sentCount);
  });
};

const endClaims = (world: () => World): void => {
  it('tells both ends once of an orderly end by the client, after all messages', async () => {
    const seen = new Seen();
    const stream = world().open(seen);
    stream.send({ word: 'last' });

    stream.close();
    await seen.untilClosed();
    await expectEventually(() => world().notes.seen.closes.length > 0);
    await aWhile();

    expect(seen.events).toEqual(['close']);
    expect(world().notes.seen.events).toEqual(['last', 'close']);
  });

  it('delivers what was sent on a stream that ended in order, though all is closed at once', async () => {
    const words = Array.from({ length: 500 }, (_, index) => String(index));
    const stream = world().open(new Seen());
    for (const word of words) stream.send({ word });

    stream.close();
    await world().client.close();
    await expectEventually(() => world().notes.seen.closes.length > 0);

    expect(world().notes.seen.events).toEqual([...words, 'close']);
  });

  it('tells both ends once of an orderly end by the server, after all messages', async () => {
    const seen = new Seen();
    const stream = world().open(seen);

    stream.send({ word: 'echo' });
    stream.send({ word: 'end' });
    await seen.untilClosed();
    await aWhile();

    expect(seen.events).toEqual(['echo', 'close']);
    expect(world().notes.seen.events).toEqual(['echo', 'end', 'close']);
  });
};

const errorEndClaims = (world: () => World): void => {
  it("brings the code of the server's error to the client", async () => {
    const seen = new Seen();
    const stream = world().open(seen);

    stream.send({ word: 'refuse' });
    await seen.untilClosed();
    await aWhile();

    expect(seen.events).toEqual(['close:FENCED_LEADER_EPOCH']);
  });

  it("tells the server once of an end by the client's error", async () => {
    const stream = world().open(new Seen());
    stream.send({ word: 'hello' });
    await expectEventually(() => world().notes.seen.events.length > 0);

    stream.close(new OttlaError('STALE_BROKER_EPOCH', 'broker epoch 7 is old'));
    await expectEventually(() => world().notes.seen.closes.length > 0);
    await aWhile();

    const [first, ...closes] = world().notes.seen.events;
    expect(first).toBe('hello');
    expect(closes).toHaveLength(1);
    expect(closes[0]).toMatch(/^close/);
  });
};

const afterEndClaims = (world: () => World): void => {
  it('delivers nothing after the close', async () => {
    let stream: Stream<Note> | undefined;
    const seen = new Seen((note) => {
      if (note.word === '10') stream?.close();
    });
    stream = world().open(seen);

    stream.send({ word: 'flood:200' });
    await seen.untilClosed();
    await aWhile();

    expect(seen.events.indexOf('close')).toBe(seen.events.length - 1);
  });

  it('drops what is sent after the close, without an error', async () => {
    const stream = world().open(new Seen());
    stream.send({ word: 'first' });
    stream.close();

    stream.send({ word: 'second' });
    stream.close();
    await expectEventually(() => world().notes.seen.closes.length > 0);
    await aWhile();

    expect(world().notes.seen.events).toEqual(['first', 'close']);
  });
};

const breakClaims = (world: () => World): void => {
  it('closes with NETWORK_EXCEPTION, once, where nobody listens', async () => {
    const seen = new Seen();
    world().open(seen, world().deadAddress).send({ word: 'hello' });

    await seen.untilClosed();
    await aWhile();

    expect(seen.events).toEqual(['close:NETWORK_EXCEPTION']);
  });

  it('closes with NETWORK_EXCEPTION when the server goes, and tells the server too', async () => {
    const seen = new Seen();
    world().open(seen).send({ word: 'echo' });
    await seen.until(() => seen.notes.length === 1);

    await world().server.close();
    await seen.untilClosed();
    await aWhile();

    expect(seen.closes).toEqual(['close:NETWORK_EXCEPTION']);
    expect(world().notes.seen.closes.length).toBe(1);
  });

  it('tells the server when the client goes', async () => {
    const seen = new Seen();
    world().open(seen).send({ word: 'echo' });
    await seen.until(() => seen.notes.length === 1);

    await world().client.close();
    await expectEventually(() => world().notes.seen.closes.length > 0);
    await aWhile();

    expect(world().notes.seen.closes.length).toBe(1);
    expect(world().notes.context?.signal.aborted).toBe(true);
    expect(world().notes.context?.signal.reason).toBeInstanceOf(OttlaError);
    expect(seen.closes.length).toBe(1);
  });

  it('ends the stream when a listener throws, and the server survives', async () => {
    const seen = new Seen();
    world().open(seen).send({ word: 'fail' });

    await seen.untilClosed();

    expect(seen.events).toEqual(['close:UNKNOWN_SERVER_ERROR']);
    expect(await world().ask({ word: 'still there' })).toMatchObject({ word: 'still there' });
  });
};

const listenerClaims = (world: () => World): void => {
  it('takes a free port for port 0 and says which', async () => {
    const { server, host } = world();

    const listening = await server.listen(`${host}:0`, world().notes.handlers());

    expect(listening.port).toBeGreaterThan(0);
    expect(listening.address).toBe(`${host}:${listening.port}`);
  });

  it('refuses an address in use with CONFIG', async () => {
    const { client, address } = world();

    await expect(client.listen(address, [])).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('ends open calls and takes no new ones once it is closed', async () => {
    const { server, client, host, notes } = world();
    const listening = await server.listen(`${host}:0`, notes.handlers());
    const ask = (word: string): Promise<Note> =>
      client.call(listening.address, askMethod, { request: { word }, deadlineMs: LONG_MS });
    const open = expect(ask('hang')).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
    await expectEventually(() => notes.answeredCount > 0);

    await listening.close();

    await open;
    await expect(ask('hello')).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
  });

  it('refuses calls through a transport that was closed', async () => {
    await world().client.close();

    await expect(world().ask({ word: 'hello' })).rejects.toMatchObject({ code: 'CLOSED' });
  });
};
