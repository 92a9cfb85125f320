import { beforeEach, describe, expect, test } from 'vitest';
import { ByteBudget } from '../../../../src/broker/client/byte-budget.ts';
import { ProduceIntake, STREAM_BYTES_HIGH } from '../../../../src/broker/client/produce-intake.ts';

const LOTS = STREAM_BYTES_HIGH * 10;

let calls: string[];
const stream = {
  pause: () => void calls.push('pause'),
  resume: () => void calls.push('resume'),
};

beforeEach(() => {
  calls = [];
});

describe('a produce stream', () => {
  test('rests when its own requests hold too much, and reads on at half of it', () => {
    const intake = new ProduceIntake(stream, new ByteBudget(LOTS));

    intake.take(STREAM_BYTES_HIGH - 1);
    expect(calls).toEqual([]);
    intake.take(1);
    expect(calls).toEqual(['pause']);
    intake.giveBack(STREAM_BYTES_HIGH / 2);
    expect(calls).toEqual(['pause']);
    intake.giveBack(1);
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('rests when all streams together hold too much, and reads on when another gives back', () => {
    const total = new ByteBudget(100);
    const greedy = new ProduceIntake({ pause: () => {}, resume: () => {} }, total);
    const intake = new ProduceIntake(stream, total);

    greedy.take(100);
    intake.take(1);
    greedy.giveBack(2);

    expect(calls).toEqual(['pause', 'resume']);
  });

  test('rests while its client takes no replies', () => {
    const intake = new ProduceIntake(stream, new ByteBudget(LOTS));

    intake.setWritable(false);
    intake.take(10);
    intake.giveBack(10);
    const before = [...calls];
    intake.setWritable(true);

    expect(before).toEqual(['pause']);
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('that is over gives back what it held, and is not read again', () => {
    const total = new ByteBudget(100);
    const intake = new ProduceIntake(stream, total);
    intake.take(100);

    intake.close();
    intake.giveBack(100);

    expect(total.usedBytes).toBe(0);
    expect(calls).toEqual(['pause']);
  });
});
