import type { BatchHeader } from '../../../src/record/batch-header.ts';
import { nextOffsetOf } from '../../../src/record/batch-header.ts';
import type { ClusterView } from './invariant.ts';

interface Sent {
  readonly producerEpoch: number;
  readonly nextSequence: number;
  readonly nextOffset: number;
}

/**
 * In each partition the sequences of a producer follow one another without a gap and without a
 * repetition. Source: replication.md 5.11. Shown each committed batch once, in the order of offsets.
 */
export class ProducerSequences {
  readonly #last = new Map<string, Sent>();

  onCommitted(view: ClusterView, partition: string, header: BatchHeader): void {
    const { producerId, producerEpoch, baseSequence, lastOffsetDelta, baseOffset } = header;
    if (producerId < 0 || baseSequence < 0) return;
    const key = `${partition} ${producerId}`;
    const before = this.#last.get(key);
    // Repeats count, which are left out of the batch.
    const nextSequence = baseSequence + lastOffsetDelta + 1;
    if (before !== undefined && baseOffset < before.nextOffset) return;
    this.#last.set(key, { producerEpoch, nextSequence, nextOffset: nextOffsetOf(header) });
    const isNext =
      before === undefined ||
      (before.producerEpoch === producerEpoch && before.nextSequence === baseSequence) ||
      (before.producerEpoch < producerEpoch && baseSequence === 0);
    if (isNext) return;
    const who = `producer ${producerId} at epoch ${producerEpoch}`;
    const what = `sequence ${baseSequence} at offset ${baseOffset} behind ${JSON.stringify(before)}`;
    view.violate('producer-sequences', `${partition}: ${who} has ${what}`);
  }
}
