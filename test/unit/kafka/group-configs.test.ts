import { expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { TestCluster } from '../broker/harness/test-cluster.ts';
import { openKafkaClient } from './ask.ts';

/** Kafka's numbers: of a resource, of an operation, and of where a setting comes from. */
const OF_GROUP = 32;
const SET = 0;
const FROM_GROUP = 8;
const FROM_DEFAULT = 5;

it('settings of a group are changed and told by Kafka’s own requests', async () => {
  const ask = openKafkaClient(await TestCluster.start(1));
  const group = { resourceType: OF_GROUP, resourceName: 'billing' };
  const configs = [{ name: 'degrade.pause', configOperation: SET, value: 'true' }];

  const altered = await ask(APIS.incrementalAlterConfigs, 1, {
    resources: [{ ...group, configs }],
    validateOnly: false,
  });
  const { results } = await ask(APIS.describeConfigs, 4, {
    resources: [{ ...group, configurationKeys: null }],
    includeSynonyms: true,
    includeDocumentation: true,
  });

  expect(altered.responses).toMatchObject([{ ...group, errorCode: 0 }]);
  const told = results[0]?.configs.map(({ name, value, configSource, synonyms }) => [
    name,
    value,
    configSource,
    synonyms?.length,
  ]);
  expect(told).toEqual([
    ['degrade.skip.older.than.ms', '-1', FROM_DEFAULT, 1],
    ['degrade.sample', '1', FROM_DEFAULT, 1],
    ['degrade.pause', 'true', FROM_GROUP, 2],
    ['standby.labels', '', FROM_DEFAULT, 1],
    ['overflow.above.lag.count', '-1', FROM_DEFAULT, 1],
    ['overflow.above.lag.ms', '-1', FROM_DEFAULT, 1],
    ['overflow.below.lag.count', '-1', FROM_DEFAULT, 1],
    ['overflow.below.lag.ms', '-1', FROM_DEFAULT, 1],
    ['overflow.for.ms', '10000', FROM_DEFAULT, 1],
  ]);
});
