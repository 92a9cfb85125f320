import type { KnownTopic } from './context.ts';

/** So little that segments go all the time. */
export const retentionOf = (keeps: KnownTopic['keeps']): Record<string, string> =>
  keeps === 'all' ? {} : { 'retention.bytes': '6000', 'segment.bytes': '2048' };
