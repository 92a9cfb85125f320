import { describe, expect, test } from 'vitest';
import type { RefusedRequest } from '../../../../src/client/spill/refused-request.ts';
import type { SpillOptions } from '../../../../src/client/spill/spill-options.ts';
import { outcomeAfter, startWorld, text } from '../fixture.ts';

const ORDER: RefusedRequest = {
  method: 'POST',
  url: '/orders?from=shop',
  headers: {
    'Content-Type': 'application/json',
    authorization: 'Bearer secret',
    cookie: 'session=secret',
    'x-tenant': ['a', 'b'],
  },
  body: '{"sum":7}',
};

const startSpill = async (options: Partial<SpillOptions> = {}) => {
  const world = await startWorld();
  world.cluster.createTopic('spilled', { partitions: 1 });
  const spill = world.client.spillOver({ topic: 'spilled', ...options });
  const kept = () => world.cluster.partition('spilled', 0).records;
  const headersOf = (at: number): string[] =>
    (kept()[at]?.headers ?? []).map(({ key, value }) => `${key}=${text(value)}`);
  return { ...world, spill, kept, headersOf };
};

describe('a request that is kept', () => {
  test('is a record with its method, target, body and the headers that are allowed', async () => {
    const { clock, spill, kept, headersOf } = await startSpill();

    const { value } = await outcomeAfter(clock, 100, spill.keep(ORDER));

    expect(text(kept()[0]?.value ?? null)).toBe('{"sum":7}');
    expect(headersOf(0)).toEqual([
      `ottla.spill.id=${value?.request.id}`,
      'ottla.spill.method=POST',
      'ottla.spill.url=/orders?from=shop',
      'http.content-type=application/json',
    ]);
  });

  test('has headers of the list in any case, and those that repeat each time', async () => {
    const { clock, spill, headersOf } = await startSpill({ headers: ['X-Tenant'] });

    await outcomeAfter(clock, 100, spill.keep(ORDER));

    expect(headersOf(0).slice(3)).toEqual(['http.x-tenant=a', 'http.x-tenant=b']);
  });

  test('has a secret only where its header is named', async () => {
    const { clock, spill, headersOf } = await startSpill({ headers: ['authorization'] });

    await outcomeAfter(clock, 100, spill.keep(ORDER));

    expect(headersOf(0).slice(3)).toEqual(['http.authorization=Bearer secret']);
  });

  test('has the key that it is given', async () => {
    const { clock, spill, kept } = await startSpill({ key: ({ url }) => url.split('?')[1] });

    await outcomeAfter(clock, 100, spill.keep(ORDER));

    expect(text(kept()[0]?.key ?? null)).toBe('from=shop');
  });

  test('is answered with 202, its id and where to ask', async () => {
    const { clock, spill } = await startSpill({ statusUrl: ({ id }) => `/kept/${id}` });

    const { value } = await outcomeAfter(clock, 100, spill.answer(ORDER));

    const { id, status } = JSON.parse(value?.body ?? '') as { id: string; status: string };
    expect(value?.status).toBe(202);
    expect([status, value?.headers['location']]).toEqual([`/kept/${id}`, `/kept/${id}`]);
  });

  test('is answered as its server chooses, and with 202 where that fails', async () => {
    const chosen = { status: 200, headers: {}, body: 'soon' };
    const { clock, spill } = await startSpill({
      accepted: ({ request }) => {
        if (request.method === 'PUT') throw new Error('no template');
        return chosen;
      },
    });

    const first = await outcomeAfter(clock, 100, spill.answer(ORDER));
    const second = await outcomeAfter(clock, 100, spill.answer({ ...ORDER, method: 'PUT' }));

    expect(first.value).toEqual(chosen);
    expect(second.value?.status).toBe(202);
  });
});

describe('a request that is not kept', () => {
  test('is answered with 503 and when to come back, in time, where the brokers are silent', async () => {
    const { clock, cluster, spill, kept } = await startSpill({
      timeoutMs: 800,
      retryAfterMs: 1500,
    });
    await outcomeAfter(clock, 100, spill.answer(ORDER));
    for (const nodeId of [1, 2, 3]) cluster.broker(nodeId).pause();

    const { value } = await outcomeAfter(clock, 800, spill.answer(ORDER));

    expect([value?.status, value?.headers['retry-after']]).toEqual([503, '2']);
    expect(kept()).toHaveLength(1);
  });

  test('is answered with 503 in time where the topic is not there', async () => {
    const { clock, spill } = await startSpill({ topic: 'missing', timeoutMs: 800 });

    const { value } = await outcomeAfter(clock, 800, spill.answer(ORDER));

    expect(value?.status).toBe(503);
  });

  test('tells by the error whether it may be replayed all the same', async () => {
    const { clock, cluster, spill } = await startSpill({ timeoutMs: 800 });
    cluster.moveLeader('spilled', 0, -1);

    const { error } = await outcomeAfter(clock, 800, spill.keep(ORDER));

    expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', maybeApplied: false });
  });

  test('is answered with 413 where its body is too large', async () => {
    const { clock, spill, kept } = await startSpill({ maxBodyBytes: 8 });

    const large = await outcomeAfter(clock, 100, spill.answer(ORDER));
    const fits = await outcomeAfter(clock, 100, spill.answer({ ...ORDER, body: '12345678' }));

    expect([large.value?.status, fits.value?.status]).toEqual([413, 202]);
    expect(kept()).toHaveLength(1);
  });

  test.each([
    ['http://elsewhere/', 'POST'],
    ['*', 'OPTIONS'],
    ['/a b', 'POST'],
    ['/a', 'no method'],
  ])('is answered with 400 where nobody could send it: %s by %s', async (url, method) => {
    const { clock, spill } = await startSpill();

    const { value } = await outcomeAfter(clock, 100, spill.answer({ ...ORDER, url, method }));

    expect(value?.status).toBe(400);
  });

  test('is an error of the caller where its body is what a parser made of it', async () => {
    const { clock, spill } = await startSpill();
    const body = { sum: 7 } as unknown as string;

    const { error } = await outcomeAfter(clock, 100, spill.answer({ ...ORDER, body }));

    expect(error).toMatchObject({ code: 'CONFIG' });
  });
});

describe('options that cannot be', () => {
  test.each([
    [{ topic: '' }, 'topic'],
    [{ headers: ['content-length'] }, 'content-length, which belongs to a connection'],
    [{ headers: ['two words'] }, 'two words'],
    [{ maxBodyBytes: -1 }, 'maxBodyBytes=-1'],
    [{ timeoutMs: 0 }, 'timeoutMs=0'],
    [{ header: ['x'] }, 'did you mean headers?'],
  ])('are refused: %j', async (options, text) => {
    const { client } = await startWorld();

    const make = (): unknown => client.spillOver({ topic: 't', ...options } as SpillOptions);

    expect(make).toThrow(text);
  });
});
