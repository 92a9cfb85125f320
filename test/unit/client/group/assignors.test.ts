import { describe, expect, test } from 'vitest';
import { range } from '../../../../src/client/group/assignors/range.ts';
import { roundRobin } from '../../../../src/client/group/assignors/round-robin.ts';
import { counts, memberOf, sharesOf } from './assignor-fixture.ts';

describe('range', () => {
  test('splits each topic into runs; the first members get one more where it is uneven', () => {
    const members = ['c', 'a', 'b'].map((id) => memberOf(id, ['t', 'u']));

    const shares = sharesOf(range.assign({ members, partitionCounts: counts({ t: 5, u: 3 }) }));

    expect(shares).toEqual({ a: 't0 t1 u0', b: 't2 t3 u1', c: 't4 u2' });
  });

  test('splits a topic among those who want it only', () => {
    const members = [memberOf('a', ['t']), memberOf('b', ['t', 'u']), memberOf('c', ['u'])];

    const shares = sharesOf(range.assign({ members, partitionCounts: counts({ t: 4, u: 2 }) }));

    expect(shares).toEqual({ a: 't0 t1', b: 't2 t3 u0', c: 'u1' });
  });

  test('puts static members first, by their instance ids, whatever their ids of the moment', () => {
    const members = [
      memberOf('zzz', ['t'], { instanceId: 'i1' }),
      memberOf('aaa', ['t'], { instanceId: 'i2' }),
      memberOf('000', ['t']),
    ];

    const shares = sharesOf(range.assign({ members, partitionCounts: counts({ t: 3 }) }));

    expect(shares).toEqual({ zzz: 't0', aaa: 't1', '000': 't2' });
  });

  test('gives nothing of a topic that does not exist, and nothing to one too many', () => {
    const members = ['a', 'b', 'c'].map((id) => memberOf(id, ['t', 'gone']));

    const shares = sharesOf(range.assign({ members, partitionCounts: counts({ t: 2, gone: 0 }) }));

    expect(shares).toEqual({ a: 't0', b: 't1', c: '' });
  });
});

describe('round robin', () => {
  test('deals the partitions of all topics out one by one', () => {
    const members = ['b', 'a'].map((id) => memberOf(id, ['t', 'u']));

    const shares = sharesOf(
      roundRobin.assign({ members, partitionCounts: counts({ t: 3, u: 3 }) }),
    );

    expect(shares).toEqual({ a: 't0 t2 u1', b: 't1 u0 u2' });
  });

  test('passes over who does not want a topic', () => {
    const members = [memberOf('a', ['t']), memberOf('b', ['t', 'u'])];

    const shares = sharesOf(
      roundRobin.assign({ members, partitionCounts: counts({ t: 2, u: 2 }) }),
    );

    expect(shares).toEqual({ a: 't0', b: 't1 u0 u1' });
  });

  test('without members there is nothing to deal', () => {
    const shares = sharesOf(roundRobin.assign({ members: [], partitionCounts: counts({ t: 2 }) }));

    expect(shares).toEqual({});
  });
});
