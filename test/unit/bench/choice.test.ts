import { describe, expect, it } from 'vitest';
import { choose } from '../../../bench/choice.ts';
import { COST_ROWS } from '../../../bench/cost-matrix.ts';
import { TARGET_ROWS } from '../../../bench/matrix.ts';

const namesOf = (...words: string[]): string[] => choose(words).rows.map(({ name }) => name);

describe('choose', () => {
  it('takes a set whole, and keeps it under its own name', () => {
    const { rows, ...rest } = choose(['--set', 'targets']);

    expect(rows).toHaveLength(TARGET_ROWS.length + COST_ROWS.length);
    expect(rest).toEqual({ out: 'full-targets', isInto: false, isWhole: true });
  });

  it('takes rows by several texts, of which a comma and a blank are part', () => {
    const words = ['--set', 'targets', '--rows', 'idle,produce, acks=all, RF 3, fsync'];

    expect(namesOf(...words)).toEqual(['produce, acks=all, RF 3, fsync', 'idle']);
  });

  it('adds the rows that the chosen ones are held against', () => {
    expect(namesOf('--rows', '1,000 partitions at once')).toEqual([
      '1 partition at once, acks=all, RF 1, fsync',
      '1,000 partitions at once, acks=all, RF 1, fsync',
    ]);
    expect(namesOf('--rows', 'produce, 100 partitions')).toContain('produce');
    expect(namesOf('--rows', 'latency at 50 %, acks=all, RF 3, memory')).toEqual([
      'produce, acks=all, RF 3, memory',
      'latency at 50 %, acks=all, RF 3, memory',
    ]);
  });

  it('leaves the files of whole runs alone where rows are left out or made shorter', () => {
    for (const words of [
      ['--rows', 'idle'],
      ['--pairs', '1'],
      ['--share', '0.1'],
    ]) {
      expect(choose(words)).toMatchObject({ out: 'part', isWhole: false });
    }
  });

  it('measures a part of a run again only in full', () => {
    expect(choose(['--rows', 'idle', '--into', 'full-targets'])).toMatchObject({
      out: 'full-targets',
      isInto: true,
    });
    expect(() => choose(['--into', 'full-targets', '--pairs', '1'])).toThrow('leave out --pairs');
  });

  it('refuses a set or a row that is not there', () => {
    expect(() => choose(['--set', 'none'])).toThrow('--set none');
    expect(() => choose(['--rows', 'idle,none'])).toThrow('--rows none');
  });
});
