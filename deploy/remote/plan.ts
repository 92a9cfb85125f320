import { parseVoters } from '../../src/app/listeners.ts';
import { parseProperties } from '../../src/app/properties.ts';
import { hasRole } from '../local/layout.ts';
import { checkHost, fail, isController } from './check-host.ts';
import type { HostFacts } from './facts.ts';
import type { Place } from './place.ts';
import { configOf, placesOf } from './place.ts';
import type { DeployRequest } from './request.ts';
import type { Version } from './version.ts';
import { runnerFor, versionOf } from './version.ts';

/** What is to happen on one host. */
export interface HostPlan {
  readonly place: Place;
  readonly facts: HostFacts;
  readonly version: Version;
  readonly clusterId: string;
  /** `rejoin`: its data is lost, and with it the vote of a controller. */
  readonly format: 'none' | 'new' | 'rejoin';
  readonly action: 'none' | 'start' | 'restart';
  /** What the change is, for a person. */
  readonly changes: readonly string[];
}

export interface PlanInput {
  readonly request: DeployRequest;
  /** In the order of the request's hosts. */
  readonly facts: readonly HostFacts[];
  readonly release: string;
  /** For a cluster that is not there yet. */
  readonly newClusterId: string;
}

/**
 * Decides what is to happen on all hosts from what is there; throws with one line where a host
 * cannot have what was asked for. Changes nothing.
 */
export const planDeployment = (input: PlanInput): HostPlan[] => {
  const { request, facts: all, release, newClusterId } = input;
  const places = placesOf(request, controllersOf(request, all));
  for (const [at, place] of places.entries()) checkHost(place, factsAt(all, at), request);
  const clusterId = clusterIdOf(request.hosts, all) ?? newClusterId;
  const hasBegun = all.some(({ started }) => started !== null);
  const plans = places.map((place, at): HostPlan => {
    const facts = factsAt(all, at);
    const config = configOf(place, places, request);
    const version = versionOf(release, config, runnerFor(facts, request));
    const format = formatOf({ place, facts, request, hasBegun });
    const action = actionOf(facts, version);
    return { place, facts, version, clusterId, format, action, changes: changesOf(facts, version) };
  });
  checkVotes(plans);
  return plans;
};

const factsAt = (all: readonly HostFacts[], at: number): HostFacts =>
  all[at] ?? fail('', 'was not looked at');

const LARGEST_QUORUM = 3;

/** As many as the cluster has; of a new one the largest odd number up to three. */
const controllersOf = (request: DeployRequest, all: readonly HostFacts[]): number => {
  const { hosts, controllers } = request;
  const [voters] = all.flatMap(({ config }) => (config === null ? [] : [votersOf(config)]));
  if (voters === undefined) {
    const most = Math.min(hosts.length, LARGEST_QUORUM);
    return controllers ?? (most % 2 === 1 ? most : most - 1);
  }
  const wanted = controllers ?? voters.length;
  if (wanted === voters.length && wanted <= hosts.length) return wanted;
  throw new Error(
    `the cluster's controllers are nodes ${voters.join(', ')}, which cannot be changed yet: ` +
      `name all of their hosts, and --controllers ${voters.length} or none`,
  );
};

const votersOf = (config: string): number[] =>
  parseVoters(
    'controller.quorum.voters',
    parseProperties(config).get('controller.quorum.voters') ?? '',
  ).map(({ nodeId }) => nodeId);

/** Undefined where no host has a node of any. */
const clusterIdOf = (hosts: readonly string[], all: readonly HostFacts[]): string | undefined => {
  const found = hosts.flatMap((host, at) => {
    const { identity, started } = factsAt(all, at);
    return [identity, started].flatMap((it) => (it === null ? [] : [{ host, ...it }]));
  });
  const [first] = found;
  const other = found.find(({ clusterId }) => clusterId !== first?.clusterId);
  if (first !== undefined && other !== undefined) {
    fail(
      other.host,
      `is in cluster ${other.clusterId}, and ${first.host} in ${first.clusterId}: ` +
        'deploy to the hosts of one cluster at a time',
    );
  }
  return first?.clusterId;
};

/**
 * A voter whose data is lost must not get its vote back, for it may have promised it: only a cluster
 * of which no node was ever started has votes to give.
 */
const formatOf = (input: {
  readonly place: Place;
  readonly facts: HostFacts;
  readonly request: DeployRequest;
  readonly hasBegun: boolean;
}): HostPlan['format'] => {
  const { place, facts, request, hasBegun } = input;
  const { host, node } = place;
  const isAllowed = request.rejoining.has(host);
  if (facts.identity !== null) {
    return isAllowed ? fail(host, 'has its data, so it cannot rejoin: leave it out') : 'none';
  }
  const isLost = facts.started !== null || (hasBegun && isController(place));
  if (!isLost) {
    return isAllowed ? fail(host, 'never had a node, so it cannot rejoin: leave it out') : 'new';
  }
  if (isAllowed) return 'rejoin';
  return fail(
    host,
    `node ${node.nodeId} is part of a cluster that has begun, and ${request.dataDirectory} is ` +
      `empty: mount its disk, or say --rejoin ${host} where the data is lost` +
      (hasRole(node, 'controller') ? ' (it will not vote any more)' : ''),
  );
};

const checkVotes = (plans: readonly HostPlan[]): void => {
  const voters = plans.filter(({ place }) => isController(place));
  if (voters.some(({ format }) => format !== 'rejoin')) return;
  throw new Error(
    'all controllers have lost their data: the metadata is gone, and there is nothing to rejoin',
  );
};

const actionOf = ({ running, current }: HostFacts, { id }: Version): HostPlan['action'] => {
  if (running === null) return 'start';
  return running.version === id && current === id ? 'none' : 'restart';
};

const changesOf = (facts: HostFacts, version: Version): string[] => {
  const { current, config } = facts;
  if (current === null || config === null) return [];
  const before = parseProperties(config);
  const after = parseProperties(version.config);
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const settings = keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key}: ${before.get(key) ?? '(unset)'} -> ${after.get(key) ?? '(unset)'}`);
  const isNew = !current.startsWith(`${version.release}-`);
  const changes = [...(isNew ? [`release: ${current} -> ${version.release}`] : []), ...settings];
  return changes.length > 0 || current === version.id
    ? changes
    : [`${version.runner.file} changed`];
};
