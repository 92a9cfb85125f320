import { ByteReader } from '../../base/bytes/reader.ts';
import { OttlaError } from '../../base/errors.ts';

/**
 * The topics in the metadata that members of type `consumer` join with (version, topics, and what
 * later versions add behind them); undefined where it is nothing of the kind. Groups do not depend
 * on it: it only keeps offsets of subscribed topics from expiring or being deleted.
 */
export const subscribedTopics = (metadata: Uint8Array): readonly string[] | undefined => {
  try {
    const reader = new ByteReader(metadata);
    reader.readInt16();
    const count = reader.readInt32();
    // Each takes two bytes at least: a lying count allocates nothing.
    if (count < 0 || count * 2 > reader.remainingBytes) return undefined;
    return Array.from({ length: count }, () => reader.readUtf8(reader.readInt16()));
  } catch (error) {
    if (error instanceof OttlaError) return undefined;
    throw error;
  }
};
