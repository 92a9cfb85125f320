import { OttlaError } from '../base/errors.ts';
import { hostOf } from '../base/host-of.ts';
import type { NodeId } from '../base/ids.ts';

/** Addresses as `host:port`; an IPv6 host stands in brackets. */
export interface Listeners {
  readonly client?: string;
  /** Kafka's own protocol. */
  readonly kafka?: string;
  readonly peer?: string;
  readonly admin?: string;
}

export interface Voter {
  readonly nodeId: NodeId;
  /** PEER address, `host:port`. */
  readonly address: string;
}

type ListenerName = keyof Listeners;

const NAMES: ReadonlyMap<string, ListenerName> = new Map([
  ['CLIENT', 'client'],
  ['KAFKA', 'kafka'],
  // As Kafka's own files have it.
  ['PLAINTEXT', 'kafka'],
  ['PEER', 'peer'],
  ['ADMIN', 'admin'],
]);

/** Kafka's names for a listener, which people type from memory. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['SSL', "TLS is not served yet; write 'KAFKA' and keep the listener on a trusted network"],
  ['SASL_PLAINTEXT', "authentication is not served yet; write 'KAFKA'"],
  ['SASL_SSL', "TLS and authentication are not served yet; write 'KAFKA'"],
  ['CONTROLLER', "controllers talk over 'PEER'"],
]);

const WILDCARD_HOSTS: readonly string[] = ['0.0.0.0', '[::]', '*', ''];
const PORT_MAX = 65_535;

const fail = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};

/** The pieces of a list in one value: blanks around commas do not matter, empty pieces go. */
export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');

/** `host:port`, checked. `key` names the setting in the error. */
export const checkAddress = (key: string, text: string): string => {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/\s[\]@]*):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > PORT_MAX) {
    return fail(`${key}: '${text}' is not an address; expected host:port, such as 127.0.0.1:7091`);
  }
  return text;
};

/** True for an address that says where to bind but not where to be reached. */
export const isWildcard = (address: string): boolean => WILDCARD_HOSTS.includes(hostOf(address));

/** Reads `NAME://host:port,...`. `key` names the setting in the error. */
export const parseListeners = (key: string, text: string): Listeners => {
  const listeners: Partial<Record<ListenerName, string>> = {};
  for (const piece of splitList(text)) {
    const match = /^([A-Za-z_]+):\/\/(.*)$/.exec(piece);
    if (match === null) return fail(`${key}: '${piece}' is not NAME://host:port`);
    const name = listenerName(key, match[1] ?? '');
    if (listeners[name] !== undefined) return fail(`${key}: ${match[1]} is named twice`);
    listeners[name] = checkAddress(key, match[2] ?? '');
  }
  return listeners;
};

const listenerName = (key: string, text: string): ListenerName => {
  const name = text.toUpperCase();
  const remedy = FOREIGN.get(name) ?? `expected ${[...NAMES.keys()].join(', ')}`;
  return NAMES.get(name) ?? fail(`${key}: there is no listener '${text}': ${remedy}`);
};

/** Reads `id@host:port,...`. */
export const parseVoters = (key: string, text: string): Voter[] => {
  const voters = splitList(text).map((piece): Voter => {
    const match = /^(\d+)@(.+)$/.exec(piece);
    const nodeId = Number(match?.[1]);
    if (match === null || !Number.isSafeInteger(nodeId) || nodeId < 1) {
      return fail(`${key}: '${piece}' is not id@host:port, such as 1@127.0.0.1:7191`);
    }
    return { nodeId, address: checkAddress(key, match[2] ?? '') };
  });
  const twice = voters.find(({ nodeId }, at) => voters.findIndex((v) => v.nodeId === nodeId) < at);
  if (twice !== undefined) return fail(`${key}: node ${twice.nodeId} is named twice`);
  if (voters.length === 0) return fail(`${key}: name at least one controller as id@host:port`);
  return voters;
};
