import type { NodeId } from '../../base/ids.ts';
import { CATCH_UP_RATE_KEY } from '../../metadata/broker-configs.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { configResource } from '../../metadata/image.ts';

/** What a broker is taken to receive, in bytes per second, where nothing bounds or tells it. */
export const ASSUMED_RATE = 50 * 1024 * 1024;

/** Bytes that brokers have yet to receive. */
export type Incoming = ReadonlyMap<NodeId, number>;

/**
 * How long the copies take, in ms: at the rate that was seen, of all together, or as long as the
 * broker that receives most for its bound needs. Live traffic is not reckoned with.
 */
export const copyMs = (
  image: MetadataImage,
  incoming: Incoming,
  seenBytesPerSecond: number | undefined,
): number => {
  if (seenBytesPerSecond !== undefined) {
    return Math.ceil((sumOf(incoming) * 1000) / seenBytesPerSecond);
  }
  const each = [...incoming].map(([id, bytes]) => (bytes * 1000) / boundOf(image, id));
  return Math.ceil(Math.max(0, ...each));
};

export const sumOf = (incoming: Incoming): number =>
  [...incoming.values()].reduce((sum, bytes) => sum + bytes, 0);

/** Only what was set at run time is known here: files of brokers are their own. */
const boundOf = ({ configs }: MetadataImage, brokerId: NodeId): number =>
  Number(configs.get(configResource('broker', String(brokerId)))?.get(CATCH_UP_RATE_KEY)) ||
  ASSUMED_RATE;
