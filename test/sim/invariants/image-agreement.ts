import { describeImage } from './describe-image.ts';
import type { Invariant } from './invariant.ts';

/** Every node that shows the metadata at one index shows the same, however it came there. */
export const imageAgreement = (): Invariant => {
  const byIndex = new Map<number, { readonly nodeId: number; readonly text: string }>();
  return {
    name: 'image-agreement',
    source:
      'replication.md 5.3, 5.19: replay is deterministic, snapshot and tail equal full replay',
    onImage: (view, { nodeId, image }) => {
      const text = describeImage(image);
      const known = byIndex.get(image.index);
      if (known === undefined) byIndex.set(image.index, { nodeId, text });
      else if (known.text !== text) {
        const at = `at index ${image.index}`;
        view.violate(
          'image-agreement',
          `${at} node ${known.nodeId}: ${known.text}\n${nodeId}: ${text}`,
        );
      }
    },
  };
};
