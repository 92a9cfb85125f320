import { describe, expect, it } from 'vitest';
import type { Codec, StreamMethod, UnaryMethod } from '../../../src/base/method.ts';
import type { Transport } from '../../../src/env/transport.ts';
import { onCall, onStream } from '../../../src/env/transport.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const text: Codec<string> = {
  typeName: 'text',
  encode: (message) => new TextEncoder().encode(message),
  decode: (bytes) => new TextDecoder().decode(bytes),
};
const echo: UnaryMethod<string, string> = {
  kind: 'unary',
  service: 'test.Echo',
  name: 'Echo',
  request: text,
  response: text,
};
const pour: StreamMethod<string, string> = {
  kind: 'stream',
  service: 'test.Echo',
  name: 'Pour',
  up: text,
  down: text,
};

interface World {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly a: Transport;
  /** What the server on `b` saw: messages, and `close:CODE`. */
  readonly served: string[];
}

const ADDRESS = 'b:1';

const world = async (): Promise<World> => {
  const clock = new ManualClock();
  const network = new MemoryNetwork({
    clock,
    random: new SeededRandom(1),
    minLatencyMs: 1,
    maxLatencyMs: 9,
    detectMs: 100,
  });
  const served: string[] = [];
  await network.transportFor('b').listen(ADDRESS, [
    onCall(echo, async (request) => request),
    onStream(pour, () => ({
      onMessage: (message) => served.push(message),
      onClose: (error) => served.push(`close:${codeOf(error)}`),
    })),
  ]);
  return { clock, network, a: network.transportFor('a'), served };
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'none';

const openPour = (a: Transport) => {
  const closes: string[] = [];
  const stream = a.open(ADDRESS, pour, {
    lane: 'data',
    listener: { onMessage: () => {}, onClose: (error) => closes.push(codeOf(error)) },
  });
  return { stream, closes };
};

describe('the network in memory', () => {
  it('delivers a stream in order though latencies differ', async () => {
    const { clock, a, served } = await world();
    const { stream } = openPour(a);
    for (let index = 0; index < 20; index += 1) stream.send(String(index));

    await clock.settle(1000);

    expect(served).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });

  it('breaks streams over a link that stays cut, on both ends', async () => {
    const { clock, network, a, served } = await world();
    const { stream, closes } = openPour(a);
    await clock.settle(50);

    network.cut('a', 'b');
    stream.send('lost');
    await clock.settle(99);
    const before = [...closes];
    await clock.settle(1);

    expect(before).toEqual([]);
    expect(closes).toEqual(['NETWORK_EXCEPTION']);
    expect(served).toEqual(['close:NETWORK_EXCEPTION']);
  });

  it('delivers what a short cut held back', async () => {
    const { clock, network, a, served } = await world();
    const { stream, closes } = openPour(a);
    await clock.settle(50);

    network.cut('a', 'b');
    stream.send('late');
    await clock.settle(50);
    network.heal('a', 'b');
    await clock.settle(500);

    expect(served).toEqual(['late']);
    expect(closes).toEqual([]);
  });

  it('lets a call over a one-way cut take effect and time out', async () => {
    const { clock, network, a } = await world();
    network.cutOneWay('b', 'a');
    const call = a.call(ADDRESS, echo, { request: 'x', deadlineMs: 50 });
    const outcome = expect(call).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });

    await clock.settle(50);

    await outcome;
  });

  it('resets the connections of a crashed node and runs none of its callbacks', async () => {
    const { clock, network, a, served } = await world();
    const { stream, closes } = openPour(a);
    await clock.settle(50);

    network.crash('b');
    stream.send('to nobody');
    await clock.settle(50);

    expect(closes).toEqual(['NETWORK_EXCEPTION']);
    expect(served).toEqual([]);
  });

  it('refuses calls to a crashed node at once and serves its successor', async () => {
    const { clock, network, a } = await world();
    network.crash('b');
    const call = a.call(ADDRESS, echo, { request: 'x', deadlineMs: 500 });
    const refused = expect(call).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
    await clock.settle(20);
    await refused;

    await network.transportFor('b').listen(ADDRESS, [onCall(echo, async () => 'again')]);
    const second = a.call(ADDRESS, echo, { request: 'x', deadlineMs: 500 });
    await clock.settle(40);

    expect(await second).toBe('again');
  });

  it('leaves no timer behind once a call is answered', async () => {
    const { clock, a } = await world();
    const call = a.call(ADDRESS, echo, { request: 'x', deadlineMs: 5000 });

    await clock.settle(100);
    await call;

    expect(clock.timerCount).toBe(0);
  });

  it('runs the same from the same seed', async () => {
    const run = async (): Promise<string> => {
      const { clock, a } = await world();
      const moments: number[] = [];
      for (let index = 0; index < 10; index += 1) {
        const call = a.call(ADDRESS, echo, { request: 'x', deadlineMs: 500 });
        void call.then(() => moments.push(clock.monotonicMs()));
      }
      await clock.settle(500);
      return moments.join();
    };

    expect(await run()).toBe(await run());
  });
});

describe('repetition', () => {
  it('serves a call once more, late, and answers it once', async () => {
    const { clock, network } = await world();
    const served: string[] = [];
    await network.transportFor('c').listen('c:1', [
      onCall(echo, async (request) => {
        served.push(request);
        return `${request} ${served.length}`;
      }),
    ]);
    network.repeatAfterMs = (path) => (path === '/test.Echo/Echo' ? 50 : undefined);

    const answer = network.transportFor('a').call('c:1', echo, { request: 'x', deadlineMs: 1000 });
    await clock.settle(40);
    const early = [...served];
    await clock.settle(100);

    expect(early).toEqual(['x']);
    expect(served).toEqual(['x', 'x']);
    expect(await answer).toBe('x 1');
  });

  it('sends a message of a stream once more, behind those that came meanwhile', async () => {
    const { clock, network, a, served } = await world();
    let isFirst = true;
    network.repeatAfterMs = () => {
      const againMs = isFirst ? 50 : undefined;
      isFirst = false;
      return againMs;
    };
    const { stream } = openPour(a);

    stream.send('one');
    stream.send('two');
    await clock.settle(200);

    expect(served).toEqual(['one', 'two', 'one']);
  });
});
