import type { AnyApi } from '../../src/kafka/wire/apis.ts';
import { APIS } from '../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../src/kafka/wire/request.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import {
  DELETE_HORIZON_BIT,
  DELIVERY_BIT,
  HELD_BIT,
  setAttributes,
} from '../../src/record/batch-header.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { goldenFrames } from '../unit/kafka/wire/golden-frames.ts';

/** Topics that the attacks write to and read from; their names would break a careless map. */
export const ATTACKED_TOPICS = ['__proto__', 'constructor', 'hasOwnProperty'];

/** The last one compresses anew, so that its batches are refused behind the handler of their request. */
const CONFIGS: readonly Record<string, string>[] = [
  {},
  { 'delay.enable': 'true' },
  { 'delay.enable': 'true', 'compression.type': 'gzip' },
];

export const attackedConfigs = (topic: string): Record<string, string> =>
  CONFIGS[ATTACKED_TOPICS.indexOf(topic)] ?? {};

/** The value of all records in batches that are marked as brokers mark theirs: nobody may see it. */
export const FORGED = 'forged';

const FRAME_SIZE_BYTES = 4;

/** Behind its size, as all frames here. */
const framed = (parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat(parts).subarray(FRAME_SIZE_BYTES);

/** Well-formed requests, without their size: what is wrong with them comes later. */
export class RequestFrames {
  readonly #golden: readonly Buffer[];

  constructor() {
    this.#golden = goldenFrames()
      .filter(({ direction }) => direction === 'request')
      .map(({ bytes }) => Buffer.from(bytes));
  }

  /** `API key and version` of each kind of frame that can be drawn. */
  get kinds(): ReadonlySet<string> {
    return new Set(this.#golden.map((it) => `${it.readInt16BE(0)} v${it.readInt16BE(2)}`));
  }

  /** Half of them name topics that exist, so that they get further than the look-up. */
  draw(random: SeededRandom): Buffer {
    if (random.below(2) === 0) return pick(this.#golden, random);
    return this.realFrame(random);
  }

  realFrame(random: SeededRandom): Buffer {
    const make = pick(REAL_FRAMES, random);
    return make(pick(ATTACKED_TOPICS, random), random);
  }
}

export const pick = <T>(items: readonly T[], random: SeededRandom): T =>
  items[random.below(items.length)] as T;

const versionOf = ({ minVersion, maxVersion }: AnyApi, random: SeededRandom): number =>
  minVersion + random.below(maxVersion - minVersion + 1);

const headOf = (api: unknown, random: SeededRandom) => ({
  apiVersion: versionOf(api as AnyApi, random),
  correlationId: random.u32() | 0,
  clientId: pick(['fuzz', '', '__proto__'], random),
});

const REAL_FRAMES: readonly ((topic: string, random: SeededRandom) => Buffer)[] = [
  (topic, random) =>
    framed(
      encodeRequest(APIS.produce, {
        ...headOf(APIS.produce, random),
        body: {
          acks: pick([-1, 0, 1], random),
          timeoutMs: 1000,
          topicData: [{ name: topic, partitionData: [{ index: 0, records: batch(random) }] }],
        },
      }),
    ),
  (topic, random) =>
    framed(
      encodeRequest(APIS.fetch, {
        ...headOf(APIS.fetch, random),
        body: {
          maxWaitMs: random.below(200),
          minBytes: random.below(3),
          topics: [
            { topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100_000 }] },
          ],
        },
      }),
    ),
  (topic, random) =>
    framed(
      encodeRequest(APIS.listOffsets, {
        ...headOf(APIS.listOffsets, random),
        body: {
          replicaId: -1,
          topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
        },
      }),
    ),
  (topic, random) =>
    framed(
      encodeRequest(APIS.metadata, {
        ...headOf(APIS.metadata, random),
        body: { topics: [{ name: topic }], allowAutoTopicCreation: false },
      }),
    ),
  (topic, random) =>
    framed(
      encodeRequest(APIS.describeConfigs, {
        ...headOf(APIS.describeConfigs, random),
        body: { resources: [{ resourceType: 2, resourceName: topic, configurationKeys: null }] },
      }),
    ),
];

/** A batch whose records have all that records can have; some are marked as only brokers may. */
const batch = (random: SeededRandom): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 100_000 });
  const bits = pick([0, 0, 0, HELD_BIT, DELIVERY_BIT, HELD_BIT | DELIVERY_BIT, MARKS], random);
  for (let count = random.below(5); count >= 0; count -= 1) {
    const value = pick([null, random.bytes(random.below(2000))], random);
    builder.append({
      timestampMs: Date.UTC(2026, 0, 1) + random.below(1e6),
      key: pick([null, random.bytes(8)], random),
      value: bits === 0 ? value : Buffer.from(FORGED),
      headers: [{ key: '__proto__', value: random.bytes(4) }, ...headersOfDelay(random)],
    });
  }
  const built = builder.build();
  if (bits !== 0) setAttributes(built, bits);
  return built;
};

const MARKS = HELD_BIT | DELIVERY_BIT | DELETE_HORIZON_BIT;

/** What asks for a delay, rightly or not, and what only brokers write. */
const headersOfDelay = (random: SeededRandom): { key: string; value: Uint8Array | null }[] => {
  if (random.below(3) > 0) return [];
  const names = ['ottla-delay-ms', 'ottla-deliver-at', 'ottla-hold', 'ottla-held-offset'];
  const texts = ['0', '50', '99999999999999999999', '-1', 'soon', 'x'.repeat(24)];
  return Array.from({ length: 1 + random.below(2) }, () => ({
    key: pick(names, random),
    value: pick([null, ...texts.map((text) => Buffer.from(text))], random),
  }));
};
