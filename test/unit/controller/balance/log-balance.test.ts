import { describe, expect, test } from 'vitest';
import { logBalance } from '../../../../src/controller/balance/log-balance.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import type { MetadataRecord } from '../../../../src/gen/ottla.ts';
import { applyBatch } from '../../../../src/metadata/apply-batch.ts';
import { balanceGoalRecord, ownMoveRecord } from '../../../../src/metadata/balance-state.ts';
import { emptyImage } from '../../../../src/metadata/image.ts';

/** What is said of these records, one change after the other. */
const told = (...records: readonly MetadataRecord[]): string[] => {
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  let image = emptyImage;
  for (const record of records) {
    const next = applyBatch(image, [record], { index: image.index + 1, term: 1 });
    logBalance(image, next, { ...silentLogger, info: note, warn: note });
    image = next;
  }
  return lines;
};

const GOAL = balanceGoalRecord('it was asked for');

describe('a balance is told of', () => {
  test('when brokers are to be made even, and when that ends', () => {
    expect(told(GOAL, balanceGoalRecord(undefined))).toEqual([
      'brokers are being made even',
      'brokers are no longer being made even',
    ]);
  });

  test('when replicas of a broker are rebuilt, once', () => {
    const move = { topicId: 'id-t', kind: 'heal', replicas: [1, 3], owners: [2] } as const;

    const lines = told(
      ownMoveRecord({ ...move, partition: 0 }),
      ownMoveRecord({ ...move, partition: 1 }),
    );

    expect(lines).toEqual(['replicas of a broker are rebuilt on others']);
  });

  test('not for moves that make brokers even', () => {
    const move = { topicId: 'id-t', kind: 'even', replicas: [1, 3], owners: [] } as const;

    expect(told(ownMoveRecord({ ...move, partition: 0 }))).toEqual([]);
  });
});
