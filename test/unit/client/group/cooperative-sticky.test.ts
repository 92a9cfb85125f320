import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  AssignmentQuestion,
  Assignments,
  AssignorMember,
} from '../../../../src/client/group/assignors/assignor.ts';
import { cooperativeSticky } from '../../../../src/client/group/assignors/cooperative-sticky.ts';
import { counts, inText, memberOf, sharesOf } from './assignor-fixture.ts';

const TOPICS = ['t', 'u', 'v'];

/**
 * Members with what they were given as what they own, in the next generation. A topic that is not
 * wanted any more is given up before joining.
 */
const holding = (
  members: readonly AssignorMember[],
  assignments: Assignments,
  generation: number,
): AssignorMember[] =>
  members.map((member) => ({
    ...member,
    owned: (assignments.get(member.memberId) ?? []).filter(({ topic }) =>
      member.topics.includes(topic),
    ),
    generation,
  }));

/** As a group does it: holders give up what is not in their share and join again, until nothing moves. */
const settle = (question: AssignmentQuestion): { shares: Assignments; roundCount: number } => {
  let { members } = question;
  for (let round = 1; ; round += 1) {
    const shares = cooperativeSticky.assign({ ...question, members });
    const before = JSON.stringify(members.map(({ owned }) => inText(owned)));
    members = holding(members, shares, round + 1);
    const isStill = JSON.stringify(members.map(({ owned }) => inText(owned))) === before;
    if (isStill) return { shares, roundCount: round };
  }
};

const keysOf = (partitions: Iterable<{ topic: string; partition: number }>): Set<string> =>
  new Set([...partitions].map(({ topic, partition }) => `${topic}${partition}`));

const clusterArb = fc.record({ t: fc.nat(12), u: fc.nat(8), v: fc.nat(3) });
const membersArb = (topics: fc.Arbitrary<string[]>): fc.Arbitrary<AssignorMember[]> =>
  fc
    .array(topics, { minLength: 1, maxLength: 7 })
    .map((wanted) => wanted.map((each, at) => memberOf(`m${at}`, each)));
const sameTopics = membersArb(fc.constant(TOPICS));
const anyTopics = membersArb(fc.subarray(TOPICS, { minLength: 1 }));

/** True where a chain of moves would take one from a member to another that has two fewer. */
const canBeMoreEven = ({ members }: AssignmentQuestion, shares: Assignments): boolean => {
  const held = (id: string) => shares.get(id) ?? [];
  return members.some(({ memberId: source }) => {
    const reached = new Set([source]);
    for (const id of reached) {
      for (const { topic } of held(id)) {
        for (const other of members) if (other.topics.includes(topic)) reached.add(other.memberId);
      }
    }
    return [...reached].some((id) => held(id).length <= held(source).length - 2);
  });
};

