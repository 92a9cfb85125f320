import { partitionKey } from '../../../src/base/ids.ts';
import type { ClusterView, LiveNode } from './invariant.ts';

/** How far each replica is durable: as its process says while there is one, else as the last said. */
export class FlushedOffsets {
  readonly #last = new Map<string, number>();

  /** To be told of every process that is about to be gone. */
  keep({ machine, node }: LiveNode): void {
    for (const log of node.parts.logManager?.list() ?? []) {
      const key = partitionKey(log.topicId, log.partition);
      this.#last.set(`${machine.nodeId} ${key}`, log.flushedOffset);
    }
  }

  lastOf(nodeId: number, key: string): number | undefined {
    return this.#last.get(`${nodeId} ${key}`);
  }

  /** Exclusive. */
  of(view: ClusterView, nodeId: number, at: { topicId: string; partition: number }): number {
    const live = view.live.find(({ machine }) => machine.nodeId === nodeId);
    const log = live?.node.parts.logManager?.get(at.topicId, at.partition);
    if (log !== undefined) return log.flushedOffset;
    return this.lastOf(nodeId, partitionKey(at.topicId, at.partition)) ?? 0;
  }
}
