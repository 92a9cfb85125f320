import { readFileSync } from 'node:fs';
import { segmentsOf } from '../faults/segment-damage.ts';

/** One node's copy of a partition, on a disk that nobody writes to any more. */
export interface ReplicaFiles {
  readonly nodeId: number;
  readonly logDir: string;
}

/**
 * Where copies of one partition differ, byte for byte as far as all reach; undefined where they do
 * not. Segments may begin at other offsets on each: only the batches in them are one and the same.
 */
export const findDifference = (
  name: string,
  replicas: readonly ReplicaFiles[],
): string | undefined => {
  const copies = replicas.map(({ nodeId, logDir }) => ({
    nodeId,
    bytes: Buffer.concat(segmentsOf({ logDir, name }).map((path) => readFileSync(path))),
  }));
  const [first, ...others] = copies;
  if (first === undefined) return undefined;
  for (const { nodeId, bytes } of others) {
    const commonBytes = Math.min(bytes.length, first.bytes.length);
    const at = firstDifference(first.bytes.subarray(0, commonBytes), bytes);
    if (at !== undefined) {
      return `the copies of ${name} on nodes ${first.nodeId} and ${nodeId} differ at byte ${at}`;
    }
  }
  return undefined;
};

const firstDifference = (one: Uint8Array, other: Buffer): number | undefined => {
  if (other.compare(one, 0, one.length, 0, one.length) === 0) return undefined;
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at < 0 ? undefined : at;
};
