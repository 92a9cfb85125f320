import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import { Tap } from './tap.ts';

/** One node whose Kafka clients all come by a tap, since that is where it says it is. */
export class TappedNode {
  readonly tap: Tap;
  readonly #cluster: DevCluster;

  private constructor(tap: Tap, cluster: DevCluster) {
    this.tap = tap;
    this.#cluster = cluster;
  }

  static async start(): Promise<TappedNode> {
    const tap = await Tap.listen();
    try {
      const config = { 'advertised.listeners': `KAFKA://${tap.address}` };
      const cluster = await startDevCluster({ nodes: 1, config });
      tap.leadTo(cluster.kafkaBootstrap);
      return new TappedNode(tap, cluster);
    } catch (error) {
      await tap.close();
      throw error;
    }
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    await this.#cluster.client.admin().createTopic({ name, partitions });
  }

  /** One record each, in the order of the partitions; resolves when all are acknowledged. */
  async append(topic: string, partitions: readonly number[]): Promise<void> {
    const producer = this.#cluster.client.producer();
    await Promise.all(
      partitions.map((partition) => producer.send({ topic, partition, value: 'here' })),
    );
    await producer.close();
  }

  async stop(): Promise<void> {
    await this.tap.close();
    await this.#cluster.stop();
  }
}
