import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReaderRecord } from '../../../src/client/reader/decode-records.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';

const SCRIPT = fileURLToPath(new URL('../kafkajs/settings.mjs', import.meta.url));
const PREFIX = 'settings';
/** Kafka's numbers of where a setting comes from. */
const FROM_TOPIC = 1;
const FROM_DEFAULT = 5;

type Sent = { readonly baseOffset?: string; readonly logAppendTime?: string };

interface Told {
  readonly startMs: number;
  readonly endMs: number;
  readonly old: string;
  readonly configs: Readonly<Record<string, readonly [value: string, source: number]>>;
  readonly stamped: Sent;
  readonly bounded: ReadonlyArray<Sent & { readonly refused?: string }>;
  readonly packed: readonly Sent[];
  readonly read: ReadonlyArray<readonly [topic: string, value: string, timestampMs: number]>;
}

/** What topics promise by their settings, written by kafkajs and read by it and by the SDK. */
export const settingsSuite = (suite: CompatSuite): void => {
  const hasKafkajs = suite.clients.some(({ name }) => name.startsWith('kafkajs'));

  describe.skipIf(!hasKafkajs)('the settings of a topic, with kafkajs', () => {
    let told: Told;
    let recompressedBefore = 0;
    beforeAll(async () => {
      recompressedBefore = await suite.cluster.recompressedBatches();
      const words = [suite.cluster.kafkaBootstrap, PREFIX];
      told = JSON.parse(await mustRun([process.execPath, SCRIPT, ...words])) as Told;
    }, 60_000);

    it('are all described, with their values and where these come from', () => {
      expect(told.configs).toMatchObject({
        'message.timestamp.type': ['LogAppendTime', FROM_TOPIC],
        'message.timestamp.after.max.ms': ['3600000', FROM_DEFAULT],
        'message.timestamp.before.max.ms': ['9223372036854775807', FROM_DEFAULT],
        'compression.type': ['producer', FROM_DEFAULT],
        'max.message.bytes': ['1048588', FROM_DEFAULT],
      });
    });

    it('with LogAppendTime give every record the time of its append', async () => {
      const appendMs = Number(told.stamped.logAppendTime);

      expect(appendMs).toBeGreaterThanOrEqual(told.startMs);
      expect(appendMs).toBeLessThanOrEqual(told.endMs);
      expect(told.read.filter(([topic]) => topic === 'stamped')).toEqual([
        ['stamped', 'a', appendMs],
        ['stamped', 'b', appendMs],
      ]);
      const records = await suite.cluster.read(`${PREFIX}-stamped`, 2);
      expect(records.map(({ timestampMs }) => timestampMs)).toEqual([appendMs, appendMs]);
    });

    it('with bounds to timestamps refuse what lies outside of them', () => {
      const [inTime, ...outside] = told.bounded;

      expect(inTime).toMatchObject({ baseOffset: '0', logAppendTime: '-1' });
      expect(outside).toEqual([{ refused: 'INVALID_TIMESTAMP' }, { refused: 'INVALID_TIMESTAMP' }]);
      expect(told.read.filter(([topic]) => topic === 'bounded')).toEqual([
        ['bounded', 'in time', told.startMs],
      ]);
    });

    it('with compression.type=zstd recompress both batches and keep what is in them', async () => {
      expect(told.packed.map(({ baseOffset }) => baseOffset)).toEqual(['0', '2']);
      const records = await suite.cluster.read(`${PREFIX}-packed`, 3);
      expect(records.map(seen)).toEqual(packedBy(told));
    });

    it('count the batches that were recompressed, and none of other topics', async () => {
      expect(recompressedBefore).toBe(0);
      expect(await suite.cluster.recompressedBatches()).toBe(2);
    });
  });
};

/** A record in words. */
const seen = ({ offset, timestampMs, key, value, headers }: ReaderRecord) => ({
  offset,
  timestampMs,
  key: key && Buffer.from(key).toString(),
  value: value && Buffer.from(value).toString(),
  headers: headers.map((header) => [header.key, Buffer.from(header.value ?? []).toString()]),
});

const packedBy = ({ old, startMs }: Told): unknown => {
  const oldMs = Number(old);
  return [
    { offset: 0, timestampMs: oldMs, key: 'k', value: 'plain', headers: [['h', 'x']] },
    { offset: 1, timestampMs: startMs, key: null, value: null, headers: [] },
    { offset: 2, timestampMs: oldMs, key: null, value: 'gzip', headers: [] },
  ];
};
