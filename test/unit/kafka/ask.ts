import type { BrokerConfig } from '../../../src/broker/broker-config.ts';
import type { BrokerSetting, KafkaContext } from '../../../src/kafka/api/context.ts';
import { kafkaHandlers } from '../../../src/kafka/api/handlers.ts';
import type { Api } from '../../../src/kafka/wire/api.ts';
import type { Decoded, Encodable, Fields } from '../../../src/kafka/wire/field.ts';
import { decodeRequest, encodeRequest } from '../../../src/kafka/wire/request.ts';
import { decodeResponse, encodeResponse } from '../../../src/kafka/wire/response.ts';
import type { TestCluster } from '../broker/harness/test-cluster.ts';

const SIZE_BYTES = 4;
const STEP_MS = 10;
const WITHIN_MS = 10_000;

export interface KafkaClientOptions {
  readonly brokerId?: number;
  /** Of the broker, other than it was started with. */
  readonly config?: Partial<BrokerConfig>;
  readonly brokerSettings?: readonly BrokerSetting[];
}

export type Ask = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  apiVersion: number,
  body: Encodable<Q>,
) => Promise<Decoded<R>>;

/** What the handlers of one broker know. */
export const kafkaContextOf = (
  cluster: TestCluster,
  { brokerId = 1, config = {}, brokerSettings = [] }: KafkaClientOptions = {},
): KafkaContext => {
  const { node, logs } = cluster.broker(brokerId);
  const broker = node.clientContext();
  return {
    broker: { ...broker, config: { ...broker.config, ...config } },
    random: cluster.random,
    partitions: () => node.replicas.partitions(),
    brokerSettings,
    logs,
  };
};

/** A client of one broker: requests and answers go through their bytes. */
export const openKafkaClient = (cluster: TestCluster, options: KafkaClientOptions = {}): Ask => {
  const handlers = kafkaHandlers(kafkaContextOf(cluster, options));
  return async (api, apiVersion, body) => {
    const handler = handlers.find((each) => each.api.key === api.key);
    if (handler === undefined) throw new Error(`${api.name} is not served`);
    const head = { apiVersion, correlationId: 1 };
    const frame = Buffer.concat(encodeRequest(api, { ...head, clientId: 'c', body }));
    const request = decodeRequest(api, frame.subarray(SIZE_BYTES));
    const asked = handler.handle({
      ...request,
      peer: '10.0.0.1:555',
      onGone: () => {},
      onSent: () => {},
    });
    const answer = (await settled(cluster, asked)) as Parameters<typeof encodeResponse>[2];
    const bytes = Buffer.concat(encodeResponse(api, head, answer as never)).subarray(SIZE_BYTES);
    return decodeResponse(api, apiVersion, bytes).body;
  };
};

/** Lets virtual time pass until it is there. */
const settled = async (cluster: TestCluster, asked: unknown): Promise<unknown> => {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  const waiting = Promise.resolve(asked);
  waiting.then(settle, settle);
  for (let ms = 0; ms < WITHIN_MS && !isSettled; ms += STEP_MS) await cluster.run(STEP_MS);
  if (!isSettled) throw new Error(`no answer within ${WITHIN_MS} ms`);
  return waiting;
};
