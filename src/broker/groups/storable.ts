import type { JoinAsk } from './groups.ts';

/** Strings of stored records have a length of 16 bits, whatever the door they came by allows. */
const MAX_TEXT_BYTES = 32_767;

/** True for text that can be stored and read again. */
export const isStorable = (text: string): boolean =>
  text.length <= MAX_TEXT_BYTES && Buffer.byteLength(text) <= MAX_TEXT_BYTES;

/** True when all that a member says of itself can be. */
export const isStorableJoin = (request: JoinAsk): boolean => {
  const { instanceId = '', clientId, clientHost, protocolType, protocols } = request;
  const texts = [instanceId, clientId, clientHost, protocolType];
  return texts.every(isStorable) && protocols.every(({ name }) => isStorable(name));
};
