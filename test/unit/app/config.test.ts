import { describe, expect, it } from 'vitest';
import type { ConfigSources } from '../../../src/app/config.ts';
import { keyOfVariable, resolveConfig } from '../../../src/app/config.ts';
import { CONFIG_KEYS } from '../../../src/app/config-keys.ts';
import { expectedInstead } from '../../../src/app/value-type.ts';
import { OttlaError } from '../../../src/base/errors.ts';

const BASE: Readonly<Record<string, string>> = {
  'node.id': '2',
  'controller.quorum.voters': '1@127.0.0.1:7191,2@127.0.0.1:7192',
  listeners: 'CLIENT://127.0.0.1:7092,PEER://127.0.0.1:7192,ADMIN://127.0.0.1:9645',
  'log.dirs': '/data',
};

const file = (changes: Readonly<Record<string, string | undefined>> = {}) => ({
  path: 'server.properties',
  text: Object.entries({ ...BASE, ...changes })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .join('\n'),
});

const errorOf = (sources: ConfigSources): string => {
  try {
    resolveConfig(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(OttlaError);
    expect((error as OttlaError).code).toBe('CONFIG');
    expect((error as OttlaError).message).not.toContain('\n');
    return (error as OttlaError).message;
  }
  throw new Error('the configuration was accepted');
};

describe('resolveConfig', () => {
  it('gives Kafka’s defaults to what no one set', () => {
    const config = resolveConfig({ file: file() });

    expect(config).toMatchObject({
      nodeId: 2,
      isController: true,
      isBroker: true,
      numPartitions: 1,
      defaultReplicationFactor: 1,
      autoCreateTopics: true,
      replicaLagTimeMaxMs: 10_000,
      queuedMaxRequestBytes: 134_217_728,
      dedupMaxIds: 5_000_000,
      autoBalance: true,
      heartbeatIntervalMs: 200,
      sessionTimeoutMs: 2000,
      cleaner: { isEnabled: true, backoffMs: 15_000, dedupeBufferBytes: 33_554_432 },
    });
    expect(config.topicDefaults).toEqual(new Map());
  });

  it('lets -X win over the environment, and that over the file', () => {
    const environment = { OTTLA_NUM_PARTITIONS: '3', OTTLA_BROKER_RACK: 'env' };

    const config = resolveConfig({
      file: file({ 'num.partitions': '2', 'broker.rack': 'file', 'log.level': 'warn' }),
      environment,
      overrides: ['num.partitions=4'],
    });

    expect(config).toMatchObject({ numPartitions: 4, rack: 'env', logLevel: 'warn' });
  });

  it('takes KAFKA_ variables too, and OTTLA_ ones before them', () => {
    const environment = { KAFKA_NODE_ID: '1', KAFKA_NUM_PARTITIONS: '9', OTTLA_NODE_ID: '2' };

    const config = resolveConfig({ file: file(), environment });

    expect(config).toMatchObject({ nodeId: 2, numPartitions: 9 });
  });

  it('passes by KAFKA_ variables that belong to other programs', () => {
    const environment = { KAFKA_HEAP_OPTS: '-Xmx1g', OTTLA_DEBUG: '1', PATH: '/bin' };

    expect(resolveConfig({ file: file(), environment }).nodeId).toBe(2);
  });

  it('lets ms win over hours in retention', () => {
    const config = resolveConfig({
      file: file({ 'log.retention.ms': '5000' }),
      overrides: ['log.retention.hours=1'],
    });

    expect(config.topicDefaults.get('retention.ms')).toBe('5000');
  });

  it('passes on the defaults of topics that someone set', () => {
    const config = resolveConfig({
      file: file({ 'log.retention.hours': '2', 'message.max.bytes': '2000000' }),
    });

    expect(config.topicDefaults).toEqual(
      new Map([
        ['retention.ms', '7200000'],
        ['max.message.bytes', '2000000'],
      ]),
    );
  });

  it('keeps -1 hours as for ever', () => {
    const config = resolveConfig({ file: file({ 'log.retention.hours': '-1' }) });

    expect(config.topicDefaults.get('retention.ms')).toBe('-1');
  });

  it('advertises what is bound unless told otherwise', () => {
    const config = resolveConfig({
      file: file({
        listeners: 'CLIENT://0.0.0.0:7092,PEER://127.0.0.1:7192',
        'advertised.listeners': 'CLIENT://node2.example:7092',
      }),
    });

    expect(config.listeners.client).toBe('0.0.0.0:7092');
    expect(config.advertised).toEqual({ client: 'node2.example:7092', peer: '127.0.0.1:7192' });
  });

  it("takes Kafka's listener by its own name and by the one in Kafka's files", () => {
    for (const name of ['KAFKA', 'PLAINTEXT']) {
      const listeners = `CLIENT://h:7092,${name}://0.0.0.0:9093,PEER://127.0.0.1:7192`;
      const advertised = { 'advertised.listeners': `${name}://node2.example:9093` };
      const config = resolveConfig({ file: file({ listeners, ...advertised }) });

      expect(config.listeners.kafka).toBe('0.0.0.0:9093');
      expect(config.advertised.kafka).toBe('node2.example:9093');
    }
  });

  it.each([
    ['an unknown key', { 'num.partition': '3' }, /'num.partition'.*did you mean 'num.partitions'/],
    [
      'a key like none',
      { 'zzz.qqq.www': '3' },
      /'zzz.qqq.www' \(in server.properties\): remove it/,
    ],
    ['a wrong number', { 'num.partitions': 'six' }, /num.partitions: 'six'.*a whole number from 1/],
    ['a number too low', { 'num.partitions': '0' }, /num.partitions: '0'.*from 1 to 10000/],
    ['a wrong boolean', { 'auto.create.topics.enable': 'yes' }, /'yes'.*is not true or false/],
    ['a wrong choice', { 'ack.durability': 'disk' }, /'disk'.*one of fsync, memory/],
    ['no node id', { 'node.id': undefined }, /node.id is not set/],
    ['a directory twice', { 'log.dirs': '/a,/b,/a/' }, /log.dirs: .* names \/a twice/],
    ['one within another', { 'log.dirs': '/a,/b/c,/b' }, /log.dirs: \/b\/c is within another/],
    ['a path of two lines', { 'log.dirs': '/a,/b\\nc' }, /log.dirs: "\/a,\/b\\nc" has a control/],
    ['no directory', { 'log.dirs': ' , ' }, /log.dirs: ', ' names no directory/],
    ['an unknown role', { 'process.roles': 'zookeeper' }, /process.roles: 'zookeeper'/],
    ['a TLS listener', { listeners: 'SSL://h:1,PEER://h:2' }, /'SSL'.*TLS is not served yet/],
    ['a listener twice', { listeners: 'PEER://h:1,PEER://h:2' }, /PEER is named twice/],
    ['a port too high', { listeners: 'PEER://h:70000' }, /'h:70000' is not an address/],
    ['no peer listener', { listeners: 'CLIENT://h:1' }, /has no PEER/],
    ['no client listener', { listeners: 'PEER://127.0.0.1:7192' }, /a broker needs CLIENT/],
    ['a bad voter', { 'controller.quorum.voters': '127.0.0.1:7191' }, /is not id@host:port/],
    ['a voter twice', { 'controller.quorum.voters': '2@h:1,2@h:2' }, /node 2 is named twice/],
    [
      'a controller out of the list that nobody could find',
      { 'controller.quorum.voters': '1@h:7191', listeners: 'CLIENT://h:1,PEER://h:0' },
      /controller 2 is not in controller.quorum.voters.*a port other than 0/,
    ],
    ['another own port', { 'controller.quorum.voters': '2@h:1' }, /make them equal/],
    ['a voter that is none', { 'process.roles': 'broker' }, /lack controller/],
    [
      'sessions of groups with their ends mixed up',
      { 'group.min.session.timeout.ms': '9000', 'group.max.session.timeout.ms': '8000' },
      /group.min.session.timeout.ms: 9000 is more than/,
    ],
    ['a short session', { 'broker.session.timeout.ms': '300' }, /less than two heartbeats/],
  ])('refuses %s by name', (_, changes, expected) => {
    expect(errorOf({ file: file(changes) })).toMatch(expected);
  });

  it('takes a path of slashes alone for the root', () => {
    expect(resolveConfig({ file: file({ 'log.dirs': '//' }) }).logDirs).toEqual(['/']);
  });

  it('has the metadata in the first log directory, or in the one that is named for it', () => {
    const logDirs = { 'log.dirs': '/a, /b/' };

    const plain = resolveConfig({ file: file(logDirs) });
    const apart = resolveConfig({ file: file({ ...logDirs, 'metadata.log.dir': '/m/' }) });

    expect(plain).toMatchObject({ logDirs: ['/a', '/b'], metadataDir: '/a' });
    expect(apart).toMatchObject({ logDirs: ['/a', '/b'], metadataDir: '/m' });
  });

  it('takes a controller that the quorum does not begin with', () => {
    const config = resolveConfig({ file: file({ 'controller.quorum.voters': '1@h:7191' }) });

    expect(config).toMatchObject({ isController: true, voters: [{ nodeId: 1 }] });
  });

  it('refuses an address that no one can connect to', () => {
    const listeners = 'CLIENT://0.0.0.0:7092,PEER://127.0.0.1:7192';

    expect(errorOf({ file: file({ listeners }) })).toMatch(/advertised.listeners: CLIENT is bound/);
  });

  it('says which variable held a wrong value', () => {
    const environment = { OTTLA_NUM_PARTITIONS: 'many' };

    expect(errorOf({ file: file(), environment })).toContain('OTTLA_NUM_PARTITIONS');
  });

  it('refuses an unknown variable with its own prefix', () => {
    const environment = { OTTLA_NUM_PARTITION: '3' };

    expect(errorOf({ file: file(), environment })).toMatch(/'num.partition'.*'num.partitions'/);
  });

  it('refuses an override without =', () => {
    expect(errorOf({ file: file(), overrides: ['num.partitions'] })).toMatch(/is not key=value/);
  });
});

describe('keyOfVariable', () => {
  it('reads one underscore as a dot, two as one, three as a dash', () => {
    expect(keyOfVariable('A_B__C___D')).toBe('a.b_c-d');
  });
});

describe('CONFIG_KEYS', () => {
  it.each(CONFIG_KEYS.filter((entry) => entry.default !== undefined))(
    'has a default of its own type for $key',
    ({ type, default: fallback = '' }) => {
      expect(expectedInstead(type, fallback)).toBeUndefined();
    },
  );

  it('names each key once', () => {
    expect(new Set(CONFIG_KEYS.map(({ key }) => key)).size).toBe(CONFIG_KEYS.length);
  });
});
