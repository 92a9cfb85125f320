import { describe, expect, it } from 'vitest';
import { askedDelay } from '../../../../src/broker/delayed/delay-headers.ts';
import type { FailureTrail } from '../../../../src/client/failure/failure-trail.ts';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import { hopsIn, ownHeaders, retryHeaders } from '../../../../src/client/retry/retry-record.ts';

const TRAIL: FailureTrail = {
  topic: 'orders',
  partition: 3,
  offset: 17,
  timestampMs: 1000,
  groupId: 'billing',
  attempts: 0,
  errorName: 'HeldBack',
  errorMessage: 'an earlier one',
  errorStack: '',
  firstFailureMs: 2000,
  lastFailureMs: 3000,
};

const NAMES = ['ottla-cron', 'ottla-cron-tz', 'ottla-delay-ms', 'ottla-deliver-at', 'mine'];

describe('the copy of a record that is to be retried', () => {
  it.each(NAMES)('waits by its own delay alone, also where the record had %s', (key) => {
    const headers = [{ key, value: Buffer.from('0 8 * * *') }];

    const copy = retryHeaders(headers, { hops: 1, dueMs: 5000, trail: TRAIL });

    expect(askedDelay(copy, 1000)).toEqual({ kind: 'due', dueMs: 5000 });
    expect(ownHeaders(splitTrail(copy)?.headers ?? [])).toEqual(headers);
  });

  it('tells how often it was sent there, and has the headers that it had', () => {
    const own = ['mine', 'ottla-delay-ms', 'ottla.retry.hops'].map((key) => ({
      key,
      value: Buffer.from('7'),
    }));

    const sent = retryHeaders(own, { hops: 3, dueMs: 5000, trail: TRAIL });
    const { headers } = splitTrail(sent) ?? { headers: [] };

    expect(hopsIn(headers)).toBe(3);
    expect(ownHeaders(headers)).toEqual(own);
  });

  it('has no id by which a topic would not take it a second time', () => {
    const own = [{ key: 'message-id', value: Buffer.from('7') }];

    const copy = retryHeaders(own, { hops: 2, dueMs: 5000, trail: TRAIL });

    expect(copy.some(({ key }) => key === 'message-id')).toBe(false);
    expect(ownHeaders(splitTrail(copy)?.headers ?? [])).toEqual(own);
  });

  it('that does not tell how often was sent once', () => {
    expect(hopsIn([{ key: 'mine', value: null }])).toBe(1);
  });
});
