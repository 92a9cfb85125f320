import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../../deploy/remote/facts.ts';
import type { HostPlan } from '../../../../deploy/remote/plan.ts';
import { planDeployment } from '../../../../deploy/remote/plan.ts';
import { parseRequest } from '../../../../deploy/remote/request.ts';
import { EMPTY_HOST } from '../../../support/host-facts.ts';

const CLUSTER = 'AAAAAAAAAAAAAAAAAAAAAA';
const OTHER = 'BBBBBBBBBBBBBBBBBBBBBB';

const planned = (
  words: string,
  facts: readonly Partial<HostFacts>[] = [],
  release = '1.0.0',
): HostPlan[] => {
  const request = parseRequest(['--hosts', ...words.split('+')]);
  const all = request.hosts.map((_, at) => ({ ...EMPTY_HOST, ...facts[at] }));
  return planDeployment({ request, facts: all, release, newClusterId: CLUSTER });
};

/** What a host tells after a plan was performed. */
const afterwards = ({ version, place, clusterId }: HostPlan): HostFacts => {
  const identity = { nodeId: place.node.nodeId, clusterId };
  return {
    ...EMPTY_HOST,
    releases: [version.release],
    versions: [version.id],
    current: version.id,
    config: version.config,
    started: identity,
    identity,
    running: { pid: 1, version: version.id },
    isReady: true,
    refusedListeners: { CLIENT: 'EADDRINUSE', PEER: 'EADDRINUSE' },
  };
};

const settingOf = ({ version }: HostPlan, key: string): string =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(version.config)?.[1] ?? '';

const at = (plans: readonly HostPlan[], index: number): HostPlan => {
  const plan = plans[index];
  if (plan === undefined) throw new Error(`there is no plan ${index}`);
  return plan;
};

const factsOf = (facts: readonly HostFacts[], index = 1): HostFacts => facts[index] ?? EMPTY_HOST;

const lost = (facts: readonly HostFacts[], index = 1): HostFacts => ({
  ...factsOf(facts, index),
  identity: null,
  running: null,
  refusedListeners: {},
});

describe('a new cluster', () => {
  it.each([
    ['a', 1],
    ['a b', 1],
    ['a b c', 3],
    ['a b c d e', 3],
  ])('of the hosts %s has %i controllers', (hosts, count) => {
    const plans = planned(hosts);

    const voters = settingOf(at(plans, 0), 'controller.quorum.voters').split(',');
    expect(voters).toEqual(['1@a:7191', '2@b:7191', '3@c:7191'].slice(0, count));
    expect(plans.map(({ place }) => place.node.nodeId)).toEqual(plans.map((_, index) => index + 1));
    expect(plans.every(({ format, action }) => format === 'new' && action === 'start')).toBe(true);
  });

  it('is bound to an address in digits, and advertises names from wherever it is bound', () => {
    const plans = planned('10.0.0.1 b+--public+b=b.example');

    expect(settingOf(at(plans, 0), 'listeners')).toBe(
      'CLIENT://10.0.0.1:7091,KAFKA://10.0.0.1:9092,PEER://10.0.0.1:7191,ADMIN://10.0.0.1:9644',
    );
    expect(settingOf(at(plans, 0), 'advertised.listeners')).toBe('');
    expect(settingOf(at(plans, 1), 'listeners')).toMatch(/^CLIENT:\/\/0\.0\.0\.0:7091,/);
    expect(settingOf(at(plans, 1), 'advertised.listeners')).toBe(
      'CLIENT://b.example:7091,KAFKA://b.example:9092,PEER://b:7191',
    );
  });
});

