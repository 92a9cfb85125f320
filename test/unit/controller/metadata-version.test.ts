import { describe, expect, test } from 'vitest';
import type { VoterVersions } from '../../../src/controller/metadata-version.ts';
import {
  decideFirstVersion,
  decideRaiseVersion,
  describeClusterVersions,
} from '../../../src/controller/metadata-version.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { KNOWN_VERSIONS, METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { TestCluster } from './fixtures.ts';

const NEWEST = METADATA_VERSION_MAX;

const voter = (nodeId: number, max: number = NEWEST): VoterVersions => ({
  nodeId,
  isHeard: true,
  range: { min: 1, max },
});
const unheard: VoterVersions = { nodeId: 3, isHeard: false, range: undefined };
/** As releases from before versions were said. */
const silent: VoterVersions = { nodeId: 3, isHeard: true, range: undefined };
const VOTERS = [voter(1), voter(2), voter(3)];

/** Brokers that know all up to these, in a cluster that is at 1. */
const clusterOf = (...maxima: readonly number[]): TestCluster => {
  const cluster = new TestCluster();
  cluster.run({ records: [metadataVersionRecord(1)], respond: () => undefined });
  for (const [index, maxMetadataVersion] of maxima.entries()) {
    cluster.start(index + 1, { maxMetadataVersion });
  }
  return cluster;
};

const raise = (cluster: TestCluster, to: number, voters: readonly VoterVersions[] = VOTERS) =>
  cluster.run(decideRaiseVersion(cluster.image, { to, validateOnly: false }, voters));

describe('a new cluster', () => {
  test.each<[string, readonly VoterVersions[], number]>([
    ['of one release is at its newest version', VOTERS, NEWEST],
    ['is at what every voter heard knows', [voter(1), voter(2, 2), unheard], 2],
    ['with a voter that does not say is at the first', [voter(1), silent], 1],
  ])('%s', (_, voters, expected) => {
    const { records } = decideFirstVersion(emptyImage, voters);

    expect(records).toEqual([metadataVersionRecord(expected)]);
  });
});

test('another controller, or a later release, raises nothing by itself', () => {
  const cluster = clusterOf(NEWEST, NEWEST);

  expect(decideFirstVersion(cluster.image, VOTERS).records).toEqual([]);
});

describe('metadata.version is raised', () => {
  test('to the one asked for, once every broker and voter knows it', () => {
    const cluster = clusterOf(NEWEST, NEWEST);

    const answer = raise(cluster, 2);

    expect(answer).toMatchObject({ from: 1, to: 2, metadataIndex: cluster.image.index });
    expect(cluster.image.metadataVersion).toBe(2);
  });

  test('to the highest that all know where none is asked for', () => {
    const cluster = clusterOf(NEWEST, 2);

    raise(cluster, 0);

    expect(cluster.image.metadataVersion).toBe(2);
  });

  test('not at all by a dry run, which says what it would do', () => {
    const cluster = clusterOf(NEWEST);
    const request = { to: NEWEST, validateOnly: true };

    const answer = cluster.run(decideRaiseVersion(cluster.image, request, VOTERS));

    expect(answer).toEqual({ from: 1, to: NEWEST, metadataIndex: 0 });
    expect(cluster.image.metadataVersion).toBe(1);
  });

  test('to where it is, as a success without a record', () => {
    const cluster = clusterOf(1);

    expect(raise(cluster, 1, [unheard])).toEqual({ from: 1, to: 1, metadataIndex: 0 });
  });

  test('past a broker that is away for good, with no replica left', () => {
    const cluster = clusterOf(NEWEST, 1);
    cluster.fence(2);

    raise(cluster, NEWEST);

    expect(cluster.image.metadataVersion).toBe(NEWEST);
  });
});

describe('metadata.version is not raised', () => {
  test.each<[string, readonly number[], readonly VoterVersions[], string]>([
    [
      'past a broker that does not know it',
      [NEWEST, 2],
      VOTERS,
      'broker 2 knows metadata.version 1 to 2, not 3: run another release on it, or decommission ' +
        'it and stop it for good',
    ],
    [
      'past a voter that does not know it',
      [NEWEST],
      [voter(1), voter(2, 2)],
      'controller 2 knows metadata.version 1 to 2, not 3: run another release on it',
    ],
    [
      'past a voter that does not say what it knows',
      [NEWEST],
      [voter(1), silent],
      'controller 3 does not say which metadata.version it knows: run a later release on it',
    ],
    [
      'while a voter is not heard',
      [NEWEST],
      [voter(1), unheard],
      'controller 3 is not heard, and may be of an earlier release: start it first',
    ],
  ])('%s', (_, maxima, voters, message) => {
    const cluster = clusterOf(...maxima);

    const run = () => raise(cluster, 3, voters);

    expect(run).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION', message }));
  });

  test('past a broker that is away and will be back for its replicas', () => {
    const cluster = clusterOf(NEWEST, 2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.fence(2);

    expect(() => raise(cluster, 3)).toThrow('not 3 and is away');
  });

  test('to one that the active controller does not know itself', () => {
    const cluster = clusterOf(NEWEST);

    expect(() => raise(cluster, NEWEST + 1)).toThrow(`up to ${NEWEST}, not ${NEWEST + 1}`);
  });

  test('downwards: earlier releases would misread what was written since', () => {
    const cluster = clusterOf(NEWEST);
    raise(cluster, 3);

    const run = () => raise(cluster, 2);

    expect(run).toThrow(expect.objectContaining({ code: 'INVALID_UPDATE_VERSION' }));
    expect(run).toThrow('metadata.version is 3 and never sinks');
  });
});

test('what can be raised is told with what every node knows, and what stands in the way', () => {
  const cluster = clusterOf(NEWEST, 2);

  const told = describeClusterVersions(cluster.image, [voter(1), voter(4)]);

  expect(told).toMatchObject({ finalized: 1, possible: 2 });
  expect(told.versions.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  expect(told.nodes).toEqual([
    { nodeId: 1, broker: true, voter: true, minVersion: 1, maxVersion: KNOWN_VERSIONS.max },
    { nodeId: 2, broker: true, voter: false, minVersion: 1, maxVersion: 2 },
    { nodeId: 4, broker: false, voter: true, minVersion: 1, maxVersion: KNOWN_VERSIONS.max },
  ]);
  expect(told.hindrances).toEqual([expect.stringContaining('broker 2 knows')]);
});
