import { describe, expect, test } from 'vitest';
import { decideVerdict } from '../../../../src/client/producer/decide-verdict.ts';
import { PartitionQueue } from '../../../../src/client/producer/partition-queue.ts';
import { ProducerBatch } from '../../../../src/client/producer/producer-batch.ts';
import type {
  DeliveryCallback,
  EncodedRecord,
} from '../../../../src/client/producer/producer-record.ts';
import { maxBytesInBatch, soloBatchBytes } from '../../../../src/client/producer/record-size.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import { readBatchHeader } from '../../../../src/record/batch-header.ts';

const record: EncodedRecord = {
  topic: 't',
  partition: undefined,
  key: null,
  value: Buffer.from('v'),
  headers: [],
  timestampMs: 0,
  bufferedBytes: 30,
};

interface Rig {
  readonly queue: PartitionQueue;
  readonly batches: ProducerBatch[];
  readonly outcomes: string[];
}

/** A queue with an identity and closed batches `a`, `b`, `c`... of `recordCount` records each. */
const rigOf = (
  count: number,
  options: { isIdempotent?: boolean; recordCount?: number } = {},
): Rig => {
  const { isIdempotent = true, recordCount = 1 } = options;
  const outcomes: string[] = [];
  const shared = { topic: 't', topicId: 'id', partition: 0 };
  const queue = new PartitionQueue({
    ...shared,
    isIdempotent,
    maxInFlight: isIdempotent ? 5 : 1,
  });
  const batches = Array.from({ length: count }, (_, at) => {
    const batch = new ProducerBatch({
      ...shared,
      maxBytes: 10_000,
      initialBytes: 100,
      createdMs: 0,
      onDone: () => {},
      onCallbackError: () => {},
    });
    const name = String.fromCharCode(97 + at);
    const onDelivery: DeliveryCallback = (error) =>
      outcomes.push(`${name} ${error === undefined ? 'ok' : `${error.code}`}`);
    for (let index = 0; index < recordCount; index += 1) {
      batch.append(record, index === 0 ? onDelivery : undefined);
    }
    batch.close();
    queue.push(batch);
    return batch;
  });
  if (isIdempotent) queue.adopt({ producerId: 7, producerEpoch: 0 });
  return { queue, batches, outcomes };
};

/** Sends all that may be sent; the batches, and their sequences as the broker would read them. */
const sendAll = ({ queue, batches }: Rig, nowMs = 0): string[] => {
  const sent: string[] = [];
  for (;;) {
    const batch = queue.nextToSend(nowMs);
    if (batch === undefined) return sent;
    const header = readBatchHeader(batch.encode(queue.onSending(batch), undefined));
    sent.push(`${String.fromCharCode(97 + batches.indexOf(batch))}${header.baseSequence}`);
  }
};

const batchAt = ({ batches }: Rig, index: number): ProducerBatch => {
  const batch = batches[index];
  if (batch === undefined) throw new Error(`no batch ${index}`);
  return batch;
};

describe('the order of a partition', () => {
  test('one batch goes alone until the broker knows the producer, then five at once', () => {
    const rig = rigOf(8);

    const first = sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 0), { baseOffset: 0 });
    const then = sendAll(rig);

    expect(first).toEqual(['a0']);
    expect(then).toEqual(['b1', 'c2', 'd3', 'e4', 'f5']);
  });

  test('without idempotence one goes at a time', () => {
    const rig = rigOf(3, { isIdempotent: false });

    const first = sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 0), { baseOffset: 0 });

    expect(first).toEqual(['a-1']);
    expect(sendAll(rig)).toEqual(['b-1']);
  });

  test('a repeated batch keeps its sequence and goes alone', () => {
    const rig = rigOf(4);
    sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 0), { baseOffset: 0 });
    sendAll(rig);

    for (const index of [1, 2, 3]) {
      rig.queue.onFailure(batchAt(rig, index), 'NETWORK_EXCEPTION', 'lost');
    }
    const repeated = sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 1), { baseOffset: 1 });

    expect(repeated).toEqual(['b1']);
    expect(sendAll(rig)).toEqual(['c2']);
  });

  test('nothing is sent while the queue backs off', () => {
    const rig = rigOf(1);
    rig.queue.blockedUntilMs = 100;

    expect(sendAll(rig, 99)).toEqual([]);
    expect(sendAll(rig, 100)).toEqual(['a0']);
  });

  test('sequences go on by the number of records', () => {
    const rig = rigOf(3, { recordCount: 4 });
    sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 0), { baseOffset: 0 });

    expect(sendAll(rig)).toEqual(['b4', 'c8']);
  });
});

