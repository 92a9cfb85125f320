import { expect, test } from 'vitest';
import { planReassignment } from '../../../src/cli/reassignment-plan.ts';

const partitions = [0, 1, 2].map((partition) => ({ partition, replicas: [1, 2] }));

test('partitions begin one broker further each', () => {
  const moves = planReassignment({ partitions, brokers: [4, 5, 6] });

  expect(moves.map(({ to }) => to)).toEqual([
    [4, 5],
    [5, 6],
    [6, 4],
  ]);
});

test('no partition gets more replicas than there are brokers', () => {
  const moves = planReassignment({ partitions, brokers: [4], replicationFactor: 3 });

  expect(moves.map(({ to }) => to)).toEqual([[4], [4], [4]]);
});

test('what stays as it is is left out', () => {
  const moves = planReassignment({ partitions: partitions.slice(0, 1), brokers: [1, 2] });

  expect(moves).toEqual([]);
});
