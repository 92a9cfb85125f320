import type { MetadataImage } from '../../../src/metadata/image.ts';

/** One text for one content: what an image holds, in an order of its own. */
export const describeImage = (image: MetadataImage): string => {
  const { index, term, brokers, topics, configs, nextProducerId, metadataVersion } = image;
  return JSON.stringify({
    index,
    term,
    nextProducerId,
    metadataVersion,
    brokers: sorted(brokers),
    topics: sorted(topics),
    configs: sorted(configs).map(([key, values]) => [key, sorted(values)]),
  });
};

const sorted = <K extends string | number, V>(map: ReadonlyMap<K, V>): Array<[K, V]> =>
  [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
