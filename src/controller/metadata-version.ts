import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type {
  DescribeVersionsResponse,
  NodeVersions,
  RaiseVersionRequest,
  RaiseVersionResponse,
} from '../gen/ottla.ts';
import type { BrokerRegistration, MetadataImage } from '../metadata/image.ts';
import { metadataVersionRecord } from '../metadata/records.ts';
import type { VersionRange } from '../metadata/versions.ts';
import {
  describeRange,
  describeVersions,
  holdsVersion,
  METADATA_VERSION_MAX,
  METADATA_VERSION_MIN,
} from '../metadata/versions.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';

/** What one voter of the quorum has said of itself, as this controller heard it. */
export interface VoterVersions {
  readonly nodeId: NodeId;
  /** It was heard within the last seconds. */
  readonly isHeard: boolean;
  /** Undefined: it was not heard, or is of a release that does not say. */
  readonly range: VersionRange | undefined;
}

/**
 * The level of a new cluster: the highest that this controller, every broker and every voter heard
 * so far know. Where there is one it stays: it is raised by `decideRaiseVersion` alone, for until
 * then every node can still go back to the release it came from.
 */
export const decideFirstVersion = (
  image: MetadataImage,
  voters: readonly VoterVersions[],
): Decision<void> => {
  const plan = new Plan(image);
  if (image.metadataVersion !== 0) return plan.answer(undefined);
  const levels = [
    METADATA_VERSION_MAX,
    ...[...image.brokers.values()].map((broker) => broker.maxMetadataVersion),
    ...voters
      .filter(({ isHeard }) => isHeard)
      .map(({ range }) => range?.max ?? METADATA_VERSION_MIN),
  ];
  plan.emit(metadataVersionRecord(Math.min(...levels)));
  return plan.answer(undefined);
};

/**
 * Raises `metadata.version`, to the highest that every node knows where `to` is 0. What it is
 * already is a success. It never sinks: records that were written since mean nothing, or something
 * else, to releases from before, and nobody could tell which these are.
 *
 * Errors: INVALID_UPDATE_VERSION for a lower one; UNSUPPORTED_VERSION where a registered broker or
 * a voter does not know it, or cannot be asked.
 */
export const decideRaiseVersion = (
  image: MetadataImage,
  { to, validateOnly }: RaiseVersionRequest,
  voters: readonly VoterVersions[],
): Decision<RaiseVersionResponse> => {
  const from = image.metadataVersion;
  const level = to === 0 ? possibleVersion(image, voters) : to;
  if (level < from) throw neverSinks(from, level);
  const [first, ...others] = level === from ? [] : hindrances(image, voters, level);
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more: see --status)`;
    throw new OttlaError('UNSUPPORTED_VERSION', `${first}${more}`);
  }
  const records = level === from || validateOnly ? [] : [metadataVersionRecord(level)];
  const metadataIndex = (index: number): number => (records.length > 0 ? index : 0);
  return {
    records,
    respond: (index) => ({ from, to: level, metadataIndex: metadataIndex(index) }),
  };
};

/** Where the cluster is, how far it can be raised, and what keeps it from more. Changes nothing. */
export const describeClusterVersions = (
  image: MetadataImage,
  voters: readonly VoterVersions[],
): DescribeVersionsResponse => ({
  finalized: image.metadataVersion,
  possible: possibleVersion(image, voters),
  versions: describeVersions().map(({ version, adds }) => ({ version, adds: [...adds] })),
  nodes: nodesOf(image, voters),
  hindrances:
    image.metadataVersion < METADATA_VERSION_MAX
      ? hindrances(image, voters, METADATA_VERSION_MAX)
      : [],
});

const neverSinks = (from: number, to: number): OttlaError =>
  new OttlaError(
    'INVALID_UPDATE_VERSION',
    `metadata.version is ${from} and never sinks, to ${to} or any other: earlier releases would ` +
      'misread what was written since; what can be chosen is when to raise it',
  );

const possibleVersion = (image: MetadataImage, voters: readonly VoterVersions[]): number => {
  let level = image.metadataVersion;
  while (level < METADATA_VERSION_MAX && hindrances(image, voters, level + 1).length === 0) {
    level += 1;
  }
  return level;
};

/** Who keeps the cluster from this level, each in one line with what to do. */
const hindrances = (
  image: MetadataImage,
  voters: readonly VoterVersions[],
  level: number,
): string[] => [
  ...(level > METADATA_VERSION_MAX
    ? [
        `the active controller knows metadata.version up to ${METADATA_VERSION_MAX}, ` +
          `not ${level}: run a later release on every node first`,
      ]
    : []),
  ...voters.flatMap((voter) => voterHindrance(voter, level)),
  ...[...image.brokers.values()].flatMap((broker) => brokerHindrance(image, broker, level)),
];

const voterHindrance = ({ nodeId, isHeard, range }: VoterVersions, level: number): string[] => {
  if (!isHeard) {
    return [`controller ${nodeId} is not heard, and may be of an earlier release: start it first`];
  }
  if (range === undefined) {
    return [
      `controller ${nodeId} does not say which metadata.version it knows: ` +
        'run a later release on it',
    ];
  }
  return holdsVersion(range, level)
    ? []
    : [
        `controller ${nodeId} knows ${describeRange(range)}, not ${level}: run another release on it`,
      ];
};

const brokerHindrance = (
  image: MetadataImage,
  broker: BrokerRegistration,
  level: number,
): string[] => {
  const range = rangeOf(broker);
  if (holdsVersion(range, level) || isGone(image, broker)) return [];
  const away = broker.isFenced ? ' and is away' : '';
  return [
    `broker ${broker.brokerId} knows ${describeRange(range)}, not ${level}${away}: run another ` +
      'release on it, or decommission it and stop it for good',
  ];
};

/** Out of service and without replicas: it is refused when it comes back as it was. */
const isGone = (image: MetadataImage, { brokerId, isFenced }: BrokerRegistration): boolean => {
  if (!isFenced) return false;
  for (const { partitions } of image.topics.values()) {
    if (partitions.some(({ replicas }) => replicas.includes(brokerId))) return false;
  }
  return true;
};

const rangeOf = (broker: BrokerRegistration): VersionRange => ({
  min: broker.minMetadataVersion,
  max: broker.maxMetadataVersion,
});

const nodesOf = (image: MetadataImage, voters: readonly VoterVersions[]): NodeVersions[] => {
  const nodes = new Map<NodeId, NodeVersions>();
  for (const broker of image.brokers.values()) {
    const { min, max } = rangeOf(broker);
    const nodeId = broker.brokerId;
    nodes.set(nodeId, { nodeId, broker: true, voter: false, minVersion: min, maxVersion: max });
  }
  for (const { nodeId, range } of voters) {
    const known = nodes.get(nodeId);
    const said = { minVersion: range?.min ?? 0, maxVersion: range?.max ?? 0 };
    nodes.set(nodeId, { ...said, ...known, nodeId, broker: known !== undefined, voter: true });
  }
  return [...nodes.values()].sort((a, b) => a.nodeId - b.nodeId);
};
