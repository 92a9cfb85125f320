import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import { nearest } from '../base/nearest.ts';
import type { CleanerConfig } from '../broker/broker-config.ts';
import type { GroupSettings } from '../broker/groups/group-settings.ts';
import { CATCH_UP_RATE_KEY } from '../metadata/broker-configs.ts';
import { CONFIG_KEYS, CONFIG_KEYS_BY_NAME } from './config-keys.ts';
import { groupSettings } from './group-config.ts';
import type { Listeners, Voter } from './listeners.ts';
import { isWildcard, parseListeners, parseVoters, splitList } from './listeners.ts';
import { parseProperties } from './properties.ts';
import { expectedInstead } from './value-type.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The configuration of one node, checked. */
export interface NodeConfig {
  readonly nodeId: NodeId;
  readonly isController: boolean;
  readonly isBroker: boolean;
  /** The voters that the quorum starts with; once they were changed, the metadata log has them. */
  readonly voters: readonly Voter[];
  /** Where to bind. A broker has `client` and may have `kafka`; every node has `peer`. */
  readonly listeners: Listeners & { readonly peer: string };
  /**
   * Where others reach this node. Equal to what was bound, with its real port, where nothing was
   * advertised: a listener on port 0 is left out here.
   */
  readonly advertised: Listeners;
  /** Where the replicas are, one or more. */
  readonly logDirs: readonly string[];
  /** Where the metadata log is: the first of `logDirs`, or a directory of its own. */
  readonly metadataDir: string;
  readonly rack: string;
  readonly logLevel: LogLevel;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly autoCreateTopics: boolean;
  readonly autoLeaderRebalance: boolean;
  readonly autoBalance: boolean;
  readonly healDelayMs: number;
  /** Defaults that someone set, by topic setting (`retention.ms`), as text. */
  readonly topicDefaults: ReadonlyMap<string, string>;
  readonly retentionCheckIntervalMs: number;
  readonly cleaner: CleanerConfig;
  readonly catchUpMaxBytesPerSecond: number;
  readonly journal: {
    readonly isEnabled: boolean;
    readonly totalBytes: number;
    readonly minLogs: number;
  };
  readonly replicaLagTimeMaxMs: number;
  readonly queuedMaxRequestBytes: number;
  readonly dedupMaxIds: number;
  readonly heartbeatIntervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly electionTimeoutMs: number;
  /** What consumer groups may do. */
  readonly groups: GroupSettings;
  /** What Kafka's clients may cost. */
  readonly kafka: {
    readonly requestBytesMax: number;
    readonly connectionCountMax: number;
    readonly connectionsPerAddressMax: number;
    readonly connectionRateMax: number;
    readonly idleMs: number;
  };
  /** What someone set, by key, as text. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Where values may come from; an earlier one in this list wins. */
export interface ConfigSources {
  /** `key=value`, as given with `-X`. */
  readonly overrides?: readonly string[];
  /** Environment: `OTTLA_NODE_ID` or `KAFKA_NODE_ID` for `node.id`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Text of a `server.properties` file. */
  readonly file?: { readonly path: string; readonly text: string };
}

/** A value and where it stood, for errors. */
interface Setting {
  readonly text: string;
  readonly source: string;
}

type Settings = ReadonlyMap<string, Setting>;

const MS_PER_HOUR = 3_600_000;
/** Keys in hours, and the topic setting in ms that they give the default of. */
const HOURS = [
  ['log.roll.hours', 'segment.ms'],
  ['log.retention.hours', 'retention.ms'],
] as const;
/** Variables with our prefix that are no configuration keys. */
const RESERVED_VARIABLES: readonly string[] = ['OTTLA_DEBUG', 'OTTLA_BOOTSTRAP'];

const fail = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};

/**
 * Puts a node's configuration together and checks all of it. Unknown keys are refused, except in
 * variables named `KAFKA_*`, which may belong to other programs. Throws `CONFIG` with one line
 * that names the key, the value, where it stood and what is expected.
 */
export const resolveConfig = (sources: ConfigSources): NodeConfig => {
  const settings = collectSettings(sources);
  for (const [key, setting] of settings) checkSetting(key, setting);
  return toNodeConfig(settings);
};

const collectSettings = ({ overrides = [], environment = {}, file }: ConfigSources): Settings => {
  const settings = new Map<string, Setting>();
  if (file !== undefined) {
    const source = `in ${file.path}`;
    for (const [key, text] of parsePropertiesOf(file)) settings.set(key, { text, source });
  }
  for (const prefix of ['KAFKA_', 'OTTLA_']) {
    for (const [name, text] of Object.entries(environment)) {
      if (text === undefined || !name.startsWith(prefix)) continue;
      if (RESERVED_VARIABLES.includes(name)) continue;
      const key = keyOfVariable(name.slice(prefix.length));
      if (prefix === 'KAFKA_' && !CONFIG_KEYS_BY_NAME.has(key)) continue;
      settings.set(key, { text: text.trim(), source: `in the environment, ${name}` });
    }
  }
  for (const override of overrides) {
    const equals = override.indexOf('=');
    if (equals < 1) fail(`-X '${override}' is not key=value`);
    const text = override.slice(equals + 1).trim();
    settings.set(override.slice(0, equals).trim(), { text, source: 'given with -X' });
  }
  return settings;
};