describe('a gap', () => {
  /** `a` was acknowledged; `b`, `c` and `d` are on their way. */
  const rigInFlight = (): Rig => {
    const rig = rigOf(6);
    sendAll(rig);
    rig.queue.onSuccess(batchAt(rig, 0), { baseOffset: 0 });
    sendAll(rig);
    return rig;
  };

  test('closes the queue until all numbered batches are settled, then another identity counts from 0', () => {
    const rig = rigInFlight();
    rig.queue.onFailure(batchAt(rig, 1), 'INVALID_RECORD', 'bad');
    for (const index of [2, 3, 4]) {
      rig.queue.onFailure(batchAt(rig, index), 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'gap');
    }

    const during = sendAll(rig);
    const neededBefore = rig.queue.needsIdentity;
    rig.queue.onFailure(batchAt(rig, 5), 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'gap');
    const neededAfter = rig.queue.needsIdentity;
    rig.queue.adopt({ producerId: 8, producerEpoch: 0 });

    expect(during).toEqual([]);
    expect([neededBefore, neededAfter]).toEqual([false, true]);
    expect(sendAll(rig)).toEqual(['c0']);
    expect(rig.outcomes).toEqual(['a ok', 'b INVALID_RECORD']);
  });

  test('fails as maybe what may be on its way, instead of sending it under a new identity', () => {
    const rig = rigInFlight();
    rig.queue.onFailure(batchAt(rig, 2), 'NETWORK_EXCEPTION', 'lost');
    rig.queue.onFailure(batchAt(rig, 1), 'INVALID_RECORD', 'bad');
    for (const index of [3, 4, 5]) rig.queue.onSuccess(batchAt(rig, index), { baseOffset: index });

    const repeated = sendAll(rig);
    rig.queue.onFailure(batchAt(rig, 2), 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'gap');

    expect(repeated).toEqual(['c2']);
    expect(rig.outcomes.at(-1)).toBe('c OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  test('is none when the last number given out surely was not used', () => {
    const rig = rigOf(2);
    sendAll(rig);
    rig.queue.onFailure(batchAt(rig, 0), 'MESSAGE_TOO_LARGE', 'big');

    expect(rig.queue.needsIdentity).toBe(false);
    expect(sendAll(rig)).toEqual(['b0']);
  });

  test('is one when the last number given out may have been used', () => {
    const rig = rigOf(2);
    sendAll(rig);
    rig.queue.expire(batchAt(rig, 0), 'late');

    expect(rig.queue.needsIdentity).toBe(true);
    expect(sendAll(rig)).toEqual([]);
    expect(rig.queue.nextIdentity).toEqual({ producerId: 7, producerEpoch: 1 });
  });

  test('is followed by another producer where its epochs are used up, or somebody else’s', () => {
    const usedUp = rigOf(2);
    sendAll(usedUp);
    usedUp.queue.expire(batchAt(usedUp, 0), 'late');
    usedUp.queue.adopt({ producerId: 7, producerEpoch: 0x7fff });
    const fenced = rigOf(1);
    sendAll(fenced);
    fenced.queue.onFailure(batchAt(fenced, 0), 'INVALID_PRODUCER_EPOCH', 'a newer one');

    expect([usedUp.queue.nextIdentity, fenced.queue.nextIdentity]).toEqual([undefined, undefined]);
  });
});

describe('the verdict on a refused batch', () => {
  const refused = {
    code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    hasSequence: true,
    isHead: true,
    hasGap: false,
    isAmbiguous: false,
  } as const;

  test.each([
    ['out of order at the head, nothing given up', refused, 'failPartition'],
    ['out of order behind another', { ...refused, isHead: false }, 'retry'],
    ['out of order behind a gap, always refused', { ...refused, hasGap: true }, 'renumber'],
    [
      'out of order behind a gap, once without an answer',
      { ...refused, hasGap: true, isAmbiguous: true },
      'fail',
    ],
    ['producer forgotten', { ...refused, code: 'UNKNOWN_PRODUCER_ID' }, 'renumber'],
    [
      'producer forgotten, once without an answer',
      { ...refused, code: 'UNKNOWN_PRODUCER_ID', isAmbiguous: true },
      'failPartition',
    ],
    ['epoch fenced', { ...refused, code: 'INVALID_PRODUCER_EPOCH' }, 'failPartition'],
    ['leader moved', { ...refused, code: 'NOT_LEADER_OR_FOLLOWER' }, 'retry'],
    ['unknown error', { ...refused, code: 'UNKNOWN_SERVER_ERROR' }, 'fail'],
    ['out of order without sequences', { ...refused, hasSequence: false }, 'fail'],
  ] as const)('%s: %o is %s', (_, batch, verdict) => {
    expect(decideVerdict(batch)).toBe(verdict);
  });
});

test('a batch that is numbered anew leaves the bytes alone that were sent before', () => {
  const [batch] = rigOf(1).batches;
  const stamp = { producerId: 1, producerEpoch: 0, baseSequence: 5 };
  const sent = batch?.encode(stamp, undefined) ?? Buffer.alloc(0);

  batch?.forgetSequence();
  batch?.encode({ ...stamp, producerId: 2, baseSequence: 0 }, undefined);

  expect(readBatchHeader(sent)).toMatchObject(stamp);
});

describe('sizes', () => {
  test.each([0, 1, 63, 64, 8191, 8192, 100_000])(
    'of a value of %i bytes are exact alone',
    (length) => {
      const payload = {
        key: Buffer.from('key'),
        value: Buffer.alloc(length),
        headers: [{ key: 'h', value: Buffer.alloc(70) }],
      };
      const builder = new BatchBuilder({ maxBytes: 1 });
      builder.append({ ...payload, timestampMs: 5 });

      expect(soloBatchBytes(payload)).toBe(builder.sizeBytes);
      expect(maxBytesInBatch(payload)).toBeGreaterThanOrEqual(builder.sizeBytes - 61);
    },
  );
});
