import type { CompatClient, MissingClient } from './clients.ts';
import { CompatCluster } from './cluster.ts';
import type { WireRecord } from './records.ts';
import { mustRun } from './run.ts';

/** What the tests of a run share: the clients that were found, and one cluster for all of them. */
export class CompatSuite {
  readonly clients: readonly CompatClient[];
  readonly missing: readonly MissingClient[];
  #cluster: CompatCluster | undefined;

  constructor(found: Pick<CompatSuite, 'clients' | 'missing'>) {
    this.clients = found.clients;
    this.missing = found.missing;
  }

  get cluster(): CompatCluster {
    if (this.#cluster === undefined) throw new Error('the cluster was not started');
    return this.#cluster;
  }

  async start(): Promise<void> {
    this.#cluster = await CompatCluster.start();
  }

  async stop(): Promise<void> {
    await this.#cluster?.stop();
  }

  producers(codec?: string): CompatClient[] {
    const found = this.clients.filter(({ producer }) => producer !== undefined);
    return codec === undefined ? found : found.filter(({ codecs }) => codecs.includes(codec));
  }

  consumers(codec = 'none'): CompatClient[] {
    return this.clients.filter(
      ({ consumer, codecs, readCodecs }) =>
        consumer !== undefined && (readCodecs ?? codecs).includes(codec),
    );
  }

  /** The command that writes to a topic what it is given as lines. */
  produceCommand({ producer }: CompatClient, topic: string, codec: string): readonly string[] {
    return [...(producer ?? []), 'produce', this.cluster.kafkaBootstrap, topic, codec];
  }

  /** As `produceCommand`, for records that are given to it bit by bit. */
  streamCommand(client: CompatClient, topic: string): readonly string[] {
    return this.produceCommand(
      { ...client, producer: client.streamer ?? client.producer },
      topic,
      'none',
    );
  }

  /** What a client reads of a topic; with `fromMs` what is not older. */
  async consume(client: CompatClient, topic: string, fromMs?: number): Promise<WireRecord[]> {
    const words = ['consume', this.cluster.kafkaBootstrap, topic];
    if (fromMs !== undefined) words.push(String(fromMs));
    const out = await mustRun([...(client.consumer ?? []), ...words]);
    const lines = out.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as WireRecord);
  }
}

/** A client's name as part of a topic's. */
export const slugOf = ({ name }: CompatClient): string =>
  name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();

/** For `it.each`: each client under its name. */
export const named = (clients: readonly CompatClient[]): { name: string; client: CompatClient }[] =>
  clients.map((client) => ({ name: client.name, client }));
