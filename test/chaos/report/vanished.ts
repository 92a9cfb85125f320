import type { Operation } from '../checker/history.ts';
import { FINAL_READER } from '../load/final-read.ts';

/**
 * Acknowledged values that the last reader, which reads every partition as a whole, did not find.
 * Stricter than `unseen`: somebody may have read them before they were lost.
 */
export const findVanished = (operations: readonly Operation[]): string[] => {
  const found = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'poll' || operation.process !== FINAL_READER) continue;
    for (const { records } of operation.polled) for (const [, value] of records) found.add(value);
  }
  return operations.flatMap((operation) =>
    operation.f === 'send' && operation.type === 'ok'
      ? operation.sent.map(({ value }) => value).filter((value) => !found.has(value))
      : [],
  );
};
