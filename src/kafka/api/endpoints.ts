import type { NodeId } from '../../base/ids.ts';
import type { BrokerRegistration, MetadataImage } from '../../metadata/image.ts';

/** Where Kafka's clients reach a broker. */
export interface Endpoint {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** `host:port`, with an IPv6 host in brackets, which Kafka's clients want without. */
const endpointOf = ({ brokerId, kafkaAddress, rack }: BrokerRegistration): Endpoint => {
  const colon = kafkaAddress.lastIndexOf(':');
  return {
    nodeId: brokerId,
    host: kafkaAddress.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(kafkaAddress.slice(colon + 1)),
    rack: rack === '' ? null : rack,
  };
};

const hasEndpoint = (broker: BrokerRegistration | undefined): broker is BrokerRegistration =>
  broker !== undefined && !broker.isFenced && broker.kafkaAddress !== '';

/** Live brokers that have a Kafka listener, in order of their numbers. */
export const liveEndpoints = (image: MetadataImage): Endpoint[] =>
  [...image.brokers.values()]
    .filter(hasEndpoint)
    .sort((a, b) => a.brokerId - b.brokerId)
    .map(endpointOf);

/** Those of `nodeIds` that can be reached, each once. */
export const endpointsOf = (image: MetadataImage, nodeIds: Iterable<NodeId>): Endpoint[] =>
  [...new Set(nodeIds)]
    .map((nodeId) => image.brokers.get(nodeId))
    .filter(hasEndpoint)
    .map(endpointOf);
