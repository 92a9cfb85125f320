/** What consumer groups have committed, and who is in them. */
export const OFFSETS_TOPIC = '__consumer_offsets';

const INTERNAL: ReadonlySet<string> = new Set([OFFSETS_TOPIC, '__transaction_state']);

/** Topics that exist for the cluster's own use: no client writes to them. */
export const isInternalTopic = (name: string): boolean => INTERNAL.has(name);
