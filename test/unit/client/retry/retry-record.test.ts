import { describe, expect, it } from 'vitest';
import { askedDelay } from '../../../../src/broker/delayed/delay-headers.ts';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import { ownHeaders, retryHeaders } from '../../../../src/client/retry/retry-record.ts';

const TRAIL = {
  ...{ groupId: 'g', topic: 't', partition: 0, offset: 7, timestampMs: 1 },
  ...{ errorName: 'Error', errorMessage: 'no', errorStack: '', attempts: 1 },
  ...{ firstFailureMs: 1, lastFailureMs: 2 },
};

const NAMES = ['ottla-cron', 'ottla-cron-tz', 'ottla-delay-ms', 'ottla-deliver-at', 'mine'];

describe('the copy of a record that is to be retried', () => {
  it.each(NAMES)('waits by its own delay alone, also where the record had %s', (key) => {
    const headers = [{ key, value: Buffer.from('0 8 * * *') }];

    const copy = retryHeaders(headers, TRAIL, 5000);

    expect(askedDelay(copy, 1000)).toEqual({ kind: 'due', dueMs: 5000 });
    expect(ownHeaders(splitTrail(copy)?.headers ?? [])).toEqual(headers);
  });
});
