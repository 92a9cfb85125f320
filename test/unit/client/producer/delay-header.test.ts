import { describe, expect, it } from 'vitest';
import type { Delayed } from '../../../../src/client/producer/delay-header.ts';
import { delayHeaders } from '../../../../src/client/producer/delay-header.ts';

const headersOf = (delayed: Delayed): [string, string][] =>
  delayHeaders(delayed, [], 't').map(({ key, value }) => [
    key,
    Buffer.from(value ?? []).toString(),
  ]);

describe('the delay of a record', () => {
  it('is told by one header, in whole milliseconds', () => {
    expect(headersOf({ delayMs: 1500 })).toEqual([['ottla-delay-ms', '1500']]);
    expect(headersOf({ deliverAt: 5 })).toEqual([['ottla-deliver-at', '5']]);
    expect(headersOf({ deliverAt: new Date(1000) })).toEqual([['ottla-deliver-at', '1000']]);
    expect(headersOf({})).toEqual([]);
  });

  it.each([
    [{ delayMs: -1 }, 'delayMs=-1'],
    [{ delayMs: 0.5 }, 'delayMs=0.5'],
    [{ deliverAt: new Date('never') }, 'deliverAt=NaN'],
    [{ delayMs: '5' as unknown as number }, 'delayMs='],
    [{ delayMs: 1, deliverAt: 1 }, 'give one of them'],
  ])('%j is refused before it is sent', (delayed, reason) => {
    expect(() => headersOf(delayed)).toThrow(reason);
  });

  it.each(['ottla-delay-ms', 'ottla-cron'])('is refused beside a header %s', (key) => {
    const headers = [{ key, value: Buffer.from('1') }];

    expect(() => delayHeaders({ delayMs: 1 }, headers, 't')).toThrow('give one of them');
  });
});
