import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../local/layout.ts';
import type { HostFacts } from './facts.ts';
import type { DeployRequest } from './request.ts';

/** How a host runs its node: what is started with it is a file of the version. */
export interface Runner {
  readonly file: 'ottla.service' | 'run.sh';
  readonly text: string;
}

/** All that decides what a node does: two of the same id are the same. */
export interface Version {
  readonly id: string;
  readonly release: string;
  readonly config: string;
  readonly runner: Runner;
}

export const UNIT = join(REPOSITORY, 'deploy', 'systemd', 'ottla.service');
export const RUN_SCRIPT = join(REPOSITORY, 'deploy', 'remote', 'on-host', 'run.sh');

const DIGEST_LETTERS = 8;

/** The shipped files have the standard paths in them, and can be used as they are. */
const withPaths = (text: string, request: DeployRequest, node: string) => {
  const { directory, dataDirectory, furtherDirectories } = request;
  // With the dash the service starts where the disk of one is missing, as the node does.
  const further = furtherDirectories.map((path) => ` -${path}`).join('');
  return text
    .replaceAll('/opt/ottla', directory)
    .replace('ReadWritePaths=/var/lib/ottla', `$&${further}`)
    .replaceAll('/var/lib/ottla', dataDirectory)
    .replaceAll('/usr/bin/node', node);
};

export const runnerFor = (facts: HostFacts, request: DeployRequest): Runner => {
  const { usesSystemd, nodePath } = facts;
  const text = withPaths(readFileSync(usesSystemd ? UNIT : RUN_SCRIPT, 'utf8'), request, nodePath);
  return { file: usesSystemd ? 'ottla.service' : 'run.sh', text };
};

export const versionOf = (release: string, config: string, runner: Runner): Version => {
  const digest = createHash('sha256').update(config).update('\0').update(runner.text).digest('hex');
  return { id: `${release}-${digest.slice(0, DIGEST_LETTERS)}`, release, config, runner };
};
