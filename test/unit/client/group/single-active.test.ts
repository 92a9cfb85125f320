import { describe, expect, test } from 'vitest';
import { singleActive } from '../../../../src/client/group/assignors/single-active.ts';
import { counts, memberOf, sharesOf } from './assignor-fixture.ts';

const partitionCounts = counts({ t: 2, u: 1 });

describe('single-active', () => {
  test('gives everything to one member', () => {
    const members = ['c', 'a', 'b'].map((id) => memberOf(id, ['t', 'u']));

    const shares = sharesOf(singleActive.assign({ members, partitionCounts }));

    expect(shares).toEqual({ a: 't0 t1 u0', b: '', c: '' });
  });

  test('leaves it with who has it, whoever comes', () => {
    const members = [
      memberOf('a', ['t', 'u']),
      memberOf('b', ['t', 'u'], { owned: 't0 t1 u0', generation: 3 }),
      memberOf('c', ['t', 'u'], { instanceId: 'first' }),
    ];

    const shares = sharesOf(singleActive.assign({ members, partitionCounts }));

    expect(shares).toEqual({ a: '', b: 't0 t1 u0', c: '' });
  });

  test('goes by the newest generation where two say that they have it, and lets go of the older', () => {
    const members = [
      memberOf('a', ['t'], { owned: 't0 t1', generation: 4 }),
      memberOf('b', ['t'], { owned: 't0', generation: 5 }),
    ];

    const shares = sharesOf(singleActive.assign({ members, partitionCounts: counts({ t: 2 }) }));

    expect(shares).toEqual({ a: '', b: '' });
  });

  test('gives nothing that another still holds: it begins when that one has let go', () => {
    const members = [
      memberOf('a', ['t'], { owned: 't1', generation: 4 }),
      memberOf('b', ['t'], { owned: 't0', generation: 5 }),
    ];

    const shares = sharesOf(singleActive.assign({ members, partitionCounts: counts({ t: 2 }) }));

    expect(shares).toEqual({ a: '', b: 't0' });
  });

  test('gives a topic that the active member does not want to the first that does', () => {
    const members = [memberOf('a', ['t']), memberOf('b', ['t', 'u'])];

    const shares = sharesOf(singleActive.assign({ members, partitionCounts }));

    expect(shares).toEqual({ a: 't0 t1', b: 'u0' });
  });
});