describe('what holds for every group', () => {
  test('each partition that somebody wants is with one member that wants it', () => {
    fc.assert(
      fc.property(anyTopics, clusterArb, (members, sizes) => {
        const { shares } = settle({ members, partitionCounts: counts(sizes) });
        const given = [...shares.values()].flat();
        const wanted = TOPICS.filter((topic) => members.some((it) => it.topics.includes(topic)));
        const expected = wanted.flatMap((topic) =>
          Array.from({ length: sizes[topic as 't'] }, (_, partition) => `${topic}${partition}`),
        );
        expect(given.length).toBe(expected.length);
        expect(keysOf(given)).toEqual(new Set(expected));
        for (const { memberId, topics } of members) {
          for (const { topic } of shares.get(memberId) ?? []) expect(topics).toContain(topic);
        }
      }),
    );
  });

  test('the shares are as even as the subscriptions allow', () => {
    fc.assert(
      fc.property(anyTopics, clusterArb, (members, sizes) => {
        const question = { members, partitionCounts: counts(sizes) };

        expect(canBeMoreEven(question, settle(question).shares)).toBe(false);
      }),
    );
  });

  test('where all want the same, nobody has two more than another', () => {
    fc.assert(
      fc.property(sameTopics, clusterArb, (members, sizes) => {
        const { shares } = settle({ members, partitionCounts: counts(sizes) });
        const sizesOfShares = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizesOfShares) - Math.min(...sizesOfShares)).toBeLessThan(2);
      }),
    );
  });

  test('nobody is given what another member still holds', () => {
    fc.assert(
      fc.property(anyTopics, anyTopics, clusterArb, (before, now, sizes) => {
        const partitionCounts = counts(sizes);
        const { shares } = settle({ members: before, partitionCounts });
        const members = holding(now, shares, 2);

        const next = cooperativeSticky.assign({ members, partitionCounts });

        for (const { memberId, owned } of members) {
          const mine = keysOf(owned);
          for (const [id, given] of next) {
            if (id === memberId) continue;
            for (const key of keysOf(given)) expect(mine).not.toContain(key);
          }
        }
      }),
    );
  });

  test('where all want the same, a change settles in two rounds: one to give up, one to take', () => {
    fc.assert(
      fc.property(anyTopics, sameTopics, clusterArb, (before, now, sizes) => {
        const partitionCounts = counts(sizes);
        const { shares } = settle({ members: before, partitionCounts });

        const { roundCount } = settle({ members: holding(now, shares, 2), partitionCounts });

        // The last one only shows that nothing moves any more.
        expect(roundCount).toBeLessThanOrEqual(3);
      }),
    );
  });

  test('where members want different topics, a change settles in a few rounds more', () => {
    fc.assert(
      fc.property(anyTopics, anyTopics, clusterArb, (before, now, sizes) => {
        const partitionCounts = counts(sizes);
        const { shares } = settle({ members: before, partitionCounts });

        const { roundCount } = settle({ members: holding(now, shares, 2), partitionCounts });

        expect(roundCount).toBeLessThanOrEqual(6);
      }),
    );
  });

  test('a group in which nothing changed keeps all its shares', () => {
    fc.assert(
      fc.property(anyTopics, clusterArb, (members, sizes) => {
        const partitionCounts = counts(sizes);
        const { shares } = settle({ members, partitionCounts });

        const again = cooperativeSticky.assign({
          members: holding(members, shares, 2),
          partitionCounts,
        });

        expect(sharesOf(again)).toEqual(sharesOf(shares));
      }),
    );
  });

  test('where all want the same, no more changes hands than evenness costs', () => {
    fc.assert(
      fc.property(
        sameTopics,
        fc.array(fc.nat(6), { maxLength: 27 }),
        clusterArb,
        (members, holders, sizes) => {
          const all = TOPICS.flatMap((topic) =>
            Array.from({ length: sizes[topic as 't'] }, (_, partition) => ({ topic, partition })),
          );
          const ownedBy = (at: number) =>
            all.filter(
              (_, index) => holders[index] !== undefined && holders[index] % members.length === at,
            );
          const owners = members.map((member, at) => ({
            ...member,
            owned: ownedBy(at),
            generation: 1,
          }));

          const { shares } = settle({ members: owners, partitionCounts: counts(sizes) });

          const least = Math.floor(all.length / members.length);
          const withOneMore = all.length % members.length;
          const over = owners.map(({ owned }) => Math.max(0, owned.length - least));
          const keepOneMore = Math.min(withOneMore, over.filter((count) => count > 0).length);
          const mustMove = over.reduce((sum, count) => sum + count, 0) - keepOneMore;
          const moved = owners.flatMap(({ memberId, owned }) => {
            const now = keysOf(shares.get(memberId) ?? []);
            return owned.filter((at) => !now.has(inText([at])));
          });
          expect(moved.length).toBe(mustMove);
        },
      ),
    );
  });

  test('where all want the same, those who stay lose nothing to a leaving', () => {
    fc.assert(
      fc.property(sameTopics, clusterArb, fc.nat(6), (members, sizes, leaving) => {
        fc.pre(members.length > 1);
        const partitionCounts = counts(sizes);
        const { shares } = settle({ members, partitionCounts });
        const stay = holding(members, shares, 2).filter((_, at) => at !== leaving % members.length);

        const next = cooperativeSticky.assign({ members: stay, partitionCounts });

        for (const { memberId, owned } of stay) {
          const now = keysOf(next.get(memberId) ?? []);
          for (const key of keysOf(owned)) expect(now).toContain(key);
        }
      }),
    );
  });
});

describe('claims', () => {
  test('of two who claim a partition the one of the later generation is right', () => {
    const members = [
      memberOf('a', ['t'], { owned: 't0 t1', generation: 4 }),
      memberOf('b', ['t'], { owned: 't1', generation: 5 }),
    ];

    const { shares } = settle({ members, partitionCounts: counts({ t: 2 }) });

    expect(sharesOf(shares)).toEqual({ a: 't0', b: 't1' });
  });

  test('where the generation does not decide, neither keeps it at first', () => {
    const members = [
      memberOf('a', ['t'], { owned: 't0', generation: 5 }),
      memberOf('b', ['t'], { owned: 't0', generation: 5 }),
    ];

    const shares = cooperativeSticky.assign({ members, partitionCounts: counts({ t: 1 }) });

    expect(sharesOf(shares)).toEqual({ a: '', b: '' });
  });

  test('a claim of a topic that is gone, or not wanted any more, is dropped', () => {
    const members = [memberOf('a', ['t'], { owned: 'gone0 u0 t7 t0' })];

    const shares = cooperativeSticky.assign({ members, partitionCounts: counts({ t: 1, u: 1 }) });

    expect(sharesOf(shares)).toEqual({ a: 't0' });
  });
});

test('ten members settle on 900 partitions within a tenth of a second', () => {
  const members = Array.from({ length: 10 }, (_, at) => memberOf(`m${at}`, ['t']));
  const [first] = members;
  const owned = Array.from({ length: 900 }, (_, partition) => ({ topic: 't', partition }));
  const crowded = members.map((it) => (it === first ? { ...it, owned, generation: 1 } : it));
  const startMs = performance.now();

  const { shares } = settle({ members: crowded, partitionCounts: counts({ t: 900 }) });

  expect(new Set([...shares.values()].map(({ length }) => length))).toEqual(new Set([90]));
  expect(performance.now() - startMs).toBeLessThan(1000);
});
