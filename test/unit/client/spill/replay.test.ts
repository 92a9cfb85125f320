import { describe, expect, test } from 'vitest';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import { Replay } from '../../../../src/client/spill/replay.ts';
import type {
  ReplayAnswer,
  ReplayHandler,
  ReplayOptions,
} from '../../../../src/client/spill/replay-options.ts';
import { resolveReplayOptions } from '../../../../src/client/spill/replay-options.ts';
import type { SpilledRequest } from '../../../../src/client/spill/spilled-request.ts';
import { spillRecord } from '../../../../src/client/spill/spilled-request.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { outcomeAfter } from '../fixture.ts';

const request = (id: string, headers: SpilledRequest['headers'] = []): SpilledRequest => ({
  id,
  method: 'POST',
  url: '/orders',
  headers,
  body: Buffer.from('body'),
  refusedMs: 0,
});

const recordOf = (spilled: SpilledRequest): ReaderRecord => ({
  topic: 'spilled',
  partition: 0,
  offset: 0,
  key: null,
  ...spillRecord(spilled),
});

interface Sent {
  readonly id: string;
  readonly atMs: number;
}

/** Replays to `answer`, which is told how many came before. */
const startReplay = (
  answer: (sentCount: number) => ReplayAnswer | undefined | Promise<ReplayAnswer | undefined>,
  options: ReplayOptions = {},
) => {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const requests: SpilledRequest[] = [];
  const target: ReplayHandler = (replayed) => {
    sent.push({ id: replayed.id, atMs: clock.monotonicMs() });
    requests.push(replayed);
    return answer(sent.length - 1);
  };
  const deps = { clock, random: new SeededRandom(1) };
  const replay = new Replay(deps, target, resolveReplayOptions(options));
  const stop = new AbortController();
  const handle = async (spilled: SpilledRequest): Promise<void> =>
    await replay.handle(recordOf(spilled), { attempt: 1, signal: stop.signal });
  return { clock, sent, requests, stop, handle };
};

const answered = (status: number, retryAfter: string | null = null): ReplayAnswer => ({
  status,
  headers: { get: (name) => (name === 'retry-after' ? retryAfter : null) },
});

describe('a replay', () => {
  test('is as the request was, with a header that tells a repeat', async () => {
    const { requests, handle } = startReplay(() => answered(200));

    await handle(request('one', [['content-type', 'text/plain']]));

    expect(requests).toEqual([
      request('one', [
        ['content-type', 'text/plain'],
        ['idempotency-key', 'one'],
      ]),
    ]);
  });

  test('keeps the key that its client gave it', async () => {
    const { requests, handle } = startReplay(() => answered(200));

    await handle(request('one', [['idempotency-key', 'of the client']]));

    expect(requests[0]?.headers).toEqual([['idempotency-key', 'of the client']]);
  });

  test('is done by a function that answers nothing', async () => {
    const { handle } = startReplay(() => undefined);

    await expect(handle(request('one'))).resolves.toBeUndefined();
  });

  test.each([301, 400, 404, 500])('that is answered with %i is a failure', async (status) => {
    const { handle } = startReplay(() => answered(status));

    await expect(handle(request('one'))).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
  });

  test('is done with what `isDone` says', async () => {
    const { handle } = startReplay(() => answered(409), { isDone: ({ status }) => status === 409 });

    await expect(handle(request('one'))).resolves.toBeUndefined();
  });

  test('goes at the rate that it is told, whoever waits', async () => {
    const { clock, sent, handle } = startReplay(() => answered(200), { ratePerSecond: 10 });

    const all = Promise.all([0, 1, 2, 3].map((n) => handle(request(`${n}`))));
    await outcomeAfter(clock, 1000, all);

    expect(sent.map(({ id }) => id)).toEqual(['0', '1', '2', '3']);
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 80, 180, 280]);
  });

  test('of what is no spilled request is a failure', async () => {
    const { clock, stop } = startReplay(() => undefined);
    const replay = new Replay(
      { clock, random: new SeededRandom(1) },
      () => undefined,
      resolveReplayOptions({}),
    );
    const plain = { ...recordOf(request('one')), headers: [] };

    const handling = Promise.resolve(replay.handle(plain, { attempt: 1, signal: stop.signal }));

    await expect(handling).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });
});

describe('a server that refuses', () => {
  test.each([429, 503])('with %i is left alone for as long as it says', async (status) => {
    const { clock, sent, handle } = startReplay((count) =>
      count === 0 ? answered(status, '7') : answered(200),
    );

    const first = outcomeAfter(clock, 100, handle(request('a')));
    await first;
    const others = Promise.all([handle(request('b')), handle(request('c'))]);
    await outcomeAfter(clock, 8000, others);

    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 7000, 7000, 7000]);
    expect((await first).isPending).toBe(false);
  });

  test('without saying how long is asked again ever later, by one request alone', async () => {
    const { clock, sent, handle } = startReplay(() => answered(503), {
      pause: { firstMs: 100, maxMs: 1000 },
    });

    const all = Promise.all([0, 1, 2].map((n) => handle(request(`${n}`))));
    const { isPending } = await outcomeAfter(clock, 10_000, all);

    const gaps = sent.slice(3).map(({ atMs }, at) => atMs - (sent[at + 2]?.atMs ?? 0));
    expect(isPending).toBe(true);
    expect(sent.slice(0, 3).map(({ atMs }) => atMs)).toEqual([0, 0, 0]);
    expect(gaps.every((gapMs) => gapMs >= 50 && gapMs <= 1000)).toBe(true);
    expect(gaps.slice(5).every((gapMs) => gapMs >= 500)).toBe(true);
  });

  test('is waited for no longer than the partition is ours', async () => {
    const { clock, stop, handle } = startReplay(() => answered(503, '60'));
    const handling = handle(request('a'));
    await outcomeAfter(clock, 1000, handling);

    stop.abort(new Error('given up'));
    const { error } = await outcomeAfter(clock, 0, handling);

    expect(error).toEqual(new Error('given up'));
    expect(clock.timerCount).toBe(0);
  });
});

test('options that cannot be are refused by name', () => {
  for (const [options, text] of [
    [{ ratePerSecond: 0 }, 'ratePerSecond=0'],
    [{ timeoutMs: 0.5 }, 'timeoutMs=0.5'],
    [{ rate: 1 }, 'unknown replayTo option: rate'],
    [{ idempotencyHeader: 'no name' }, 'no name'],
    [{ pause: { first: 1 } }, 'first'],
  ] as const) {
    expect(() => resolveReplayOptions(options as ReplayOptions)).toThrow(text);
  }
});
