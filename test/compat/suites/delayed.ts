import { beforeAll, describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import type { WireRecord } from '../support/records.ts';
import { linesOf } from '../support/records.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named } from '../support/suite.ts';
import { inParallel } from './records.ts';

const TOPIC = 'delayed';
const DELAY_MS = 4000;
const WRITERS = 4;
/** All programs are started once, a few at a time, and then what waits is waited for. */
const SENT_TIMEOUT_MS = 120_000;

/** Whoever can set a header delays a record; whoever can read sees it when it is due, and once. */
export const delayedSuite = (suite: CompatSuite): void => {
  const producers = suite.producers();
  const startMs = new Map<string, number>();
  const failures = new Map<string, unknown>();

  describe('a record with ottla-delay-ms', () => {
    beforeAll(async () => {
      const configs = { 'delay.enable': 'true' };
      await suite.cluster.createTopic(TOPIC, producers.length, configs);
      await inParallel(WRITERS, producers, async (producer, partition) => {
        startMs.set(producer.name, Date.now());
        const command = suite.produceCommand(producer, TOPIC, 'none');
        await mustRun(command, linesOf(recordsFor(partition))).catch((error: unknown) => {
          failures.set(producer.name, error);
        });
      });
      await new Promise((resolve) => setTimeout(resolve, DELAY_MS + 500));
    }, SENT_TIMEOUT_MS);

    it.each(named(producers))('is delayed when $name sends it', async ({ client: { name } }) => {
      expect(failures.get(name)).toBeUndefined();

      const [reader] = suite.consumers();
      const received = reader === undefined ? [] : await suite.consume(reader, TOPIC);

      const partition = producers.findIndex((producer) => producer.name === name);
      const late = received.filter((it) => it.partition === partition && textOf(it) === 'later');
      expect(late).toHaveLength(1);
      // The moment of delivery, by the leader's clock, which is this machine's.
      const waitedMs = (late[0]?.timestamp ?? 0) - (startMs.get(name) ?? 0);
      expect(waitedMs).toBeGreaterThanOrEqual(DELAY_MS);
    });

    it.each(named(suite.consumers()))(
      'comes to $name once, behind what was sent with it, with its headers',
      async ({ client }) => {
        const received = await suite.consume(client, TOPIC);

        for (const partition of producers.keys()) {
          if (failures.has(producers[partition]?.name ?? '')) continue;
          const own = received.filter((record) => record.partition === partition);
          expect(own.map(textOf), nameOf(producers, partition)).toEqual(['now', 'later']);
          const names = own[1]?.headers.map(([name]) => name);
          expect(names?.slice(0, 2)).toEqual(['trace', 'ottla-delay-ms']);
        }
      },
    );
  });
};

const recordsFor = (partition: number): WireRecord[] => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const plain = { partition, key: null, timestamp: Date.UTC(2026, 0, 1) };
  const headers = [
    ['trace', base64('a1b2')],
    ['ottla-delay-ms', base64(String(DELAY_MS))],
  ] as const;
  return [
    { ...plain, value: base64('later'), headers },
    { ...plain, value: base64('now'), headers: [] },
  ];
};

const textOf = ({ value }: WireRecord): string => Buffer.from(value ?? '', 'base64').toString();

const nameOf = (producers: readonly CompatClient[], partition: number): string =>
  `sent by ${producers[partition]?.name}`;
