import { OttlaError } from '../../../base/errors.ts';
import type { Lag } from '../../../base/lag.ts';
import type { GroupSharing } from '../../../gen/ottla.ts';
import type { ClientContext } from '../../context.ts';
import type { AssignmentQuestion, Assignor } from '../assignors/assignor.ts';
import type { ConsumerSettings } from '../consumer-options.ts';
import { decodeSubscription, encodeAssignment } from '../consumer-protocol.ts';
import type { CoordinatorCalls } from '../coordinator-calls.ts';
import type { GroupOffsets } from '../group-offsets.ts';
import type { JoinedMember } from '../member-types.ts';
import { OrphanWatch } from '../orphans.ts';
import { FenceWatch } from './fence-watch.ts';
import { decodeMemberData } from './member-data.ts';
import { OverflowGate } from './overflow-gate.ts';
import { OverflowWatch } from './overflow-watch.ts';
import type { SharingMember, SharingRule } from './restrict.ts';
import { isSameRestriction, restrict } from './restrict.ts';

/** How the shares of a generation came about. */
interface Decision {
  readonly generation: number;
  readonly assignor: Assignor;
  readonly members: readonly SharingMember[];
  /** With the members as the assignor saw them. */
  readonly question: AssignmentQuestion;
}

export interface ShareDeciderDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly offsets: GroupOffsets;
  readonly signal: AbortSignal;
  /** Partitions of topics that do not exist count 0. */
  readonly countPartitions: (topics: ReadonlySet<string>) => Promise<ReadonlyMap<string, number>>;
  /** The generation that this member leads, whether it is settled or not; undefined: none. */
  readonly ledGeneration: () => number | undefined;
  /** What was decided does not hold any more: the group is to gather anew. */
  readonly onStale: () => void;
}

/**
 * Who gets what, while this member leads its group: by an assignor, among those whom the group's
 * settings let have something. It sees when that would come out otherwise than it did.
 */
export class ShareDecider {
  readonly #deps: ShareDeciderDeps;
  readonly #orphans: OrphanWatch;
  readonly #overflow: OverflowWatch;
  readonly #fences: FenceWatch;
  readonly #gate = new OverflowGate();
  #standbyLabels: readonly string[] = [];
  #decision: Decision | undefined;
  /** The rule by which the decision would come out as it did, in JSON. */
  #fittingRule = '';

  constructor(deps: ShareDeciderDeps) {
    this.#deps = deps;
    this.#orphans = new OrphanWatch({ ...deps, onFound: deps.onStale });
    this.#overflow = new OverflowWatch({ ...deps, onLag: (lag) => this.#onLag(lag) });
    this.#fences = new FenceWatch({ ...deps, onPassed: () => this.#maybeStale() });
  }

  /** Topics of the whole group; this member has to watch them. */
  get watchedTopics(): Iterable<string> {
    return this.#current?.question.partitionCounts.keys() ?? [];
  }

  /** The settings of the group, as its coordinator has them now. */
  onSharing(sharing: GroupSharing | undefined): void {
    this.#standbyLabels = sharing?.standbyLabels ?? [];
    this.#gate.onLimits(sharing?.overflow);
    this.#watch();
    this.#maybeStale();
  }

  /** The shares depend on how many partitions the group may be given, and these are others now. */
  onTopicSizes(sizeOf: (topic: string) => number): void {
    const counts = this.#current?.question.partitionCounts ?? [];
    const isOther = [...counts].some(
      ([topic, count]) => this.#fences.visibleCount(topic, sizeOf(topic)) !== count,
    );
    if (isOther) this.#deps.onStale();
  }

