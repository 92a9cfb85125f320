import type { NodeId } from '../../base/ids.ts';
import { CATCH_UP_RATE_KEY, CATCH_UP_START_BYTES } from '../../metadata/broker-configs.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { configResource } from '../../metadata/image.ts';

/** What a broker is taken to receive, in bytes per second, where nothing tells it. */
export const ASSUMED_RATE = 50 * 1024 * 1024;
/** The same of what is large where no bound is set: such copies rest. */
export const ASSUMED_RESTING_RATE = 20 * 1024 * 1024;

/** A replica that a broker has yet to receive, or the rest of one. */
export interface Copy {
  readonly brokerId: NodeId;
  readonly leftBytes: number;
  /** Of the whole replica. */
  readonly wholeBytes: number;
}

export interface Pace {
  /** Of all copies together, as of late; undefined: nothing is known. */
  readonly seenBytesPerSecond: number | undefined;
  /** So many partitions begin at once, */
  readonly movesInFlightMax: number;
  /** no more often than this. */
  readonly stepMs: number;
}

/**
 * How long it takes, in ms, until `moveCount` partitions have been copied. At the rate that was
 * seen, of all together, or as long as the broker needs that receives most for its bound; but no
 * less than its bound allows, or than the steps take in which moves begin. Live traffic is not
 * reckoned with.
 */
export const copyMs = (
  image: MetadataImage,
  { copies, moveCount }: { readonly copies: readonly Copy[]; readonly moveCount: number },
  { seenBytesPerSecond, movesInFlightMax, stepMs }: Pace,
): number => {
  const brokerIds = [...new Set(copies.map(({ brokerId }) => brokerId))];
  const loads = brokerIds.map((id) => loadOf(image, id, copies));
  const atBoundMs = Math.max(0, ...loads.map(({ boundMs }) => boundMs));
  const unseenMs = Math.max(0, ...loads.map(({ boundMs, freeMs }) => boundMs + freeMs));
  const seenMs =
    seenBytesPerSecond === undefined ? unseenMs : (leftBytesOf(copies) * 1000) / seenBytesPerSecond;
  const stepsMs = Math.ceil(moveCount / movesInFlightMax) * stepMs;
  return Math.ceil(Math.max(seenMs, atBoundMs, stepsMs));
};

export const leftBytesOf = (copies: readonly Copy[]): number =>
  copies.reduce((sum, { leftBytes }) => sum + leftBytes, 0);

/** Its bound, or rest, holds up what is large, and nothing else: see `CATCH_UP_START_BYTES`. */
const loadOf = (
  image: MetadataImage,
  brokerId: NodeId,
  copies: readonly Copy[],
): { readonly boundMs: number; readonly freeMs: number } => {
  const own = copies.filter((copy) => copy.brokerId === brokerId);
  const bound = boundOf(image, brokerId);
  const large = own.filter(({ wholeBytes }) => wholeBytes > CATCH_UP_START_BYTES);
  const largeBytes = leftBytesOf(large);
  const smallMs = ((leftBytesOf(own) - largeBytes) * 1000) / ASSUMED_RATE;
  const largeMs = (largeBytes * 1000) / (bound ?? ASSUMED_RESTING_RATE);
  if (bound === undefined) return { boundMs: 0, freeMs: smallMs + largeMs };
  return { boundMs: largeMs, freeMs: smallMs };
};

/** Only what was set at run time is known here: files of brokers are their own. */
const boundOf = ({ configs }: MetadataImage, brokerId: NodeId): number | undefined =>
  Number(configs.get(configResource('broker', String(brokerId)))?.get(CATCH_UP_RATE_KEY)) ||
  undefined;
