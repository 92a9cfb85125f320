import { OttlaClient } from '../../../src/client/client.ts';
import type { ClientEnv } from '../../../src/client/env.ts';
import { sleep } from '../../../src/env/clock.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { Transport } from '../../../src/env/transport.ts';
import { FakeCluster } from '../../support/fake-client-service.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

export interface World {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly cluster: FakeCluster;
  readonly client: OttlaClient;
  readonly env: ClientEnv;
  /** Another client of the cluster, which knows nothing yet. */
  otherClient(): OttlaClient;
  /** A client over a transport of its own, whose end is that of its process. */
  clientOver(transport: Transport): OttlaClient;
  sleep(delayMs: number): Promise<void>;
}

export interface WorldOptions {
  readonly brokerCount?: number;
  readonly seed?: number | string;
  readonly requestTimeoutMs?: number;
}

/** A client on the node `client` and a cluster in memory; time moves only by `clock.settle`. */
export const startWorld = async (options: WorldOptions = {}): Promise<World> => {
  const clock = new ManualClock();
  const random = new SeededRandom(options.seed ?? 1);
  const network = new MemoryNetwork({ clock, random });
  const { brokerCount = 3, requestTimeoutMs = 30_000 } = options;
  const cluster = new FakeCluster({ clock, network, brokerCount });
  await cluster.start();
  const transport = network.transportFor('client');
  const env = { transport, clock, random: random.fork('client'), logger: silentLogger };
  const client = new OttlaClient(env, { bootstrap: cluster.bootstrap, requestTimeoutMs });
  const otherClient = (): OttlaClient => new OttlaClient(env, { bootstrap: cluster.bootstrap });
  const clientOver = (own: Transport): OttlaClient =>
    new OttlaClient({ ...env, transport: own }, { bootstrap: cluster.bootstrap });
  const rest = (delayMs: number): Promise<void> => sleep(clock, delayMs);
  return { clock, network, cluster, client, env, otherClient, clientOver, sleep: rest };
};

/** The outcome of a promise once time has moved on. */
export const outcomeAfter = async <T>(
  clock: ManualClock,
  delayMs: number,
  work: Promise<T>,
): Promise<{ value?: T; error?: unknown; isPending: boolean }> => {
  const outcome: { value?: T; error?: unknown; isPending: boolean } = { isPending: true };
  work.then(
    (value) => Object.assign(outcome, { value, isPending: false }),
    (error: unknown) => Object.assign(outcome, { error, isPending: false }),
  );
  await clock.settle(delayMs);
  return outcome;
};

export const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('utf8');

/** Values of all records in the log of a partition. */
export const valuesIn = ({ cluster }: World, topic: string, partition = 0): Array<string | null> =>
  cluster.partition(topic, partition).records.map(({ value }) => text(value));
