import type { NodeId } from '../base/ids.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { emptyImage, isUsableBroker } from '../metadata/image.ts';

/** Ends of a broker count for so long. */
const MEMORY_MS = 600_000;
/** What the second end within that time costs; each further one twice as much as the last. */
const SECOND_WAIT_MS = 5000;
const WAIT_MAX_MS = 300_000;
/** More ends cost no more. */
const ENDS_MAX = 16;

interface History {
  /** When it went out of service, the latest last. */
  readonly endedAtMs: number[];
  /** When it last came into service. */
  backAtMs: number;
}

/**
 * Which brokers have ended so often of late that leaders had better stay where they are: each move
 * there and back costs clients and groups a pause. One end in ten minutes costs nothing, so that a
 * restart of all nodes in turn is over as soon as ever. Orderly ends count as others do. Reads no
 * clock. Soft: a new controller has seen no ends; a broker that keeps ending is seldom its host.
 */
export class ReturnDamping {
  readonly #histories = new Map<NodeId, History>();
  #image: MetadataImage = emptyImage;

  /** To be told of each committed image. */
  onImage(next: MetadataImage, nowMs: number): void {
    const previous = this.#image;
    this.#image = next;
    if (previous.brokers === next.brokers) return;
    for (const brokerId of previous.brokers.keys()) {
      if (!isUsableBroker(previous, brokerId)) continue;
      if (isSameRun(previous, next, brokerId) && isUsableBroker(next, brokerId)) continue;
      this.#noteEnd(brokerId, nowMs);
    }
    for (const [brokerId, history] of this.#histories) {
      if (isUsableBroker(next, brokerId) && !isUsableBroker(previous, brokerId)) {
        history.backAtMs = nowMs;
      }
    }
  }

  /** True while leaders should not return to this broker, which has come back. */
  isResting(brokerId: NodeId, nowMs: number): boolean {
    const history = this.#histories.get(brokerId);
    if (history === undefined) return false;
    const endCount = history.endedAtMs.filter((atMs) => nowMs - atMs < MEMORY_MS).length;
    return nowMs - history.backAtMs < waitMs(endCount);
  }

  #noteEnd(brokerId: NodeId, nowMs: number): void {
    const { endedAtMs } = this.#histories.get(brokerId) ?? { endedAtMs: [] };
    const kept = [...endedAtMs, nowMs].slice(-ENDS_MAX);
    this.#histories.set(brokerId, { endedAtMs: kept, backAtMs: nowMs });
  }
}

const isSameRun = (previous: MetadataImage, next: MetadataImage, brokerId: NodeId): boolean =>
  previous.brokers.get(brokerId)?.brokerEpoch === next.brokers.get(brokerId)?.brokerEpoch;

const waitMs = (endCount: number): number =>
  endCount < 2 ? 0 : Math.min(WAIT_MAX_MS, SECOND_WAIT_MS * 2 ** (endCount - 2));