  /**
   * By member id; undefined where the question is over by then. Throws what keeps the topics from
   * being known, INCONSISTENT_GROUP_PROTOCOL where a member cannot be read.
   */
  async decide(
    protocol: string,
    joined: readonly JoinedMember[],
    isWanted: () => boolean,
  ): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    const members = joined.map(memberOf);
    const topics = new Set(members.flatMap((member) => member.topics));
    const found = await this.#deps.countPartitions(topics);
    await this.#fences.recall(topics);
    const generation = this.#deps.ledGeneration();
    if (!isWanted() || generation === undefined) return undefined;
    const assignor = assignorOf(this.#deps.settings, protocol);
    this.#inherit(members, generation);
    this.#fences.onMembers(members);
    const partitionCounts = new Map(
      [...topics].map((topic) => [topic, this.#fences.visibleCount(topic, found.get(topic) ?? 0)]),
    );
    const question = { members: restrict(members, this.#rule), partitionCounts };
    const shares = assignor.assign(question);
    this.#decision = { generation, assignor, members, question };
    this.#fittingRule = JSON.stringify(this.#rule);
    const isOver = (): boolean => this.#deps.ledGeneration() !== generation;
    this.#orphans.watch({ assignor, question, isOver });
    this.#watch();
    return new Map(
      joined.map(({ memberId }) => [memberId, encodeAssignment(shares.get(memberId) ?? [])]),
    );
  }

  stop(): void {
    this.#orphans.stop();
    this.#overflow.stop();
    this.#fences.stop();
  }

  get #rule(): SharingRule {
    return { standbyLabels: this.#standbyLabels, isOverflowOpen: this.#gate.isOpen };
  }

  /** What is in force; undefined where this member has decided nothing of it. */
  get #current(): Decision | undefined {
    const decision = this.#decision;
    return decision?.generation === this.#deps.ledGeneration() ? decision : undefined;
  }

  /** After another leader: what members of the overflow lane had is all that tells of its gate. */
  #inherit(members: readonly SharingMember[], generation: number): void {
    if (this.#decision?.generation === generation - 1) return;
    this.#gate.assume(members.some(({ data }) => data.lane === 'overflow' && data.hadWork));
  }

  #watch(): void {
    const decision = this.#current;
    if (decision === undefined) this.#fences.stop();
    else this.#fences.watch(decision.question.partitionCounts.keys());
    const isOfUse = decision?.members.some(({ data }) => data.lane === 'overflow') === true;
    if (decision === undefined || !isOfUse || this.#gate.limits === undefined) {
      this.#overflow.stop();
    } else this.#overflow.watch(decision.question.partitionCounts);
  }

  #onLag(lag: Lag | undefined): void {
    const { context, calls, ledGeneration } = this.#deps;
    if (ledGeneration() === undefined) {
      this.#overflow.stop();
      return;
    }
    if (!this.#gate.onLook(lag, context.clock.monotonicMs())) return;
    const words = this.#gate.isOpen ? 'get partitions' : 'give their partitions back';
    context.logger.info(`members of the overflow lane ${words}`, { groupId: calls.groupId });
    this.#maybeStale();
  }

  /** Where it would come out as it did, for a label that nobody has, the shares stay. */
  #maybeStale(): void {
    const decision = this.#current;
    if (decision === undefined) return;
    const { topics } = this.#deps.context.metadata.view;
    this.onTopicSizes((topic) => topics.get(topic)?.partitions.length ?? 0);
    const rule = JSON.stringify(this.#rule);
    if (rule === this.#fittingRule) return;
    const next = restrict(decision.members, this.#rule);
    if (isSameRestriction(next, decision.question.members)) this.#fittingRule = rule;
    else this.#deps.onStale();
  }
}

const memberOf = ({ memberId, instanceId, metadata }: JoinedMember): SharingMember => {
  const { topics, owned, generation, userData } = decodeSubscription(metadata);
  return { memberId, instanceId, topics, owned, generation, data: decodeMemberData(userData) };
};

const assignorOf = ({ assignors, groupId }: ConsumerSettings, protocol: string): Assignor => {
  const assignor = assignors.find(({ name }) => name === protocol);
  if (assignor !== undefined) return assignor;
  const message = `group ${groupId} assigns by ${protocol}, which this member did not offer`;
  throw new OttlaError('INCONSISTENT_GROUP_PROTOCOL', message);
};
