import type { ClusterVersions, NodeVersions } from '../client/admin/version-admin.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface ClusterUpgradeVerb extends ClusterVerb {
  readonly status?: boolean;
  readonly to?: number;
  readonly dryRun?: boolean;
}

export const run = async (options: ClusterUpgradeVerb): Promise<void> => {
  const { status = false, to, dryRun = false } = options;
  if (status === (to !== undefined)) {
    throw new UsageError('say what to do: give --status, or --to with the version to raise to');
  }
  if (dryRun && to === undefined) throw new UsageError('--dry-run goes with --to');
  await withClient(options, async (client) => {
    const { versions } = client.admin();
    if (to === undefined) return await showStatus(await versions.describe(), options);
    const change = await versions.raise({ to, validateOnly: dryRun });
    if (options.json === true) return await printJson({ ...change, isChanged: !dryRun });
    await printLine(describeChange(change, dryRun));
  });
};

const describeChange = (
  { from, to }: { readonly from: number; readonly to: number },
  dryRun: boolean,
): string => {
  if (from === to) return `metadata.version is ${to} already`;
  return dryRun
    ? `metadata.version would rise from ${from} to ${to}, for good; every node knows it`
    : `metadata.version rose from ${from} to ${to}`;
};

const showStatus = async (
  state: ClusterVersions,
  { json = false }: ClusterUpgradeVerb,
): Promise<void> => {
  if (json) return await printJson(jsonOf(state));
  const { current, possible, versions, nodes, hindrances } = state;
  await printLine(`metadata.version ${current}; ${outlook(state)}`);
  await printTable({
    headings: ['NODE', 'ROLES', 'KNOWS'],
    rows: nodes.map((node) => [node.nodeId, rolesOf(node), knownOf(node)]),
  });
  for (const { version, adds } of versions.filter((each) => each.version > current)) {
    await printLine(`${version} adds: ${adds.join('; ')}`);
  }
  if (possible === (versions.at(-1)?.version ?? current)) return;
  for (const line of hindrances) await printLine(line);
};

const outlook = ({ current, possible, versions }: ClusterVersions): string => {
  if (possible > current) {
    return `it can be raised, for good, with 'ottla cluster upgrade --to ${possible}'`;
  }
  const newest = versions.at(-1)?.version ?? current;
  return newest > current
    ? `the active controller knows ${newest}, not every node does`
    : 'the active controller knows no later one';
};

const rolesOf = ({ isBroker, isVoter }: NodeVersions): string =>
  [...(isVoter ? ['controller'] : []), ...(isBroker ? ['broker'] : [])].join(',');

const knownOf = ({ known }: NodeVersions): string =>
  known === undefined ? 'not known' : `${known.min} to ${known.max}`;

const jsonOf = ({ nodes, ...state }: ClusterVersions): object => ({
  ...state,
  nodes: nodes.map(({ known, ...node }) => ({ ...node, known: known ?? null })),
});
