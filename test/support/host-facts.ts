import type { HostFacts } from '../../deploy/remote/facts.ts';

/** A Linux host of root's without systemd, on which nothing of ours is. */
export const EMPTY_HOST: HostFacts = {
  platform: { system: 'linux', architecture: 'x64', libc: 'glibc' },
  nodeVersion: 'v20.19.0',
  nodePath: '/usr/bin/node',
  isRoot: true,
  usesSystemd: false,
  unwritable: null,
  releases: [],
  versions: [],
  current: null,
  config: null,
  started: null,
  identity: null,
  running: null,
  isReady: false,
  hasFailed: false,
  lastWords: '',
  refusedListeners: {},
};
