import type { KnownTopic } from './context.ts';

/** Of every topic that a run makes: its clocks jump by hours, again and again. */
const ANY_TIMESTAMP = { 'message.timestamp.after.max.ms': '9223372036854775807' };

/** Of a topic that holds records back. */
export const DELAYS = { 'delay.enable': 'true' };

/** Of a topic that knows repeats: no run takes so long. */
export const DEDUPS = { 'dedup.window.ms': '36000000' };

/** What `keeps: newest` asks for is so little that segments go all the time. */
export const settingsOf = (keeps: KnownTopic['keeps']): Record<string, string> =>
  keeps === 'all'
    ? ANY_TIMESTAMP
    : { ...ANY_TIMESTAMP, 'retention.bytes': '6000', 'segment.bytes': '2048' };
