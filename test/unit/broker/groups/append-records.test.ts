import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { appendRecords } from '../../../../src/broker/groups/append-records.ts';
import type { GroupRecord } from '../../../../src/broker/groups/types.ts';
import type { Partition } from '../../../../src/broker/replication/partition.ts';
import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';

type OnDone = (outcome: Pick<ProduceOutcome, 'code'>) => void;

/** A partition that takes small batches only, and whose answers are the test's. */
const smallPartition = (): { partition: Partition; answers: OnDone[] } => {
  const answers: OnDone[] = [];
  const partition = {
    log: { config: { maxMessageBytes: 150 } },
    produce: (_batch: Uint8Array, _options: unknown, onDone: OnDone) => answers.push(onDone),
  } as unknown as Partition;
  return { partition, answers };
};

const tombstones = (count: number): GroupRecord[] =>
  Array.from({ length: count }, (_, partition) => {
    return { kind: 'offset', topic: 't', partition, value: undefined };
  });

test.each([
  { at: 0, codes: ['REQUEST_TIMED_OUT', 'NONE', 'NONE'] },
  { at: 1, codes: ['NONE', 'REQUEST_TIMED_OUT', 'NONE'] },
  { at: 2, codes: ['NONE', 'NONE', 'REQUEST_TIMED_OUT'] },
] as const)('a deletion in several batches has failed when batch $at has', ({ codes }) => {
  const { partition, answers } = smallPartition();
  const heard: ErrorCode[] = [];
  const options = { partition, groupId: 'g', timeoutMs: 1000, nowMs: 0 };

  appendRecords(tombstones(9), options, (code) => heard.push(code));
  expect(answers).toHaveLength(codes.length);
  for (const [index, code] of codes.entries()) {
    expect(heard).toEqual([]);
    answers[index]?.({ code });
  }

  expect(heard).toEqual(['REQUEST_TIMED_OUT']);
});