describe('a cluster that runs', () => {
  const before = planned('a b c');
  const facts = before.map(afterwards);

  it('is left alone where nothing is new', () => {
    expect(planned('a b c', facts).map(({ action }) => action)).toEqual(['none', 'none', 'none']);
  });

  it('gets another release by restarts', () => {
    const plans = planned('a b c', facts, '1.1.0');

    expect(plans.map(({ action }) => action)).toEqual(['restart', 'restart', 'restart']);
    expect(at(plans, 0).changes).toEqual([
      expect.stringMatching(/^release: 1\.0\.0-\w+ -> 1\.1\.0$/),
    ]);
  });

  it('is restarted only where the configuration is another', () => {
    const plans = planned('a b c+--racks+b=r2', facts);

    expect(plans.map(({ action }) => action)).toEqual(['none', 'restart', 'none']);
    expect(at(plans, 1).changes).toEqual(['broker.rack: (unset) -> r2']);
  });

  it('keeps its controllers as more hosts are added', () => {
    const plans = planned('a b c d e', facts);

    expect(plans.map(({ action }) => action)).toEqual(['none', 'none', 'none', 'start', 'start']);
    expect(at(plans, 4).clusterId).toBe(CLUSTER);
    expect(settingOf(at(plans, 4), 'process.roles')).toBe('broker');
  });

  it('is started where it does not run', () => {
    const plans = planned(
      'a b c',
      facts.with(1, { ...factsOf(facts), running: null, refusedListeners: {} }),
    );

    expect(plans.map(({ action }) => action)).toEqual(['none', 'start', 'none']);
  });

  it.each([
    ['a b c+--controllers+1', facts, /controllers are nodes 1, 2, 3, which cannot be changed yet/],
    ['a b', facts.slice(0, 2), /controllers are nodes 1, 2, 3.* name all of their hosts/],
    ['b a c', facts.with(0, factsOf(facts)), /^b: has node 2, and its place .* makes it node 1/],
    [
      'a b c',
      facts.with(1, lost(facts)),
      /^b: node 2 is part of .* --rejoin b .*not vote any more/,
    ],
    ['a b c', facts.with(1, { ...EMPTY_HOST }), /^b: node 2 is part of a cluster that has begun/],
    ['a b c+--rejoin+b', facts, /^b: has its data, so it cannot rejoin/],
    ['a b c d+--rejoin+d', facts, /^d: never had a node, so it cannot rejoin/],
    ['a b c+--rejoin+a b c', facts.map((_, i) => lost(facts, i)), /all controllers have lost/],
    [
      'a b c',
      facts.with(2, {
        ...factsOf(facts),
        identity: { nodeId: 3, clusterId: OTHER },
        started: null,
      }),
      /^c: is in cluster B+, and a in A+/,
    ],
  ])('%s is refused where it cannot be had: %#', (words, all, message) => {
    expect(() => planned(words, all)).toThrow(message);
  });

  it('lets a node whose data is lost rejoin without its vote where that is said', () => {
    const plans = planned('a b c+--rejoin+b', facts.with(1, lost(facts)));

    expect(plans.map(({ format }) => format)).toEqual(['none', 'rejoin', 'none']);
  });
});

describe('a host', () => {
  it.each([
    [{ nodeVersion: 'v18.20.8' }, /^a: has Node v18\.20\.8, needed is 20\.19 or newer/],
    [{ nodeVersion: 'v20.18.3' }, /^a: has Node v20\.18\.3/],
    [{ platform: { ...EMPTY_HOST.platform, system: 'darwin' } }, /^a: runs darwin: only Linux/],
    [{ unwritable: '/opt' }, /^a: \/opt cannot be written to: deploy as root, with --sudo/],
    [{ refusedListeners: { PEER: 'EADDRINUSE' } }, /^a: port 7191 of PEER is in use .*--peer-port/],
    [{ refusedListeners: { CLIENT: 'EADDRNOTAVAIL' } }, /^a: .* is no address of this host/],
    [{ identity: { nodeId: 0, clusterId: 'damaged' } }, /^a: .*meta\.json is damaged/],
  ])('that cannot run its node is refused in one line: %j', (facts, message) => {
    expect(() => planned('a', [facts])).toThrow(message);
  });
});
