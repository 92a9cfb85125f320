import { describe, expect, it } from 'vitest';
import { withRepeats } from '../../../../src/broker/delayed/repeats.ts';

const dueWith = (expression: string, timeZone: string) => {
  const headers = [
    { key: 'ottla-cron', value: Buffer.from(expression) },
    { key: 'ottla-cron-tz', value: Buffer.from(timeZone) },
  ];
  const record = { key: null, value: null, headers, timestampMs: 0 };
  return { record, firstOffset: 3, hold: { offset: 3, firstOffset: 3, dueMs: 60_000 } };
};

describe('a delivery of what repeats', () => {
  it('tells when it comes next', () => {
    const [one] = withRepeats([dueWith('* * * * *', 'UTC')], 60_000);

    expect(one).toMatchObject({ repeat: { tickMs: 60_000, nextMs: 120_000 } });
    expect(one?.unreadable).toBeUndefined();
  });

  it.each([
    ['* * * * *', 'Mars/Olympus'],
    ['0 0 0 1 1 * 2027-2030', 'UTC'],
  ])('is the last one, and says why, where %s in %s cannot be read', (expression, timeZone) => {
    const [one] = withRepeats([dueWith(expression, timeZone)], 60_000);

    expect(one?.repeat).toBeUndefined();
    expect(one?.unreadable).toContain(`ottla-cron ${expression} in ${timeZone}: `);
  });

  it('looks up a hundred schedules, those that end among them', () => {
    const due = Array.from({ length: 150 }, () => dueWith('0 0 30 2 *', 'UTC'));

    expect(withRepeats(due, 60_000)).toHaveLength(100);
  });
});
