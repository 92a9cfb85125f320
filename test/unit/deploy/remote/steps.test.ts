import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../../deploy/remote/facts.ts';
import type { HostPlan } from '../../../../deploy/remote/plan.ts';
import { planDeployment } from '../../../../deploy/remote/plan.ts';
import type { DeployRequest } from '../../../../deploy/remote/request.ts';
import { parseRequest } from '../../../../deploy/remote/request.ts';
import { activationStep, prepareSteps } from '../../../../deploy/remote/steps.ts';
import { EMPTY_HOST } from '../../../support/host-facts.ts';

const request = parseRequest(['--hosts', 'a', '--directory', '/srv/ottla']);

const planFor = (facts: Partial<HostFacts>, asked: DeployRequest = request): HostPlan => {
  const [plan] = planDeployment({
    request: asked,
    facts: [{ ...EMPTY_HOST, ...facts }],
    release: '1.0.0',
    newClusterId: 'AAAAAAAAAAAAAAAAAAAAAA',
  });
  if (plan === undefined) throw new Error('there is no plan');
  return plan;
};

const preparation = (plan: HostPlan): string[] =>
  prepareSteps(plan, request, async () => new Uint8Array()).map(({ title }) => title);

describe('the steps of a host', () => {
  it('put the program there before the version that uses it, and format last', () => {
    expect(preparation(planFor({}))).toEqual([
      'user ottla, and directories',
      'program 1.0.0 with its packages',
      'configuration',
      'run.sh',
      'a directory for node 1 of cluster AAAAAAAAAAAAAAAAAAAAAA',
    ]);
  });

  it('leave out what is there', () => {
    const { version } = planFor({});
    const identity = { nodeId: 1, clusterId: 'AAAAAAAAAAAAAAAAAAAAAA' };
    const there = { releases: [version.release], versions: [version.id], identity };

    expect(preparation(planFor(there))).toEqual([]);
    expect(preparation(planFor({ ...there, versions: [] }))).toEqual([
      'user ottla, and directories',
      'configuration',
      'run.sh',
    ]);
  });

  it('show a release and a version under their names only when they are whole', () => {
    const steps = prepareSteps(planFor({}), request, async () => new Uint8Array());

    for (const { script } of steps.filter((it) => it.script.includes('.partial'))) {
      const [, ...later] = script.split('mv -T ');
      expect(later.join()).not.toContain('cat >');
    }
    expect(steps[1]?.script).toMatch(/mv -T \/srv\/ottla\/releases\/\.partial \S+\/1\.0\.0$/);
  });

  it('mark a host before its node can have voted', () => {
    const { script } = activationStep(planFor({}), request);

    expect(script.indexOf('>started.new')).toBeGreaterThan(0);
    expect(script.indexOf('>started.new')).toBeLessThan(script.indexOf('run.sh restart'));
  });

  it('use the unit, with the paths and the Node of the host, where there is systemd', () => {
    const plan = planFor({ usesSystemd: true, nodePath: '/usr/local/bin/node' });

    expect(activationStep(plan, request).script).toContain('systemctl restart ottla');
    expect(plan.version.runner.text).toContain(
      'ExecStart=/usr/local/bin/node /srv/ottla/current/program/bin/ottla start',
    );
    expect(plan.version.runner.text).not.toContain('/opt/ottla');
  });

  describe('with several data directories', () => {
    const words = ['--hosts', 'a', '--data-directory', '/disk1/ottla,/disk2/ottla'];
    const several = parseRequest(words);
    const plan = planFor({ usesSystemd: true }, several);

    it('let the service write to all, and start where the disk of a further one is missing', () => {
      expect(plan.version.runner.text).toMatch(/^ReadWritePaths=\/disk1\/ottla -\/disk2\/ottla$/m);
      expect(plan.version.config).toMatch(/^log\.dirs=\/disk1\/ottla,\/disk2\/ottla$/m);
    });

    it('format one that was added, of a node that has its data', () => {
      const there = { identity: { nodeId: 1, clusterId: 'AAAAAAAAAAAAAAAAAAAAAA' } };
      const stepsOf = (request: DeployRequest): string[] => {
        const { version } = planFor(there, request);
        const known = planFor({ ...there, releases: [version.release] }, request);
        const steps = prepareSteps(known, request, async () => new Uint8Array());
        return steps.map(({ script }) => script);
      };

      expect(stepsOf(several).at(-1)).toMatch(/ottla format .*--ignore-formatted$/);
      expect(stepsOf(several)[0]).toContain('mkdir -p /disk2/ottla');
      expect(stepsOf(request).join()).not.toContain('ottla format --config');
    });
  });

  it('need no user of their own where they are not done by root', () => {
    const plan = planFor({ isRoot: false });

    const all = prepareSteps(plan, request, async () => new Uint8Array());

    expect(all.map(({ script }) => script).join()).not.toMatch(/useradd|chown|setpriv/);
  });
});
