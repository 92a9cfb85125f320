import { describe, expect, it } from 'vitest';
import { ALL_ROWS, COST_ROWS, EDGE_ROWS } from '../../../bench/cost-matrix.ts';
import { BASE, isAlone, MATRIX, TARGET_ROWS } from '../../../bench/matrix.ts';
import { producerProperties } from '../../../bench/measure-produce.ts';
import { topicConfigs } from '../../../bench/rows.ts';

describe('the matrix', () => {
  it('has at most 40 rows, and each row that is measured a name of its own', () => {
    expect(MATRIX.length).toBeLessThanOrEqual(40);
    expect(new Set(ALL_ROWS.map(({ name }) => name)).size).toBe(ALL_ROWS.length);
  });

  it('gives settings only to rows whose runs have nodes of their own', () => {
    const tuned = ALL_ROWS.filter(({ settings }) => settings !== undefined);

    expect(tuned.map(({ name }) => name)).toContain('kill -9 of the leader, tuned');
    expect(tuned.filter((row) => !isAlone(row))).toEqual([]);
    expect(COST_ROWS.filter(({ settings }) => settings !== undefined)).toEqual([]);
  });

  it('tells both systems to take a silent peer for dead as soon as the other', () => {
    const { ottla, kafka } = EDGE_ROWS.find(({ kind }) => kind === 'failover')?.settings ?? {};

    expect(kafka).toMatchObject(ottla ?? { no: 'settings' });
  });

  it('begins with the base case, and gives five pairs to all that targets are judged by', () => {
    expect(MATRIX[0]?.load).toEqual(BASE);
    expect(TARGET_ROWS.filter(({ pairs }) => pairs < 5)).toEqual([]);
  });

  it('keeps the bytes of a run on all disks bounded, whatever its records', () => {
    const bytes = ALL_ROWS.map(
      ({ recordCount, load }) => recordCount * load.recordBytes * load.replication,
    );

    expect(Math.max(...bytes)).toBeLessThanOrEqual(600_000_000);
  });

  it('sends one record a request without batches, linger or the limits of idempotence', () => {
    const row = MATRIX.find(({ name }) => name === 'one record a request') ?? TARGET_ROWS[0];

    expect(row && producerProperties(row)).toEqual([
      'acks=1',
      'batch.size=0',
      'linger.ms=0',
      'compression.type=none',
      'enable.idempotence=false',
      'max.in.flight.requests.per.connection=16',
    ]);
  });
});

describe('topicConfigs', () => {
  it('lets neither system sync where memory is asked for', () => {
    expect(topicConfigs('ottla', 'memory', 1)).toMatchObject({ 'ack.durability': 'memory' });
    expect(topicConfigs('kafka', 'memory', 1)).toEqual({ 'min.insync.replicas': '1' });
  });

  it('lets ours alone sync for fsync, and both where both are to', () => {
    expect(topicConfigs('kafka', 'fsync', 3)).toEqual({ 'min.insync.replicas': '2' });
    expect(topicConfigs('ottla', 'fsync', 3)).toMatchObject({ 'ack.durability': 'fsync' });
    expect(topicConfigs('kafka', 'fsync both', 3)).toMatchObject({ 'flush.messages': '1' });
  });
});
