import { describe, expect, it } from 'vitest';
import { Member, until } from '../support/member.ts';
import type { CompatSuite } from '../support/suite.ts';

const TOPIC = 'cooperative';
/** Whose shares are whole for one to four members. */
const PARTITIONS = 12;
/** Records of each step. */
const STEP = 60;
const PATIENCE_MS = 45_000;
const TIMEOUT_MS = 300_000;

/** Clients in three languages in one group, each of which leads it for a while. */
export const cooperativeGroupsSuite = (suite: CompatSuite): void => {
  const clients = suite.clients.filter(({ memberTakesInstance }) => memberTakesInstance);
  const names = clients.map(({ name }) => name.split(' (')[0]).join(', ');

  describe('a cooperative group', () => {
    it.skipIf(clients.length < 2)(
      `of ${names} takes from a member only what another is given`,
      async () => {
        const { cluster } = suite;
        await cluster.createTopic(TOPIC, PARTITIONS);
        const all: Member[] = [];
        const seen = new Map<Member, number>();
        let step = 0;
        const shareAndRead = async (members: readonly Member[]): Promise<void> => {
          await untilShared(members);
          for (const member of members) {
            expect(heldThoughRevoked(member, seen.get(member) ?? 0)).toEqual([]);
            seen.set(member, member.revoked.length);
          }
          await cluster.append(TOPIC, { from: step * STEP, count: STEP, partitions: PARTITIONS });
          step += 1;
          await untilRead(step * STEP, all);
        };

        try {
          for (const client of clients) {
            const words = [cluster.kafkaBootstrap, TOPIC, TOPIC, 'cooperative-sticky'];
            all.push(new Member([...(client.member ?? []), ...words]));
            await shareAndRead(all);
          }
          for (const [at, leader] of all.slice(0, -1).entries()) {
            await leader.leave();
            await shareAndRead(all.slice(at + 1));
          }
        } finally {
          await Promise.all(all.map((member) => member.kill()));
        }
      },
      TIMEOUT_MS,
    );
  });
};

/** What it has still or again, though it was taken from it since. */
const heldThoughRevoked = ({ assigned, revoked }: Member, since: number): number[] => {
  const gone = new Set(revoked.slice(since).flat());
  return assigned.filter((partition) => gone.has(partition));
};

const untilShared = (members: readonly Member[]): Promise<void> =>
  until(
    () => {
      const held = members.flatMap(({ assigned }) => assigned);
      const isEven = members.every(
        ({ assigned }) => assigned.length * members.length === PARTITIONS,
      );
      return isEven && new Set(held).size === PARTITIONS;
    },
    () => tell(members),
    PATIENCE_MS,
  );

const untilRead = (count: number, members: readonly Member[]): Promise<void> =>
  until(
    () => new Set(members.flatMap(({ read }) => read.map(([, , value]) => value))).size >= count,
    () => tell(members),
    PATIENCE_MS,
  );

const tell = (members: readonly Member[]): string =>
  members
    .map(({ assignments, revoked, read, errors }) =>
      JSON.stringify({ assignments, revoked, readCount: read.length, errors }),
    )
    .join('\n');
