import type { MetadataImage } from '../../../src/metadata/image.ts';

/** What the topic asks for by itself; 1, the default, where it does not. */
export const minInsyncReplicas = (image: MetadataImage, topicId: string): number =>
  Number(image.configs.get(`topic/${topicId}`)?.get('min.insync.replicas') ?? 1);
