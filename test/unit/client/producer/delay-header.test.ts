import { describe, expect, it } from 'vitest';
import type { Delayed } from '../../../../src/client/producer/delay-header.ts';
import { delayHeaders } from '../../../../src/client/producer/delay-header.ts';
import type { Repeat } from '../../../../src/client/producer/repeat.ts';

const AT = { topic: 't', nowMs: Date.parse('2027-03-01T00:00:00Z') };

const headersOf = (delayed: Delayed): [string, string][] =>
  delayHeaders(delayed, [], AT).map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]);

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
    [
      { delayMs: 2 ** 53 },
      'has delayMs=9007199254740992: give whole milliseconds, from 0 to some hundred thousand years',
    ],
    [{ delayMs: 2 ** 53 - 1 }, 'has delayMs=9007199254740991: give whole milliseconds'],
    [
      { deliverAt: '2027-03-02' as unknown as number },
      'a record for t has deliverAt=a string: give a Date, or whole milliseconds since 1970',
    ],
  ])('%j is refused before it is sent', (delayed, reason) => {
    expect(() => headersOf(delayed)).toThrow(reason);
  });

  it.each(['ottla-delay-ms', 'ottla-cron'])('is refused beside a header %s', (key) => {
    const headers = [{ key, value: Buffer.from('1') }];

    expect(() => delayHeaders({ delayMs: 1 }, headers, AT)).toThrow('give one of them');
  });
});

describe('the schedule of a record', () => {
  it('is told by a header, and by one more where it has a zone', () => {
    const timeZone = 'Europe/Berlin';

    expect(headersOf({ repeat: { cron: '*/5 * * * *' } })).toEqual([['ottla-cron', '*/5 * * * *']]);
    expect(headersOf({ repeat: { cron: '@daily', timeZone } })).toEqual([
      ['ottla-cron', '@daily'],
      ['ottla-cron-tz', 'Europe/Berlin'],
    ]);
  });

  it.each([
    [{ cron: '61 * * * *' }, /^a record for t has repeat "61 \* \* \* \*" in "UTC", which is no /],
    [{ cron: '* * *' }, 'which is no schedule: it has fewer than five fields'],
    [{ cron: '' }, 'which is no schedule: it has fewer than five fields'],
    [{ cron: '0 0 0 1 1 * 2030' }, 'it has more than six fields: leave out the year'],
    [{ cron: '0 0 30 2 *' }, 'which names no moment to come'],
    [{ cron: '@daily', timeZone: 'Mars/Olympus' }, /in "Mars\/Olympus", which is no schedule: /],
    [{ cron: '@daily', timeZone: 60 }, 'repeat.timeZone='],
    [{ timeZone: 'UTC' }, 'has a repeat without an expression'],
    [{ cron: 5 }, 'has a repeat without an expression'],
    ['@daily', 'has a repeat without an expression'],
    [null, 'has a repeat without an expression'],
    [
      { cron: '@daily', timezone: 'Europe/Berlin' },
      'unknown key of repeat of a record for t: timezone, did you mean timeZone?',
    ],
  ])('%j is refused before it is sent, in one line', (repeat, reason) => {
    const refused = (): unknown => headersOf({ repeat: repeat as Repeat });

    expect(refused).toThrow(reason);
    expect(refused).not.toThrow('\n');
  });

  it.each([{ delayMs: 1 }, { deliverAt: 1 }])('is refused beside %j', (delayed) => {
    const both = { repeat: { cron: '@daily' }, ...delayed };

    expect(() => headersOf(both)).toThrow(/has (delayMs|deliverAt) and repeat: give one of them/);
  });

  it.each(['ottla-delay-ms', 'ottla-cron', 'ottla-cron-tz'])(
    'is refused beside a header %s',
    (key) => {
      const headers = [{ key, value: Buffer.from('UTC') }];
      const repeat = { cron: '@daily' };

      expect(() => delayHeaders({ repeat }, headers, AT)).toThrow(`has repeat and a header ${key}`);
    },
  );
});
