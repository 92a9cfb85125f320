import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle } from './bundle.ts';
import type { HostFacts } from './facts.ts';
import { describePlatform } from './facts.ts';
import { listenersOf, placesOf } from './place.ts';
import type { HostPlan } from './plan.ts';
import { planDeployment } from './plan.ts';
import { RemoteHost } from './remote-host.ts';
import type { DeployRequest } from './request.ts';
import type { Step } from './steps.ts';
import { activationStep, prepareSteps, pruneStep, returnStep } from './steps.ts';

type Say = (line: string) => void;

export interface DeploymentOptions {
  readonly request: DeployRequest;
  readonly bundle: Bundle;
  readonly newClusterId: string;
  readonly say: Say;
}

const READY_TIMEOUT_MS = 60_000;
const SETTLE_TIMEOUT_MS = 120_000;
const POLL_MS = 250;
/** What the last command of a host waits for. */
const BEFORE = {
  start: 'when all hosts are prepared',
  restart: 'when the hosts before it are done, and all replicas in sync',
};

/** All of these at once; throws with a line for each that failed, when all have ended. */
const onAll = async <T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> => {
  const outcomes = await Promise.allSettled(items.map(run));
  const failures = outcomes.flatMap((it) =>
    it.status === 'rejected' ? [messageOf(it.reason)] : [],
  );
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** One run of `make deploy`, from looking at the hosts to the last node that is in sync again. */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #hosts: ReadonlyMap<string, RemoteHost>;

  constructor(options: DeploymentOptions) {
    const { request } = options;
    this.#options = options;
    this.#hosts = new Map(request.hosts.map((host) => [host, new RemoteHost(host, request)]));
  }

  /** What would be done; throws as `planDeployment` does, with a line a host. */
  async plan(): Promise<HostPlan[]> {
    const { request, bundle, newClusterId } = this.#options;
    const facts = await onAll(request.hosts, (host) => this.#inspect(host));
    const plans = planDeployment({ request, facts, release: bundle.release, newClusterId });
    for (const plan of plans) checkBundle(plan, bundle);
    return plans;
  }

  /** The commands of a plan, in their order, changing nothing. */
  describe(plans: readonly HostPlan[]): void {
    const { request, say } = this.#options;
    for (const plan of plans) {
      const host = this.#host(plan);
      say(describePlan(plan));
      for (const change of plan.changes) say(`  # ${change}`);
      if (plan.action === 'none') continue;
      for (const step of this.#prepareSteps(plan)) sayStep(host, step, say);
      say(`  # ${BEFORE[plan.action]}:`);
      sayStep(host, activationStep(plan, request), say);
      say('  # and waits until it is ready');
    }
  }

  /**
   * Does what is planned. Nothing is started before every host has all it needs: a controller that
   * finds its fellows formatted later would have begun without them. What does not run is started
   * first; then what runs is restarted, one at a time, each when all replicas are in sync.
   */
  async perform(plans: readonly HostPlan[]): Promise<void> {
    const { say, request } = this.#options;
    const changed = plans.filter(({ action }) => action !== 'none');
    await onAll(changed, (plan) => this.#prepare(plan));
    const starting = plans.filter(({ action }) => action === 'start');
    await onAll(starting, (plan) => this.#perform(plan, activationStep(plan, request)));
    await onAll(starting, (plan) => this.#waitReady(plan, plan.version.id));
    for (const { place } of starting) say(`${place.host}: node ${place.node.nodeId} is ready`);
    for (const plan of plans.filter(({ action }) => action === 'restart')) await this.#roll(plan);
    if (changed.length > 0) await this.#waitSettled(plans);
    await onAll(changed, (plan) => this.#perform(plan, pruneStep(request)));
    for (const { place, action } of plans) {
      if (action === 'none') say(`${place.host}: node ${place.node.nodeId} has it all, untouched`);
    }
  }

  /** One host to the new version; where that does not run, back to the old one. */
  async #roll(plan: HostPlan): Promise<void> {
    const { request, say } = this.#options;
    const { host, node } = plan.place;
    await this.#waitSettled([plan]);
    try {
      await this.#perform(plan, activationStep(plan, request));
      await this.#waitReady(plan, plan.version.id);
    } catch (error) {
      const before = plan.facts.current;
      if (before === null || before === plan.version.id) throw error;
      await this.#perform(plan, returnStep(plan, request));
      await this.#waitReady(plan, before);
      throw new Error(
        `${messageOf(error)}; it runs ${before} again, and hosts after it were not touched`,
      );
    }
    say(`${host}: node ${node.nodeId} is ready again`);
  }

  async #prepare(plan: HostPlan): Promise<void> {
    for (const step of this.#prepareSteps(plan)) {
      await this.#perform(plan, step);
      this.#options.say(`${plan.place.host}: ${step.title}`);
    }
  }

  #prepareSteps(plan: HostPlan): Step[] {
    const { request, bundle } = this.#options;
    return prepareSteps(plan, request, () => bundle.archiveFor(plan.facts.platform));
  }

  #perform(plan: HostPlan, step: Step): Promise<void> {
    return this.#host(plan).perform(step);
  }

  #host({ place }: HostPlan): RemoteHost {
    return this.#named(place.host);
  }

  #named(name: string): RemoteHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`${name} is none of the hosts`);
    return host;
  }

  #inspect(host: string): Promise<HostFacts> {
    const { request } = this.#options;
    const place = placesOf(request, 1).find((it) => it.host === host);
    if (place === undefined) throw new Error(`${host} is none of the hosts`);
    const { directory, dataDirectory } = request;
    const listeners = listenersOf(place, request);
    return this.#named(host).inspect({ directory, dataDirectory, listeners });
  }

  async #waitReady(plan: HostPlan, version: string): Promise<void> {
    const { host, node } = plan.place;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const facts = await this.#inspect(host);
      if (facts.isReady && facts.running?.version === version) return;
      const isLate = Date.now() > deadline;
      if (facts.hasFailed || isLate) {
        const how = facts.hasFailed
          ? 'has ended'
          : `is not ready after ${READY_TIMEOUT_MS / 1000} s`;
        throw new Error(`${host}: node ${node.nodeId} ${how}: ${facts.lastWords}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Until no partition lacks a replica, as a node among these says. */
  async #waitSettled(plans: readonly HostPlan[]): Promise<void> {
    const [plan] = plans;
    if (plan === undefined) return;
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    while (!(await this.#isSettled(plan))) {
      if (Date.now() > deadline) {
        throw new Error(
          `replicas are still behind after ${SETTLE_TIMEOUT_MS / 1000} s: see 'ottla cluster status' ` +
            'and deploy again',
        );
      }
      await sleep(POLL_MS);
    }
  }

  async #isSettled(plan: HostPlan): Promise<boolean> {
    const text = await this.#host(plan).clusterStatus(plan.facts.nodePath);
    if (text === undefined) return false;
    const { underReplicated, offline } = JSON.parse(text) as Record<string, number>;
    return underReplicated === 0 && offline === 0;
  }
}

const checkBundle = ({ place, facts }: HostPlan, { platform }: Bundle): void => {
  if (platform === undefined) return;
  const [wanted, made] = [describePlatform(facts.platform), describePlatform(platform)];
  if (wanted === made) return;
  throw new Error(`${place.host}: is ${wanted}, and the bundle is for ${made}: make one for it`);
};

const describePlan = ({ place, action, version, format }: HostPlan): string => {
  const { host, node, rack } = place;
  const where = rack === undefined ? '' : `, rack ${rack}`;
  const who = `${host}: node ${node.nodeId} (${node.roles.join(', ')}${where})`;
  if (action === 'none') return `${who}: runs ${version.id}, nothing to do`;
  const data = { none: '', new: ', new', rejoin: ', its data lost' }[format];
  return `${who}${data}: ${action} with ${version.id}`;
};

const sayStep = (host: RemoteHost, step: Step, say: Say): void => {
  say(`  # ${step.title}`);
  say(`  ${host.commandLine(step)} '`);
  for (const line of `set -eu\n${step.script}`.split('\n')) say(`    ${line}`);
  say("  '");
};
