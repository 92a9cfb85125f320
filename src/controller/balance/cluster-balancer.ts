import type { NodeId, PartitionId, TopicId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Transport } from '../../env/transport.ts';
import type { DescribeBalanceRequest, DescribeBalanceResponse } from '../../gen/ottla.ts';
import { balanceReason, ownMoves } from '../../metadata/balance-state.ts';
import { takesReplicas } from '../../metadata/broker-configs.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { emptyImage, partitionOf } from '../../metadata/image.ts';
import type { ControllerConfig } from '../config.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { AbsentBrokers } from './absent-brokers.ts';
import { CopyRate } from './copy-rate.ts';
import { describeBalance } from './describe-balance.ts';
import { planHeals } from './heal.ts';
import { balanceRequest } from './image-request.ts';
import { planBalance } from './plan-balance.ts';
import type { ReplicaSizes } from './replica-sizes.ts';
import { askReplicaSizes, sizeOfReplica, sizesOfPartitions } from './replica-sizes.ts';
import type { BalanceMove, BalancePlan } from './request.ts';
import { decideBalanceSteps, movesLeft } from './steps.ts';

export interface ClusterBalancerDeps {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly config: Pick<
    ControllerConfig,
    'isAutoBalanceEnabled' | 'healDelayMs' | 'movesInFlightMax' | 'decommissionIntervalMs'
  >;
  readonly context: DecideContext;
}

/** Brokers are asked for sizes no more often. */
const SIZES_AGE_MS = 3000;
/** Who looks at progress wants it of now. */
const SHOWN_AGE_MS = 500;

/**
 * Each move of a plan looks at every partition: so many looks keep the event loop for 0.1 to 0.3 s.
 * Plans of thousands of partitions are made in parts, the last of which ends where brokers are as
 * even as is tolerated.
 */
const PLANNED_MAX = 500_000;
const MOVES_LEAST = 10;

const NO_STEPS: Decision<void> = { records: [], respond: () => undefined };

/** A plan, and of what it was made. */
interface Planned {
  readonly topics: MetadataImage['topics'];
  readonly takers: string;
  readonly moves: readonly BalanceMove[];
}

/**
 * What one controller knows while it balances and heals: who is away since when, how much replicas
 * have, and the plan in use. Soft; what is meant and what is under way is in the metadata.
 */
export class ClusterBalancer {
  readonly #deps: ClusterBalancerDeps;
  readonly #absent = new AbsentBrokers();
  #rate = new CopyRate();
  #image: MetadataImage = emptyImage;
  #sizes: ReplicaSizes = new Map();
  /** undefined: never yet. */
  #sizesAtMs: number | undefined;
  #asking: Promise<void> | undefined;
  #planned: Planned | undefined;

  constructor(deps: ClusterBalancerDeps) {
    this.#deps = deps;
  }

