/** Loopback ports of one broker. */
export interface PeerPorts {
  readonly kafka: number;
  readonly controller: number;
}

export interface PeerShape {
  /** Of all brokers; broker n is the n-th, from 1. */
  readonly ports: readonly PeerPorts[];
  readonly nodeId: number;
  readonly logDir: string;
  /** Lines added at the end. */
  readonly settings: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
const REPLICAS_WANTED = 3;

/**
 * `server.properties` of a broker that is a controller too. What is left out has Kafka's default;
 * what is set are addresses, replicas of its own topics as there are brokers for them, and that
 * deleted data goes at once, for a run begins when that of the last one is gone.
 */
export const peerProperties = ({ ports, nodeId, logDir, settings }: PeerShape): string => {
  const own = ports[nodeId - 1] ?? { kafka: 0, controller: 0 };
  const voters = ports.map(({ controller }, index) => `${index + 1}@${HOST}:${controller}`);
  const replicas = String(Math.min(REPLICAS_WANTED, ports.length));
  const minInSync = String(Math.min(REPLICAS_WANTED - 1, ports.length));
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${HOST}:${own.kafka},CONTROLLER://${HOST}:${own.controller}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${own.kafka}`,
    'log.dirs': logDir,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    'log.segment.delete.delay.ms': '1000',
    ...settings,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
};
