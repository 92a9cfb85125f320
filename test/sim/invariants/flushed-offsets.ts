import { partitionKey } from '../../../src/base/ids.ts';
import type { PartitionPlace } from '../world/fault-atlas.ts';
import type { ClusterView, LiveNode, LostCopy } from './invariant.ts';

/** How far each replica is durable: as its process says while there is one, else as the last said. */
export class FlushedOffsets {
  readonly #last = new Map<string, number>();
  /** How far copies were durable that have been damaged or taken away since. */
  readonly #lost = new Map<string, number>();

  /**
   * To be told of every process that is about to be gone. What is not among its logs was moved away
   * or deleted: it may be a replica again one day, and begin anew.
   */
  keep({ machine, node }: LiveNode): void {
    const { logs } = node.parts;
    if (logs === undefined) return;
    const ofNode = `${machine.nodeId} `;
    for (const key of this.#last.keys()) if (key.startsWith(ofNode)) this.#last.delete(key);
    for (const log of logs.list()) {
      const key = partitionKey(log.topicId, log.partition);
      this.#last.set(`${ofNode}${key}`, log.flushedOffset);
    }
  }

  /** What this copy held counts no more: it is damaged, or its disk is gone. */
  forget(view: ClusterView, { nodeId, at }: LostCopy): void {
    const key = `${nodeId} ${partitionKey(at.topicId, at.partition)}`;
    this.#lost.set(key, Math.max(this.#lost.get(key) ?? 0, this.of(view, nodeId, at)));
    this.#last.delete(key);
  }

  /** As `of`, with what a copy held before it was lost. */
  everOf(view: ClusterView, nodeId: number, at: PartitionPlace): number {
    const key = `${nodeId} ${partitionKey(at.topicId, at.partition)}`;
    return Math.max(this.of(view, nodeId, at), this.#lost.get(key) ?? 0);
  }

  lastOf(nodeId: number, key: string): number | undefined {
    return this.#last.get(`${nodeId} ${key}`);
  }

  /** Exclusive. */
  of(view: ClusterView, nodeId: number, at: PartitionPlace): number {
    const live = view.live.find(({ machine }) => machine.nodeId === nodeId);
    const log = live?.node.parts.logs?.get(at.topicId, at.partition);
    if (log !== undefined) return log.flushedOffset;
    return this.lastOf(nodeId, partitionKey(at.topicId, at.partition)) ?? 0;
  }
}
