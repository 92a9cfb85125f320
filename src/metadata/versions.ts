import { OttlaError } from '../base/errors.ts';

/** Which values of `metadata.version` a release can read and write, both inclusive. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What came at some version. Each is used only in clusters that are at its version, or above. */
interface Addition {
  readonly since: number;
  /** In a sentence: "... needs metadata.version 3". */
  readonly what: string;
}

/**
 * What each `metadata.version` added to the first one. To add to it: a line here with the version
 * behind the last released one, and `requireFeature` where it is asked for. What belongs here is
 * whatever a release of the version before would read wrongly, or decide wrongly without; see
 * docs/adr/013.
 */
export const FEATURES = {
  /** A cancel or an end would else forget which replicas go. */
  reassignment: { since: 2, what: 'moving partitions' },
  /** Leaders of before append at once what shall wait. */
  delays: { since: 2, what: 'delay.enable' },
  /** Leaders of before append what repeats. */
  dedup: { since: 3, what: 'dedup.window.ms' },
  /** Coordinators of before give out partitions that shall wait. */
  fences: { since: 3, what: 'a fence before added partitions' },
  /** Coordinators of before tell members nothing of them. */
  groupConfigs: { since: 3, what: 'a setting of a consumer group' },
  /** Leaders of before deliver it once, or at once. */
  repeats: { since: 3, what: 'a record that repeats (ottla-cron)' },
  /** Controllers of before forget who may lead, and shrink no in-sync set to nobody. */
  eligible: { since: 3, what: 'keeping eligible leader replicas' },
  /** Leaders of before deliver what was cancelled. */
  delayedChanges: { since: 3, what: 'cancelling or rescheduling a delayed record' },
  /** Voters of before vote and count by their configuration, whoever the log names. */
  voters: { since: 4, what: 'changing the set of controllers' },
} as const satisfies Readonly<Record<string, Addition>>;

export type FeatureName = keyof typeof FEATURES;

/** The one feature there is for Kafka's clients, by Kafka's name. */
export const METADATA_VERSION_FEATURE = 'metadata.version';

/** What this release can read and write. */
export const METADATA_VERSION_MIN = 1;
export const METADATA_VERSION_MAX = Math.max(...Object.values(FEATURES).map(({ since }) => since));
export const KNOWN_VERSIONS: VersionRange = {
  min: METADATA_VERSION_MIN,
  max: METADATA_VERSION_MAX,
};

export interface DescribedVersion {
  readonly version: number;
  readonly adds: readonly string[];
}

/** The table, version by version. */
export const describeVersions = (): DescribedVersion[] =>
  Array.from({ length: METADATA_VERSION_MAX }, (_, at) => ({
    version: at + 1,
    adds: Object.values(FEATURES)
      .filter(({ since }) => since === at + 1)
      .map(({ what }) => what),
  }));

export const holdsVersion = ({ min, max }: VersionRange, version: number): boolean =>
  min <= version && version <= max;

/** As it stands in messages. */
export const describeRange = ({ min, max }: VersionRange): string =>
  min === max ? `metadata.version ${max}` : `metadata.version ${min} to ${max}`;

interface Versioned {
  readonly metadataVersion: number;
}

/** Every node of the cluster reads it rightly. */
export const hasFeature = ({ metadataVersion }: Versioned, name: FeatureName): boolean =>
  metadataVersion >= FEATURES[name].since;

/** Throws UNSUPPORTED_VERSION where a node of the cluster may read it wrongly. */
export const requireFeature = (image: Versioned, name: FeatureName): void => {
  if (hasFeature(image, name)) return;
  const { since, what } = FEATURES[name];
  throw new OttlaError(
    'UNSUPPORTED_VERSION',
    `${what} needs metadata.version ${since}, the cluster is at ${image.metadataVersion}: run ` +
      `'ottla cluster upgrade --to ${since}' once every node runs a release that knows it`,
  );
};

/** What a node says that meets a version it does not know; it must not go on. */
export const unknownVersion = (version: number): OttlaError =>
  new OttlaError(
    'UNSUPPORTED_VERSION',
    `the cluster is at metadata.version ${version}, this release knows ` +
      `${describeRange(KNOWN_VERSIONS)}: ${remedyFor(version, KNOWN_VERSIONS)}`,
  );

/** As `unknownVersion`, of a feature. */
export const unknownFeature = (name: string): OttlaError =>
  new OttlaError(
    'UNSUPPORTED_VERSION',
    `the cluster uses the feature '${name}', which this release does not know: ` +
      'run a later release on this node',
  );

/** What to do about a node whose versions do not hold the cluster's. */
export const remedyFor = (version: number, { max }: VersionRange): string =>
  version > max
    ? 'run a later release on this node'
    : `run an earlier release on it, and 'ottla cluster upgrade' in the cluster first`;