  /** To be told of each committed image. */
  onImage(image: MetadataImage): void {
    this.#absent.onImage(image, this.#nowMs());
    for (const [name, bytes] of wholeNow(this.#image, image, this.#sizes)) {
      this.#rate.onWhole(name, bytes);
    }
    this.#image = image;
  }

  /** The next steps, to be asked for once an interval; see `decideBalanceSteps`. */
  decideSteps(image: MetadataImage): Decision<void> {
    const { isAutoBalanceEnabled: isHealing, healDelayMs, movesInFlightMax } = this.#deps.config;
    const { context } = this.#deps;
    const away = this.#absent.awayFor(healDelayMs, this.#nowMs());
    const hasGoal = balanceReason(image) !== undefined;
    const isBusy = hasGoal || ownMoves(image).length > 0;
    if (!isBusy) this.#rest();
    if (!isBusy && !(isHealing && away.size > 0)) return NO_STEPS;
    if (this.#areSizesOld(SIZES_AGE_MS)) this.#askSizes(image);
    // The first plan waits for the sizes: without them it would move blindly.
    const isReady = hasGoal && this.#sizesAtMs !== undefined;
    const moves = isReady ? this.#plan(image) : [];
    const isPlanNew = isReady && this.#planned?.topics === image.topics;
    const sizes = sizesOfPartitions(image, this.#sizes);
    const by = { away, isHealing, sizes, moves, isPlanNew, movesInFlightMax, context };
    return decideBalanceSteps(image, by);
  }

  /** What is planned and under way, by sizes that are half a second old at most. */
  async describe(
    imageNow: () => MetadataImage,
    { whatIf }: DescribeBalanceRequest,
  ): Promise<DescribeBalanceResponse> {
    if (this.#areSizesOld(SHOWN_AGE_MS)) this.#askSizes(imageNow());
    await this.#asking;
    const image = imageNow();
    const { isAutoBalanceEnabled: isAutomatic, healDelayMs, movesInFlightMax } = this.#deps.config;
    const stepMs = this.#deps.config.decommissionIntervalMs;
    const { bytesPerSecond: seenBytesPerSecond } = this.#rate;
    const away = this.#absent.awayFor(healDelayMs, this.#nowMs());
    const sizes = sizesOfPartitions(image, this.#sizes);
    const isMeant = whatIf || balanceReason(image) !== undefined;
    return describeBalance(image, {
      sizes: this.#sizes,
      plan: isMeant ? this.#planOf(image) : undefined,
      heals: isAutomatic ? planHeals(image, { away, sizes }) : [],
      pace: { seenBytesPerSecond, movesInFlightMax, stepMs },
      isAutomatic,
      away,
    });
  }

  /** Looks from before a move begins, as `--plan` takes them, say nothing of how fast it is. */
  #rest(): void {
    this.#planned = undefined;
    this.#rate = new CopyRate();
  }

  /** The plan in use while something of it is left and nobody has come or gone; else a new one. */
  #plan(image: MetadataImage): readonly BalanceMove[] {
    const { topics } = image;
    const takers = takersOf(image);
    const inUse = this.#planned;
    if (inUse?.takers === takers) {
      const isOfNow = inUse.topics === topics;
      if (isOfNow || movesLeft(image, inUse.moves).length > 0) return inUse.moves;
    }
    const { moves } = this.#planOf(image);
    this.#planned = { topics, takers, moves };
    return moves;
  }

  #planOf(image: MetadataImage): BalancePlan {
    const sizes = sizesOfPartitions(image, this.#sizes);
    const request = balanceRequest(image, { scope: 'all', sizes });
    const movesMax = Math.max(MOVES_LEAST, Math.floor(PLANNED_MAX / request.partitions.length));
    return planBalance({ ...request, movesMax });
  }

  #areSizesOld(ageMs: number): boolean {
    return this.#sizesAtMs === undefined || this.#nowMs() - this.#sizesAtMs >= ageMs;
  }

  #askSizes(image: MetadataImage): void {
    this.#asking ??= askReplicaSizes(image, this.#deps.transport).then((sizes) => {
      this.#asking = undefined;
      this.#sizes = sizes;
      this.#sizesAtMs = this.#nowMs();
      // What became whole meanwhile is counted already.
      this.#rate.onSample(copiedBytes(this.#image, sizes), this.#sizesAtMs);
    });
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs();
  }
}

const takersOf = (image: MetadataImage): string =>
  [...image.brokers.keys()].filter((id) => takesReplicas(image, id)).join();

/** The new replicas of own moves. */
const newReplicas = (image: MetadataImage): NewReplica[] =>
  ownMoves(image).flatMap(({ topicId, partition }) => {
    const registration = partitionOf(image, topicId, partition);
    const key = partitionKey(topicId, partition);
    return (registration?.addingReplicas ?? []).map((brokerId) => ({
      topicId,
      partition,
      key,
      brokerId,
    }));
  });

interface NewReplica {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly key: string;
  readonly brokerId: NodeId;
}

const nameOf = ({ key, brokerId }: NewReplica): string => `${key} ${brokerId}`;

/** What they have by now. */
const copiedBytes = (image: MetadataImage, sizes: ReplicaSizes): ReadonlyMap<string, number> =>
  new Map(newReplicas(image).map((it) => [nameOf(it), sizes.get(it.brokerId)?.get(it.key) ?? 0]));

/** Which of them are done with from one image to the next, and what each has. */
const wholeNow = (
  previous: MetadataImage,
  next: MetadataImage,
  sizes: ReplicaSizes,
): Array<[string, number]> => {
  if (previous.topics === next.topics) return [];
  return newReplicas(previous).flatMap((it): Array<[string, number]> => {
    const registration = partitionOf(next, it.topicId, it.partition);
    const isWhole =
      registration?.replicas.includes(it.brokerId) === true &&
      !registration.addingReplicas.includes(it.brokerId);
    const bytes = isWhole ? sizeOfReplica(registration, it.key, sizes) : undefined;
    return bytes === undefined ? [] : [[nameOf(it), bytes]];
  });
};
