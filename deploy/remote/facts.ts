/** For what a release's native packages are made. */
export interface Platform {
  readonly system: string;
  readonly architecture: string;
  readonly libc: string;
}

/** A directory's owner: which node of which cluster. */
export interface Identity {
  readonly nodeId: number;
  readonly clusterId: string;
}

/** What `on-host/inspect.cjs` tells of one host. */
export interface HostFacts {
  readonly platform: Platform;
  readonly nodeVersion: string;
  readonly nodePath: string;
  readonly isRoot: boolean;
  /** There is systemd, and this user may give it a unit. */
  readonly usesSystemd: boolean;
  /** A directory of ours that this user may not write to. */
  readonly unwritable: string | null;
  readonly releases: readonly string[];
  readonly versions: readonly string[];
  /** The version that starts next, and its configuration. */
  readonly current: string | null;
  readonly config: string | null;
  /** Written before the first start and outside of the data: it tells of data that was lost. */
  readonly started: Identity | null;
  /** Of the data, by `ottla format`. */
  readonly identity: Identity | null;
  readonly running: { readonly pid: number; readonly version: string | null } | null;
  readonly isReady: boolean;
  /** The node ended by itself since it was started. */
  readonly hasFailed: boolean;
  readonly lastWords: string;
  /** Listeners that could not be opened, by name, with the system's code. */
  readonly refusedListeners: Readonly<Record<string, string>>;
}

export const describePlatform = ({ system, architecture, libc }: Platform): string =>
  `${system}-${architecture}-${libc}`;
