import { errorCodeOf } from '../../../src/base/errors.ts';
import type { ControllerConfig } from '../../../src/controller/config.ts';
import { controllerDefaults } from '../../../src/controller/config.ts';
import { ControllerNode } from '../../../src/controller/controller-node.ts';
import type { Clock, Timer } from '../../../src/env/clock.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { Meter, Sample } from '../../../src/env/meter.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { Listening, Stream, Transport } from '../../../src/env/transport.ts';
import { onCall } from '../../../src/env/transport.ts';
import type {
  BrokerHeartbeat,
  BrokerHeartbeatReply,
  RegisterBrokerResponse,
} from '../../../src/gen/ottla.ts';
import { ControllerService, ReplicaService } from '../../../src/gen/ottla.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { FakeRaft } from './fake-raft.ts';
import { CLUSTER_ID, newTopic, registerRequest } from './fixtures.ts';

export const CONTROLLER = 'controller:7191';
const BEAT_MS = 200;

/** The controller's own clock: it can be stopped, as a process is by a long collection. */
class StallingClock implements Clock {
  readonly #clock: ManualClock;
  #offsetMs = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** Time passes for this process, and nothing of it runs. */
  stall(byMs: number): void {
    this.#offsetMs += byMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs, callback);
  }

  defer(callback: () => void): void {
    this.#clock.defer(callback);
  }
}

/** A controller on a network in memory, over a quorum that commits at once. */
export class Harness {
  readonly clock = new ManualClock();
  readonly controllerClock = new StallingClock(this.clock);
  readonly network = new MemoryNetwork({ clock: this.clock, random: new SeededRandom(1) });
  readonly loader = new MetadataLoader();
  readonly raft = new FakeRaft({ nodeId: 100, loader: this.loader });
  readonly gauges = new Map<string, () => readonly Sample[]>();
  readonly node: ControllerNode;
  readonly admin: Transport;

  constructor(config: Partial<ControllerConfig> = {}) {
    this.raft.commitsAtOnce = true;
    const transport = this.network.transportFor('controller');
    const meter: Meter = {
      ...silentMeter,
      gauge: ({ name }, read) => {
        this.gauges.set(name, read);
      },
    };
    this.node = new ControllerNode({
      raft: this.raft,
      loader: this.loader,
      env: {
        clock: this.controllerClock,
        random: new SeededRandom(2),
        transport,
        logger: silentLogger,
        meter,
      },
      config: { ...controllerDefaults, nodeId: 100, clusterId: CLUSTER_ID, ...config },
    });
    void transport.listen(CONTROLLER, this.node.handlers());
    this.admin = this.network.transportFor('admin');
  }

  /** An active controller with brokers 1 to `count` in service. */
  static async withBrokers(count: number, config: Partial<ControllerConfig> = {}) {
    const harness = new Harness(config);
    harness.activate(1);
    const brokers: FakeBroker[] = [];
    for (let brokerId = 1; brokerId <= count; brokerId += 1) {
      const broker = new FakeBroker(harness, brokerId);
      await broker.start();
      brokers.push(broker);
    }
    await harness.clock.settle(2 * BEAT_MS + 50);
    return { harness, brokers };
  }

  activate(term: number): void {
    this.raft.lead(term);
    this.node.onLeadership({ leaderId: 100, term, isActive: true });
  }

  resign(term: number): void {
    this.raft.follow(term);
    this.node.onLeadership({ leaderId: 101, term, isActive: false });
  }

  /** Waits, in the clock's time, for what a call brings. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const done = (): void => {
      isSettled = true;
    };
    promise.then(done, done);
    for (let turn = 0; turn < 1000 && !isSettled; turn += 1) await this.clock.settle(1);
    return promise;
  }

  async createTopic(name: string, replicas: readonly number[]): Promise<void> {
    const topic = newTopic(name, { assignments: [{ partition: 0, replicas }] });
    const request = { topics: [topic], validateOnly: false };
    const call = { request, deadlineMs: 1000 };
    await this.wait(this.admin.call(CONTROLLER, ControllerService.createTopics, call));
  }

  isFenced(brokerId: number): boolean | undefined {
    return this.loader.image.brokers.get(brokerId)?.isFenced;
  }

  partition(name: string) {
    const { topics, topicIdsByName } = this.loader.image;
    return topics.get(topicIdsByName.get(name) ?? '')?.partitions[0];
  }

  gauge(name: string): number | undefined {
    return this.gauges.get(`kafka_controller_kafkacontroller_${name}`)?.()[0]?.value;
  }
}

/** A broker as the controller sees one: it registers, answers pings and beats. */
export class FakeBroker {
  readonly brokerId: number;
  readonly replies: BrokerHeartbeatReply[] = [];
  brokerEpoch = -1;
  beat: Partial<BrokerHeartbeat> = {};
  readonly #harness: Harness;
  readonly #incarnationId: string;
  readonly #transport: Transport;
  #listening: Listening | undefined;
  #stream: Stream<BrokerHeartbeat> | undefined;
  #isBeating = false;

  constructor(harness: Harness, brokerId: number, run = 'a') {
    this.#harness = harness;
    this.brokerId = brokerId;
    this.#incarnationId = `run-${brokerId}-${run}`;
    this.#transport = harness.network.transportFor(this.#node);
  }

  get #node(): string {
    return `node-${this.brokerId}`;
  }

  async start(): Promise<void> {
    await this.listen();
    const response = await this.register();
    if (response.errorCode !== 0) throw new Error(response.errorMessage);
    this.openSession();
  }

  async listen(): Promise<void> {
    const { brokerId } = this;
    const incarnationId = this.#incarnationId;
    this.#listening = await this.#transport.listen(`${this.#node}:7191`, [
      onCall(ReplicaService.ping, async () => ({ brokerId, incarnationId })),
    ]);
  }

  /** Pings are refused from here on. */
  async unlisten(): Promise<void> {
    await this.#listening?.close();
  }

  async register(): Promise<RegisterBrokerResponse> {
    const request = registerRequest(this.brokerId, { incarnationId: this.#incarnationId });
    const message = { request, deadlineMs: 1000 };
    const response = await this.#harness.wait(
      this.#transport.call(CONTROLLER, ControllerService.registerBroker, message),
    );
    this.brokerEpoch = response.brokerEpoch;
    return response;
  }

  openSession(): void {
    this.#isBeating = true;
    this.#stream = this.#transport.open(CONTROLLER, ControllerService.brokerSession, {
      lane: 'control',
      listener: {
        onMessage: (reply) => {
          this.replies.push(reply);
        },
        onClose: () => {
          this.#isBeating = false;
        },
      },
    });
    this.#beatOn();
  }

  /** The session's stream ends; the process lives on. */
  closeSession(): void {
    this.#isBeating = false;
    this.#stream?.close();
  }

  /** Says nothing more; the connection stays. */
  fallSilent(): void {
    this.#isBeating = false;
  }

  kill(): void {
    this.#isBeating = false;
    this.#harness.network.crash(this.#node);
  }

  get lastCodes(): string[] {
    return this.replies.slice(-1).map(({ errorCode }) => errorCodeOf(errorCode));
  }

  #beatOn(): void {
    if (!this.#isBeating) return;
    this.#stream?.send({
      brokerId: this.brokerId,
      brokerEpoch: this.brokerEpoch,
      metadataIndex: this.#harness.loader.image.index,
      wantFence: false,
      wantShutdown: false,
      damaged: [],
      offline: [],
      offlineDirectories: [],
      ...this.beat,
    });
    this.#harness.clock.setTimer(BEAT_MS, () => this.#beatOn());
  }
}
