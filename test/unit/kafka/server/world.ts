import { ByteBudget } from '../../../../src/broker/client/byte-budget.ts';
import type { LogFields, Logger } from '../../../../src/env/logger.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import type { Answer, KafkaHandler } from '../../../../src/kafka/handler.ts';
import { serve } from '../../../../src/kafka/handler.ts';
import type { KafkaLimits } from '../../../../src/kafka/limits.ts';
import { KAFKA_LIMITS } from '../../../../src/kafka/limits.ts';
import { KafkaServer } from '../../../../src/kafka/server.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../../../src/kafka/wire/request.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import type { MemoryClient } from '../../../support/memory-listener.ts';
import { MemoryListener } from '../../../support/memory-listener.ts';

export const ADDRESS = 'broker:9092';

/** Requests that carry their number as the client id. */
export const versionsFrame = (correlationId: number, apiVersion = 0): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.apiVersions, {
      apiVersion,
      correlationId,
      clientId: 'test',
      body: { clientSoftwareName: 'test', clientSoftwareVersion: '1' },
    }),
  );

export const produceFrame = (correlationId: number, { acks = 1, sizeBytes = 10 } = {}): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.produce, {
      apiVersion: 7,
      correlationId,
      clientId: 'test',
      body: {
        acks,
        timeoutMs: 1000,
        topicData: [
          { name: 't', partitionData: [{ index: 0, records: new Uint8Array(sizeBytes) }] },
        ],
      },
    }),
  );

export const metadataFrame = (correlationId: number): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.metadata, {
      apiVersion: 1,
      correlationId,
      clientId: 'test',
      body: { topics: [] },
    }),
  );

/** A handler whose answers the test gives. */
class Desk {
  readonly begun: number[] = [];
  readonly gone: number[] = [];
  readonly #answers = new Map<number, (answer: unknown) => void>();
  #count = 0;

  readonly handler = (api: KafkaHandler['api'], overlaps: boolean): KafkaHandler => ({
    api,
    overlaps,
    isMeasuredApart: false,
    handle: ({ onGone }) =>
      new Promise<Answer<unknown>>((resolve) => {
        this.#count += 1;
        const number = this.#count;
        this.begun.push(number);
        onGone(() => this.gone.push(number));
        this.#answers.set(number, (answer) => resolve(answer as Answer<unknown>));
      }),
  });

  answer(number: number, answer: unknown = PRODUCED): void {
    this.#answers.get(number)?.(answer);
  }
}

const PRODUCED = { responses: [] };

export interface World {
  readonly clock: ManualClock;
  readonly listener: MemoryListener;
  readonly desk: Desk;
  readonly lines: LogFields[];
  /** The text of each. */
  readonly texts: string[];
  readonly fatal: Error[];
  server: KafkaServer;
}

export const startWorld = async (
  { heldBytesMax = 1 << 28, ...limits }: Partial<KafkaLimits> & { heldBytesMax?: number } = {},
  more: (desk: Desk) => readonly KafkaHandler[] = () => [],
): Promise<World> => {
  const clock = new ManualClock();
  const listener = new MemoryListener(clock);
  const desk = new Desk();
  const lines: LogFields[] = [];
  const fatal: Error[] = [];
  const texts: string[] = [];
  const warn = (text: string, fields: LogFields = {}): void => {
    texts.push(text);
    lines.push(fields);
  };
  const logger: Logger = { ...silentLogger, warn };
  const server = new KafkaServer({
    clock,
    logger,
    meter: silentMeter,
    bytes: listener,
    limits: { ...KAFKA_LIMITS, ...limits },
    budget: new ByteBudget(heldBytesMax),
    handlers: [
      serve(APIS.apiVersions, () => ({ errorCode: 0, apiKeys: [] })),
      desk.handler(APIS.produce as KafkaHandler['api'], true),
      desk.handler(APIS.metadata as KafkaHandler['api'], false),
      ...more(desk),
    ],
    onFatal: (error) => fatal.push(error),
  });
  await server.listen(ADDRESS);
  return { clock, listener, desk, lines, texts, fatal, server };
};

/** Correlation ids of the answers that have arrived, in their order. */
export const answersTo = (client: MemoryClient): number[] => {
  const bytes = client.received;
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
    ids.push(bytes.readInt32BE(at + 4));
  }
  return ids;
};

export const sizeOnly = (sizeBytes: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(sizeBytes);
  return bytes;
};

export const headOf = (apiKey: number, apiVersion: number, sizeBytes = 1000): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(sizeBytes);
  bytes.writeInt16BE(apiKey, 4);
  bytes.writeInt16BE(apiVersion, 6);
  return bytes;
};
