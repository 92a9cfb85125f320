import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, readBatchHeader } from '../../../src/record/batch-header.ts';
import type { FoundId } from '../../../src/record/message-id.ts';
import { idOfRecord, mayHaveIds } from '../../../src/record/message-id.ts';
import type { RecordHeader } from '../../../src/record/record.ts';
import { spansIn } from '../../../src/record/record-spans.ts';
import { batchOf, bytesOf, record } from './batches.ts';

const header = (key: string, value: string | null): RecordHeader => ({
  key,
  value: value === null ? null : bytesOf(value),
});

/** Of the last of two records: its place is behind the other's. */
const foundIn = (headers: readonly RecordHeader[], value: Uint8Array | null): FoundId => {
  const batch = batchOf([record(), record({ key: null, value, headers })]);
  const section = batch.subarray(HEADER_BYTES);
  const [, span] = [...spansIn(readBatchHeader(batch), section)];
  if (span === undefined) throw new Error('the batch has two records');
  return idOfRecord(section, span);
};

const idOf = (found: FoundId): string =>
  found.kind === 'id' ? Buffer.from(found.bytes).toString() : found.kind;

describe('the id of a record', () => {
  it('is the value of its header message-id, wherever that stands', () => {
    const others = [header('a', 'message-id'), header('b', null)];

    const found = [
      foundIn([header('message-id', 'x'), ...others], bytesOf('v')),
      foundIn([...others, header('message-id', 'y')], null),
    ];

    expect(found.map(idOf)).toEqual(['x', 'y']);
  });

  it('is none where it has no such header', () => {
    const found = foundIn([header('Message-Id', 'x'), header('message-id2', 'y')], null);

    expect(found).toEqual({ kind: 'none' });
  });

  it.each([
    ['empty', [header('message-id', '')]],
    ['empty', [header('message-id', null)]],
    ['more than once', [header('message-id', 'x'), header('message-id', 'x')]],
    ['257 bytes', [header('message-id', 'x'.repeat(257))]],
  ])('is refused where it is %s', (reason, headers) => {
    expect(foundIn(headers, null)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(reason),
    });
  });
});

it('a batch in whose bytes the name does not stand has no ids', () => {
  const [without, with_] = [
    batchOf([record()]),
    batchOf([record({ headers: [header('message-id', 'x')] })]),
  ];

  expect([without, with_].map((batch) => mayHaveIds(batch))).toEqual([false, true]);
});
