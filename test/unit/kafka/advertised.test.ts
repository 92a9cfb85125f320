import { expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { KNOWN_VERSIONS } from '../../../src/metadata/versions.ts';
import { TestCluster } from '../broker/harness/test-cluster.ts';
import { openKafkaClient } from './ask.ts';

/**
 * Name, key, first and last version. Clients choose by this list what they send: a row that changes
 * is to be tried with them.
 */
const ADVERTISED: readonly [
  name: string,
  apiKey: number,
  minVersion: number,
  maxVersion: number,
][] = [
  ['Produce', 0, 0, 11],
  ['Fetch', 1, 4, 16],
  ['ListOffsets', 2, 1, 9],
  ['Metadata', 3, 0, 12],
  ['OffsetCommit', 8, 2, 9],
  ['OffsetFetch', 9, 1, 9],
  ['FindCoordinator', 10, 0, 5],
  ['JoinGroup', 11, 0, 9],
  ['Heartbeat', 12, 0, 4],
  ['LeaveGroup', 13, 0, 5],
  ['SyncGroup', 14, 0, 5],
  ['DescribeGroups', 15, 0, 5],
  ['ListGroups', 16, 0, 5],
  ['ApiVersions', 18, 0, 4],
  ['CreateTopics', 19, 2, 7],
  ['DeleteTopics', 20, 1, 6],
  ['DeleteRecords', 21, 0, 2],
  ['InitProducerId', 22, 0, 4],
  ['OffsetForLeaderEpoch', 23, 2, 4],
  ['DescribeConfigs', 32, 1, 4],
  ['AlterConfigs', 33, 0, 2],
  ['DescribeLogDirs', 35, 1, 4],
  ['CreatePartitions', 37, 0, 3],
  ['DeleteGroups', 42, 0, 2],
  ['ElectLeaders', 43, 0, 2],
  ['IncrementalAlterConfigs', 44, 0, 1],
  ['AlterPartitionReassignments', 45, 0, 1],
  ['ListPartitionReassignments', 46, 0, 0],
  ['OffsetDelete', 47, 0, 0],
  ['DescribeQuorum', 55, 0, 2],
  ['DescribeCluster', 60, 0, 1],
  ['DescribeProducers', 61, 0, 0],
  ['UnregisterBroker', 64, 0, 0],
  ['DescribeTopicPartitions', 75, 0, 0],
];

const NAMES = new Map(Object.values(APIS).map(({ key, name }): [number, string] => [key, name]));

it('clients are told these APIs in these versions, and no others', async () => {
  const ask = openKafkaClient(await TestCluster.start(1));

  const { apiKeys } = await ask(APIS.apiVersions, 3, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  });

  const told = apiKeys.map((each) => [
    NAMES.get(each.apiKey),
    each.apiKey,
    each.minVersion,
    each.maxVersion,
  ]);
  expect(told.sort(([, a], [, b]) => Number(a) - Number(b))).toEqual(ADVERTISED);
});

it.each([3, 4])('clients are told of metadata.version, in version %i', async (apiVersion) => {
  const cluster = await TestCluster.start(1);
  const ask = openKafkaClient(cluster);

  const told = await ask(APIS.apiVersions, apiVersion, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  });

  const name = 'metadata.version';
  const { min: minVersion, max: maxVersion } = KNOWN_VERSIONS;
  expect(told).toMatchObject({
    supportedFeatures: [{ name, minVersion, maxVersion }],
    finalizedFeatures: [{ name, minVersionLevel: maxVersion, maxVersionLevel: maxVersion }],
  });
  expect(told.finalizedFeaturesEpoch).toBeGreaterThan(0);
});
