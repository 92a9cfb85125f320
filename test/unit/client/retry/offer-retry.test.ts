import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { OttlaError } from '../../../../src/base/errors.ts';
import type { FailureTrail } from '../../../../src/client/failure/failure-trail.ts';
import { splitTrail } from '../../../../src/client/failure/failure-trail.ts';
import type { SureSender } from '../../../../src/client/failure/sure-sender.ts';
import { soloBatchBytes } from '../../../../src/client/producer/record-size.ts';
import { offerRetry } from '../../../../src/client/retry/offer-retry.ts';

const TRAIL: FailureTrail = {
  topic: 'orders',
  partition: 3,
  offset: 17,
  timestampMs: 1000,
  groupId: 'billing',
  attempts: 1,
  errorName: 'Error',
  errorMessage: 'no',
  errorStack: 's'.repeat(2000),
  firstFailureMs: 2000,
  lastFailureMs: 3000,
};

type Sent = Parameters<SureSender['send']>[1];

/** Takes what is no larger; what is sent with another error it refuses with that. */
const narrowTopic = (maxBytes: number, code?: ErrorCode) => {
  const taken: Sent[] = [];
  const send: SureSender['send'] = (topic, record) => {
    const refusal = code ?? (soloBatchBytes(record) > maxBytes ? 'MESSAGE_TOO_LARGE' : undefined);
    if (refusal !== undefined) return Promise.reject(new OttlaError(refusal, 'no'));
    taken.push(record);
    return Promise.resolve({ topic, partition: 3, offset: 0, timestampMs: 0 });
  };
  return { taken, sender: { send } };
};

const offerOf = (valueBytes: number) => ({
  topic: 'orders-retry',
  partition: 3,
  stored: { key: null, value: Buffer.alloc(valueBytes), headers: [] },
  marks: { hops: 1, dueMs: 5000, trail: TRAIL },
});

const { signal } = new AbortController();

describe('a record that is offered to a retry topic', () => {
  test.each([
    ['with the stack of its error where there is room', 100, TRAIL.errorStack],
    ['without it where there is room for the rest', 1500, ''],
  ])('goes there %s', async (_, valueBytes, errorStack) => {
    const { taken, sender } = narrowTopic(3000);

    expect(await offerRetry(sender, offerOf(valueBytes), signal)).toBeUndefined();

    const trails = taken.map(({ headers }) => splitTrail(headers)?.trail);
    expect(trails).toEqual([{ ...TRAIL, errorStack }]);
  });

  test.each([
    ['is too large without it', narrowTopic(3000), 'MESSAGE_TOO_LARGE'],
    ['is refused by itself', narrowTopic(9000, 'INVALID_RECORD'), 'INVALID_RECORD'],
  ])('that %s is given back with the reason', async (_, { sender, taken }, code) => {
    expect(await offerRetry(sender, offerOf(3000), signal)).toMatchObject({ code });
    expect(taken).toEqual([]);
  });

  test('throws what is wrong with more than the record', async () => {
    const { sender } = narrowTopic(9000, 'ABORTED');

    const offered = offerRetry(sender, offerOf(1), signal);

    await expect(offered).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
