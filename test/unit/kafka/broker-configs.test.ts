import { expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { TOPIC_CONFIGS } from '../../../src/metadata/topic-configs.ts';
import { TestCluster } from '../broker/harness/test-cluster.ts';
import { openKafkaClient } from './ask.ts';

/** Kafka's numbers: of a resource, an operation, where a setting comes from, and its type. */
const OF_BROKER = 4;
const SET = 0;
const DELETE = 1;
const FROM_BROKER = 2;
const FROM_FILE = 4;
const FROM_DEFAULT = 5;
const BOOLEAN = 1;
const LONG = 5;
const LIST = 7;

const RATE = 'follower.replication.throttled.rate';
const UNBOUND = '9007199254740991';

const setting = (key: string, fileValue: string | null, defaultValue: string | null) =>
  ({ key, fileValue, defaultValue, type: 'long', doc: `about ${key}` }) as const;

const brokerWith = async (configs: Record<string, string>) => {
  const ask = openKafkaClient(await TestCluster.start(1), {
    brokerSettings: [
      setting('node.id', '1', null),
      setting('queued.max.request.bytes', '1000', '134217728'),
      setting('replica.lag.time.max.ms', null, '10000'),
      setting(RATE, '777', UNBOUND),
    ],
  });
  const alter = (name: string, configOperation: number, value: string | null) =>
    ask(APIS.incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: OF_BROKER,
          resourceName: '1',
          configs: [{ name, configOperation, value }],
        },
      ],
      validateOnly: false,
    });
  for (const [name, value] of Object.entries(configs)) await alter(name, SET, value);
  const describe = async () => {
    const { results } = await ask(APIS.describeConfigs, 4, {
      resources: [{ resourceType: OF_BROKER, resourceName: '1', configurationKeys: null }],
      includeSynonyms: true,
      includeDocumentation: true,
    });
    return results[0]?.configs ?? [];
  };
  return { alter, describe };
};

type Configs = Awaited<ReturnType<Awaited<ReturnType<typeof brokerWith>>['describe']>>;

const named = (configs: Configs, name: string) => {
  const found = configs.find((config) => config.name === name);
  const synonyms = found?.synonyms?.map(({ value, source }) => [value, source]);
  return [found?.value, found?.readOnly, found?.configSource, found?.configType, synonyms];
};

it('what was set of one broker at run time is told before its file, and can be changed', async () => {
  const { describe } = await brokerWith({ [RATE]: '12345', 'broker.drain.enable': 'true' });

  const configs = await describe();

  expect(named(configs, RATE)).toEqual([
    '12345',
    false,
    FROM_BROKER,
    LONG,
    [
      ['12345', FROM_BROKER],
      ['777', FROM_FILE],
      [UNBOUND, FROM_DEFAULT],
    ],
  ]);
  expect(named(configs, 'broker.drain.enable')).toEqual([
    'true',
    false,
    FROM_BROKER,
    BOOLEAN,
    [
      ['true', FROM_BROKER],
      ['false', FROM_DEFAULT],
    ],
  ]);
  const unset = (value: string, type: number) =>
    [value, false, FROM_DEFAULT, type, [[value, FROM_DEFAULT]]] as const;
  expect(named(configs, 'cordoned.log.dirs')).toEqual(unset('', LIST));
  expect(named(configs, 'broker.decommission.enable')).toEqual(unset('false', BOOLEAN));
});

it('a broker whose run-time setting is deleted goes by its file again', async () => {
  const { alter, describe } = await brokerWith({ [RATE]: '12345' });

  await alter(RATE, DELETE, null);

  expect(named(await describe(), RATE).slice(0, 3)).toEqual(['777', false, FROM_FILE]);
});

it('what only the file sets is read-only, with its default behind it', async () => {
  const { describe } = await brokerWith({});

  const configs = await describe();

  expect(named(configs, 'queued.max.request.bytes')).toEqual([
    '1000',
    true,
    FROM_FILE,
    LONG,
    [
      ['1000', FROM_FILE],
      ['134217728', FROM_DEFAULT],
    ],
  ]);
  expect(named(configs, 'node.id')).toEqual(['1', true, FROM_FILE, LONG, [['1', FROM_FILE]]]);
  expect(named(configs, 'replica.lag.time.max.ms').slice(0, 3)).toEqual([
    '10000',
    true,
    FROM_DEFAULT,
  ]);
  const names = configs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(3 + 4 + TOPIC_CONFIGS.length);
});
