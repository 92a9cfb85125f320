import { beforeAll, describe, expect, it } from 'vitest';
import type { CompatSuite } from '../support/suite.ts';
import { named } from '../support/suite.ts';

const TOPIC = 'compacted';
const KEYS = Array.from({ length: 20 }, (_, at) => `key ${at}`);
/** Deleted in the last round but one: what is left of it is its tombstone. */
const DELETED = 'key 7';
const ROUNDS = 40;
const SENT = KEYS.length * ROUNDS;
const COMPACTION_MS = 60_000;

const sentValue = (key: string, round: number): string | null =>
  key === DELETED && round >= ROUNDS - 2 ? null : `${key} in round ${round}`;

const NEWEST = new Map(KEYS.map((key) => [key, sentValue(key, ROUNDS - 1)]));

/** Everybody reads a log that compaction has made holes in. */
export const compactedSuite = (suite: CompatSuite): void => {
  describe('a compacted topic', () => {
    beforeAll(async () => {
      const { cluster } = suite;
      await cluster.createTopic(TOPIC, 1, {
        'cleanup.policy': 'compact',
        'min.cleanable.dirty.ratio': '0',
        'segment.bytes': '4096',
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        await cluster.appendKeyed(
          TOPIC,
          KEYS.map((key) => [key, sentValue(key, round)]),
        );
      }
      await compacted(suite);
    }, COMPACTION_MS);

    it.each(named(suite.consumers()))(
      'gives $name the newest record of every key, in order, and no more than is there',
      async ({ client }) => {
        const received = await suite.consume(client, TOPIC);

        const pairs = received.map(({ key, value }) => [textOf(key) ?? '', textOf(value)] as const);
        expect(new Map(pairs)).toEqual(NEWEST);
        expect(received.length).toBeLessThan(SENT / 2);
        expectInOrder(pairs.flatMap(([, value]) => (value === null ? [] : [value])));
      },
    );
  });
};

/** Resolves when most of what newer records supersede is gone. */
const compacted = async ({ cluster }: CompatSuite): Promise<void> => {
  while ((await cluster.countOf(TOPIC)) >= SENT / 2) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

const textOf = (base64: string | null): string | null =>
  base64 === null ? null : Buffer.from(base64, 'base64').toString();

/** What is left of each key goes from old to new. */
const expectInOrder = (values: readonly string[]): void => {
  const rounds = values.map((value) => Number(value.split(' ').at(-1)));
  expect(rounds.length).toBeGreaterThanOrEqual(NEWEST.size - 1);
  expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
};
