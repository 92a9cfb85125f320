import { partitionKey } from '../../../src/base/ids.ts';
import type { LogDirectories } from '../../../src/log/log-directories.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { partitionOf } from '../../../src/metadata/image.ts';
import type { PartitionPlace } from '../world/fault-atlas.ts';
import type { ClusterView, LiveNode, LostCopy } from './invariant.ts';

/** How far a process that is gone had a replica durable, and where. */
interface Kept {
  readonly nodeId: number;
  readonly at: PartitionPlace;
  readonly flushedOffset: number;
  readonly directory: string | undefined;
}

/** How far each replica is durable: as its process says while there is one, else as the last said. */
export class FlushedOffsets {
  readonly #last = new Map<string, Kept>();
  /** How far copies were durable that have been damaged or taken away since. */
  readonly #lost = new Map<string, number>();
  #hasSeveralDirectories = false;

  /**
   * To be told of every process that is about to be gone. What is not among its logs was moved away
   * or deleted: it may be a replica again one day, and begin anew. What is in a directory that was
   * missing is as it was.
   */
  keep({ machine: { nodeId }, node }: LiveNode): void {
    const { logs } = node.parts;
    if (logs === undefined) return;
    const missing = missingIn(logs);
    for (const [key, kept] of this.#last) {
      if (kept.nodeId === nodeId && !missing.has(kept.directory)) this.#last.delete(key);
    }
    for (const log of logs.list()) {
      const { topicId, partition, flushedOffset } = log;
      const directory = logs.directoryOf(log);
      const kept = { nodeId, at: { topicId, partition }, flushedOffset, directory };
      this.#last.set(`${nodeId} ${partitionKey(topicId, partition)}`, kept);
    }
    this.#hasSeveralDirectories ||= logs.states.length > 1;
  }

  /**
   * A replica that was moved away while its directory was missing begins anew in another one, when
   * it is moved back.
   */
  onTruth(image: MetadataImage): void {
    if (!this.#hasSeveralDirectories) return;
    for (const [key, { nodeId, at }] of this.#last) {
      const { replicas = [] } = partitionOf(image, at.topicId, at.partition) ?? {};
      if (!replicas.includes(nodeId)) this.#last.delete(key);
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
    return this.#last.get(`${nodeId} ${key}`)?.flushedOffset;
  }

  /** This process runs without the directory that the replica was in. */
  isMissing({ machine, node }: LiveNode, key: string): boolean {
    const { logs } = node.parts;
    const kept = this.#last.get(`${machine.nodeId} ${key}`);
    return logs !== undefined && kept !== undefined && missingIn(logs).has(kept.directory);
  }

  /** Exclusive. */
  of(view: ClusterView, nodeId: number, at: PartitionPlace): number {
    const live = view.live.find(({ machine }) => machine.nodeId === nodeId);
    const log = live?.node.parts.logs?.get(at.topicId, at.partition);
    if (log !== undefined) return log.flushedOffset;
    return this.lastOf(nodeId, partitionKey(at.topicId, at.partition)) ?? 0;
  }
}

/** Directories that the process runs without since its start. */
const missingIn = (logs: LogDirectories): ReadonlySet<string | undefined> => {
  if (!logs.isIncomplete) return new Set();
  const failed = new Set(logs.failed.map(({ path }) => path));
  const offline = logs.states.filter(({ failure }) => failure !== undefined);
  return new Set(offline.flatMap(({ path }) => (failed.has(path) ? [] : [path])));
};
