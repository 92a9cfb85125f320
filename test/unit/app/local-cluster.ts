import { connect } from '../../../src/app/connect.ts';
import type { LocalNodes } from '../../../src/app/local-nodes.ts';
import { startLocalNodes } from '../../../src/app/local-nodes.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';

const PORTS_PER_NODE = 4;
const POLL_MS = 100;

/** Combined nodes in this process, over real files and sockets, with their pages for operators. */
export class LocalCluster {
  readonly client: OttlaClient;
  readonly #nodes: LocalNodes;
  readonly #adminPorts: readonly number[];

  private constructor(nodes: LocalNodes, adminPorts: readonly number[]) {
    this.#nodes = nodes;
    this.#adminPorts = adminPorts;
    this.client = connect({ bootstrap: nodes.bootstrap });
  }

  /** `overrides`: `key=value`, for every node. */
  static async start(
    root: string,
    nodeCount: number,
    overrides: readonly string[] = [],
  ): Promise<LocalCluster> {
    const free = await freePorts(nodeCount * PORTS_PER_NODE);
    const ports = Array.from({ length: nodeCount }, (_, index) => {
      const [client = 0, kafka = 0, peer = 0, admin = 0] = free.slice(index * PORTS_PER_NODE);
      return { client, kafka, peer, admin };
    });
    const nodes = await startLocalNodes({
      ports,
      directoryOf: (nodeId) => `${root}/node-${nodeId}`,
      overrides,
      loggerOf: () => silentLogger,
    });
    return new LocalCluster(
      nodes,
      ports.map(({ admin }) => admin),
    );
  }

  get bootstrap(): string {
    return this.#nodes.bootstrap;
  }

  /** What all nodes show to Prometheus, one line a sample. */
  async samples(): Promise<string[]> {
    const pages = this.#adminPorts.map(async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      return await answer.text();
    });
    return (await Promise.all(pages)).join('\n').split('\n');
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.#nodes.stop();
  }
}

/** Waits until the condition holds; the test's time limit is the deadline. */
export const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
};
