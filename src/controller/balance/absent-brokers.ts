import type { NodeId } from '../../base/ids.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { emptyImage, isUsableBroker } from '../../metadata/image.ts';

/**
 * Since when brokers are out of service without a break. Reads no clock; soft: a new controller
 * counts anew, so that it calls nobody away too early.
 */
export class AbsentBrokers {
  readonly #sinceMs = new Map<NodeId, number>();
  #image: MetadataImage = emptyImage;

  /** To be told of each committed image. */
  onImage(next: MetadataImage, nowMs: number): void {
    const previous = this.#image;
    this.#image = next;
    if (previous.brokers === next.brokers) return;
    for (const brokerId of next.brokers.keys()) {
      if (isUsableBroker(next, brokerId)) this.#sinceMs.delete(brokerId);
      else if (!this.#sinceMs.has(brokerId)) this.#sinceMs.set(brokerId, nowMs);
    }
    for (const brokerId of this.#sinceMs.keys()) {
      if (!next.brokers.has(brokerId)) this.#sinceMs.delete(brokerId);
    }
  }

  /** Those that are out of service for `delayMs` or longer. */
  awayFor(delayMs: number, nowMs: number): ReadonlySet<NodeId> {
    const away = [...this.#sinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= delayMs);
    return new Set(away.map(([brokerId]) => brokerId));
  }
}
