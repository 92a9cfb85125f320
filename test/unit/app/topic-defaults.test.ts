import { expect, it } from 'vitest';
import { CONFIG_KEYS_BY_NAME } from '../../../src/app/config-keys.ts';
import { expectedInstead } from '../../../src/app/value-type.ts';
import { TOPIC_CONFIGS } from '../../../src/metadata/topic-configs.ts';

const settings = TOPIC_CONFIGS.map((spec) => ({ ...spec, name: spec.clusterKey }));

it.each(settings)('$name can stand in server.properties as the default of $key', (setting) => {
  const found = CONFIG_KEYS_BY_NAME.get(setting.clusterKey);

  expect(found?.topicKey).toBe(setting.key);
  // None at all: the table of topic settings has it.
  expect(found?.default ?? setting.defaultValue).toBe(setting.defaultValue);
});

it.each(['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', 'none', 'brotli'])(
  'compression.type=%s means the same in a file as for a topic',
  (value) => {
    const inFile = CONFIG_KEYS_BY_NAME.get('compression.type');
    const ofTopic = TOPIC_CONFIGS.find(({ key }) => key === 'compression.type');

    const isTaken = inFile !== undefined && expectedInstead(inFile.type, value) === undefined;

    expect(isTaken).toBe(ofTopic?.type.validate(value) === undefined);
  },
);