const parsePropertiesOf = (file: { path: string; text: string }): Map<string, string> => {
  try {
    return parseProperties(file.text);
  } catch (error) {
    return fail(`${file.path}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** `LOG_RETENTION_MS` is `log.retention.ms`; `__` stands for `_` and `___` for `-`. */
export const keyOfVariable = (name: string): string =>
  name
    .toLowerCase()
    .replace(/_{1,3}/g, (underscores) => ['.', '_', '-'][underscores.length - 1] ?? '');

const checkSetting = (key: string, { text, source }: Setting): void => {
  const known = CONFIG_KEYS_BY_NAME.get(key);
  if (known === undefined) {
    const guess = nearest(key, CONFIG_KEYS_BY_NAME.keys());
    const remedy =
      guess === undefined ? 'remove it, no key is called like it' : `did you mean '${guess}'?`;
    fail(`unknown configuration key '${key}' (${source}): ${remedy}`);
    return;
  }
  const expected = expectedInstead(known.type, text);
  if (expected !== undefined) fail(`${key}: '${text}' (${source}) is not ${expected}`);
};

const toNodeConfig = (settings: Settings): NodeConfig => {
  const text = (key: string): string =>
    settings.get(key)?.text ?? CONFIG_KEYS_BY_NAME.get(key)?.default ?? '';
  const required = (key: string): string =>
    text(key) !== ''
      ? text(key)
      : fail(
          `${key} is not set: add it to the configuration, or give -X ${key}=...; ` +
            `${CONFIG_KEYS_BY_NAME.get(key)?.description}`,
        );
  const number = (key: string): number => Number(text(key));
  const boolean = (key: string): boolean => text(key).toLowerCase() === 'true';
  const config: NodeConfig = {
    nodeId: Number(required('node.id')),
    ...parseRoles(text('process.roles')),
    voters: parseVoters('controller.quorum.voters', required('controller.quorum.voters')),
    ...parseAddresses(required('listeners'), text('advertised.listeners')),
    ...parseDirectories(required('log.dirs'), text('metadata.log.dir')),
    rack: text('broker.rack'),
    logLevel: text('log.level') as LogLevel,
    numPartitions: number('num.partitions'),
    defaultReplicationFactor: number('default.replication.factor'),
    autoCreateTopics: boolean('auto.create.topics.enable'),
    autoLeaderRebalance: boolean('auto.leader.rebalance.enable'),
    autoBalance: boolean('auto.balance.enable'),
    healDelayMs: number('replica.heal.delay.ms'),
    topicDefaults: topicDefaults(settings),
    retentionCheckIntervalMs: number('log.retention.check.interval.ms'),
    cleaner: {
      isEnabled: boolean('log.cleaner.enable'),
      backoffMs: number('log.cleaner.backoff.ms'),
      dedupeBufferBytes: number('log.cleaner.dedupe.buffer.size'),
      ioMaxBytesPerSecond: number('log.cleaner.io.max.bytes.per.second'),
    },
    catchUpMaxBytesPerSecond: number(CATCH_UP_RATE_KEY),
    journal: {
      isEnabled: boolean('log.journal.enable'),
      totalBytes: number('log.journal.bytes'),
      minLogs: number('log.journal.min.partitions'),
    },
    replicaLagTimeMaxMs: number('replica.lag.time.max.ms'),
    queuedMaxRequestBytes: number('queued.max.request.bytes'),
    dedupMaxIds: number('dedup.max.ids'),
    heartbeatIntervalMs: number('broker.heartbeat.interval.ms'),
    sessionTimeoutMs: number('broker.session.timeout.ms'),
    electionTimeoutMs: number('controller.quorum.election.timeout.ms'),
    kafka: {
      requestBytesMax: number('socket.request.max.bytes'),
      connectionCountMax: number('max.connections'),
      connectionsPerAddressMax: number('max.connections.per.ip'),
      connectionRateMax: number('max.connection.creation.rate'),
      idleMs: number('connections.max.idle.ms'),
    },
    groups: groupSettings(number),
    settings: new Map([...settings].map(([key, setting]) => [key, setting.text])),
  };
  checkTogether(config);
  return config;
};

const parseRoles = (text: string): { isController: boolean; isBroker: boolean } => {
  const roles = splitList(text);
  const stranger = roles.find((role) => role !== 'controller' && role !== 'broker');
  if (stranger !== undefined || roles.length === 0) {
    fail(`process.roles: '${stranger ?? text}' is not controller, broker or controller,broker`);
  }
  return { isController: roles.includes('controller'), isBroker: roles.includes('broker') };
};

const parseDirectories = (
  text: string,
  metadataDir: string,
): Pick<NodeConfig, 'logDirs' | 'metadataDir'> => {
  // Notes of directories have a line each.
  const odd = [text, metadataDir].find((paths) => /\p{Cc}/u.test(paths));
  if (odd !== undefined)
    fail(`log.dirs: ${JSON.stringify(odd)} has a control character: rename it`);
  const logDirs = splitList(text).map(withoutEnd);
  const twice = logDirs.find((path, index) => logDirs.indexOf(path) !== index);
  if (twice !== undefined) fail(`log.dirs: '${text}' names ${twice} twice: remove one`);
  const nested = logDirs.find((path) => logDirs.some((other) => path.startsWith(`${other}/`)));
  if (nested !== undefined) fail(`log.dirs: ${nested} is within another one: keep them apart`);
  const [first] = logDirs;
  if (first === undefined) return fail(`log.dirs: '${text}' names no directory`);
  return { logDirs, metadataDir: metadataDir === '' ? first : withoutEnd(metadataDir) };
};

/** `/data/` is `/data`: one directory under two names would be taken for two. */
const withoutEnd = (path: string): string => path.replace(/(?<=.)\/+$/, '');

const parseAddresses = (
  listenersText: string,
  advertisedText: string,
): Pick<NodeConfig, 'listeners' | 'advertised'> => {
  const listeners = parseListeners('listeners', listenersText);
  const { peer } = listeners;
  if (peer === undefined) {
    return fail(`listeners: '${listenersText}' has no PEER://host:port; every node needs one`);
  }
  const given = parseListeners('advertised.listeners', advertisedText);
  const advertised: { client?: string; peer?: string; kafka?: string } = {};
  for (const name of ['client', 'peer', 'kafka'] as const) {
    const address = given[name] ?? listeners[name];
    if (address === undefined) continue;
    if (isWildcard(address)) {
      fail(
        `advertised.listeners: ${name.toUpperCase()} is bound to ${address}, which no one can ` +
          `connect to; set the address that others use`,
      );
    }
    if (!address.endsWith(':0')) advertised[name] = address;
  }
  return { listeners: { ...listeners, peer }, advertised };
};

/**
 * What someone set; the rest keeps the defaults of the topic settings themselves. Finer units win
 * over coarser ones, whichever source they stood in: Kafka's rule.
 */
const topicDefaults = (settings: Settings): ReadonlyMap<string, string> => {
  const defaults = new Map<string, string>();
  for (const [hoursKey, topicKey] of HOURS) {
    const hours = settings.get(hoursKey)?.text;
    if (hours === undefined) continue;
    defaults.set(topicKey, String(Number(hours) < 0 ? -1 : Number(hours) * MS_PER_HOUR));
  }
  for (const { key, topicKey } of CONFIG_KEYS) {
    const text = settings.get(key)?.text;
    if (topicKey !== undefined && text !== undefined) defaults.set(topicKey, text);
  }
  return defaults;
};

const checkTogether = (config: NodeConfig): void => {
  const { nodeId, isController, isBroker, voters, listeners } = config;
  const own = voters.find((voter) => voter.nodeId === nodeId);
  if (isController && own === undefined && config.advertised.peer === undefined) {
    fail(
      `listeners: controller ${nodeId} is not in controller.quorum.voters, so others have to ` +
        'learn where it is: give its PEER listener a port other than 0',
    );
  }
  if (!isController && own !== undefined) {
    fail(
      `controller.quorum.voters: node ${nodeId} is in the list and its process.roles lack ` +
        `controller: add the role, or take the node out of the list`,
    );
  }
  if (isController && own !== undefined) checkOwnAddress(config, own);
  if (isBroker && listeners.client === undefined) {
    fail('listeners: a broker needs CLIENT://host:port');
  }
  for (const name of ['client', 'kafka'] as const) {
    if (isBroker || listeners[name] === undefined) continue;
    const text = name.toUpperCase();
    fail(`listeners: ${text} is served by brokers only: remove it, or add the role broker`);
  }
  if (config.groups.minSessionTimeoutMs > config.groups.maxSessionTimeoutMs) {
    fail(
      `group.min.session.timeout.ms: ${config.groups.minSessionTimeoutMs} is more than ` +
        `group.max.session.timeout.ms, ${config.groups.maxSessionTimeoutMs}: lower it`,
    );
  }
  if (config.sessionTimeoutMs < 2 * config.heartbeatIntervalMs) {
    fail(
      `broker.session.timeout.ms: ${config.sessionTimeoutMs} is less than two heartbeats of ` +
        `${config.heartbeatIntervalMs} ms: raise it, or lower broker.heartbeat.interval.ms`,
    );
  }
};

const checkOwnAddress = (config: NodeConfig, own: Voter): void => {
  const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);
  const { peer } = config.advertised;
  if (peer !== undefined && portOf(peer) !== portOf(own.address)) {
    fail(
      `controller.quorum.voters: says node ${own.nodeId} is at ${own.address}, but its PEER ` +
        `listener is at ${peer}: make them equal`,
    );
  }
};
