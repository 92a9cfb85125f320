import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import { validateTopicName } from '../../base/topic-name.ts';
import type { PartitionRef, TopicGrowth, TopicInfo, TopicResult } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { OffsetAnswer, OffsetQuestion } from '../cluster/list-offsets.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import { DeadLetterAdmin } from '../dead-letters/dead-letter-admin.ts';
import type { TimedCallOptions } from '../env.ts';
import { Deadline, named } from '../timing.ts';
import type {
  ClusterDescription,
  ConfigAlteration,
  ConfigResource,
  ConfigValue,
  ElectionResult,
  ElectionSpec,
  TopicChange,
  TopicDescription,
  TopicGrowthSpec,
  TopicSpec,
} from './admin-types.ts';
import { BalanceAdmin } from './balance-admin.ts';
import { BrokerAdmin } from './broker-admin.ts';
import { DelayedAdmin } from './delayed-admin.ts';
import type { DeletedRecords, RecordDeletion } from './delete-records.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { checkFence } from './fence-check.ts';
import { GroupAdmin } from './group-admin.ts';
import { namedCall } from './named-call.ts';
import { QuorumAdmin } from './quorum-admin.ts';
import { ReassignmentAdmin } from './reassignment-admin.ts';
import { RecoveryAdmin } from './recovery-admin.ts';
import { finalIfUnknown, newTopicOf, topicFailure, topicGrowthOf } from './topic-requests.ts';
import { VersionAdmin } from './version-admin.ts';

export interface ChangeOptions extends TimedCallOptions {
  /** Checks the request and changes nothing. */
  readonly validateOnly?: boolean;
}

export interface DescribeTopicOptions extends TimedCallOptions {
  /** Lets the cluster create a missing topic where it is set up to; default false. */
  readonly allowAutoCreate?: boolean;
}

/**
 * Administration of a cluster. Every call retries what is retriable (no controller at the moment,
 * a lost connection) over all brokers until `timeoutMs`, then throws the last refusal, else the
 * last failure, with `maybeApplied` where any attempt may have been done. ABORTED by a signal that
 * had fired before says `maybeApplied: false`: nothing was sent. A change that took effect although
 * its answer was lost is recognized when it is repeated, and counts as done.
 */
export class Admin {
  /** Consumer groups. */
  readonly groups: GroupAdmin;
  /** Records that consumers have given up. */
  readonly deadLetters: DeadLetterAdmin;
  /** Records that wait until they are due. */
  readonly delayed: DelayedAdmin;
  /** Which brokers have which partition. */
  readonly partitions: ReassignmentAdmin;
  /** What brokers may get, and which are to be left. */
  readonly brokers: BrokerAdmin;
  /** Whether brokers have as much as each other. */
  readonly balance: BalanceAdmin;
  /** What the cluster writes, and when it begins to write more. */
  readonly versions: VersionAdmin;
  /** Partitions that nobody leads, and what would be lost if somebody did. */
  readonly recovery: RecoveryAdmin;
  /** Which controllers vote. */
  readonly quorum: QuorumAdmin;
  readonly #context: ClientContext;

  /** Made by `OttlaClient.admin`. */
  constructor(context: ClientContext) {
    this.#context = context;
    this.groups = new GroupAdmin(context, this);
    this.deadLetters = new DeadLetterAdmin(context);
    this.delayed = new DelayedAdmin(context);
    this.partitions = new ReassignmentAdmin(context);
    this.brokers = new BrokerAdmin(context);
    this.balance = new BalanceAdmin(context);
    this.versions = new VersionAdmin(context);
    this.recovery = new RecoveryAdmin(context);
    this.quorum = new QuorumAdmin(context);
  }

  /** As `createTopics` with one. */
  async createTopic(spec: TopicSpec, options: ChangeOptions = {}): Promise<TopicChange> {
    const [created] = await named('createTopic', options.signal, () =>
      this.createTopics([spec], options),
    );
    if (created !== undefined) return created;
    throw new OttlaError('UNKNOWN_SERVER_ERROR', `create topic ${spec.name}: no answer about it`);
  }

  /**
   * Creates topics; when it resolves the answering broker knows them, others do soon. Throws
   * TOPIC_ALREADY_EXISTS, INVALID_TOPIC, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR,
   * INVALID_CONFIG, or CONFIG for an unknown key (not retriable); others of the same call may have
   * been created.
   */
  async createTopics(
    specs: readonly TopicSpec[],
    options: ChangeOptions = {},
  ): Promise<TopicChange[]> {
    const { topics } = await namedCall(this.#context, ClientService.createTopics, {
      what: 'createTopics',
      ...options,
      request: {
        topics: specs.map(newTopicOf),
        validateOnly: options.validateOnly ?? false,
      },
      failureOf: (response, isRepeat) =>
        topicFailure({
          topics: response.topics,
          verb: 'create topic',
          isDone: (_, code) => isRepeat && code === 'TOPIC_ALREADY_EXISTS',
        }),
    });
    return topics.map(changeOf);
  }

  /** As `deleteTopics` with one. */
  async deleteTopic(name: string, options: TimedCallOptions = {}): Promise<void> {
    await named('deleteTopic', options.signal, () => this.deleteTopics([name], options));
  }

  /**
   * Deletes topics with all their records: those that bear the names as the call begins, and none
   * that is made anew under a name later. Throws UNKNOWN_TOPIC_OR_PARTITION where there is none
   * (not retriable here, since the controller knows all topics); others of the same call may have
   * been deleted.
   */
  async deleteTopics(names: readonly string[], options: TimedCallOptions = {}): Promise<void> {
    await deleteTopics(this.#context, names, options);
  }

  /**
   * Adds partitions. Throws INVALID_PARTITIONS where the topic has that many or more already. With
   * a `fence` where it would not grow by a whole factor, and INVALID_REQUEST where a group cannot
   * keep it: see `FenceSpec`.
   */
  async createPartitions(
    specs: readonly TopicGrowthSpec[],
    options: ChangeOptions = {},
  ): Promise<TopicChange[]> {
    for (const spec of specs) await checkFence(this, spec, options);
    return await this.#growTopics(specs.map(topicGrowthOf), options);
  }

  /**
   * Gives groups the partitions that were added at once, in whatever order their keys then come:
   * these groups, or all for which there is a fence. Nothing where the topic has none.
   */
  async liftFence(
    topic: string,
    { groups, ...options }: TimedCallOptions & { readonly groups?: readonly string[] } = {},
  ): Promise<void> {
    const { partitions, fence } = await this.describeTopic(topic, options);
    if (fence === undefined) return;
    const left = fence.groups.filter((group) => groups?.includes(group) === false);
    const growth = { name: topic, totalPartitions: partitions.length, assignments: [] };
    await this.#growTopics([{ ...growth, fence: { groups: left, settleMs: 0 } }], options);
  }

  async #growTopics(
    growths: readonly TopicGrowth[],
    options: ChangeOptions,
  ): Promise<TopicChange[]> {
    const { topics } = await namedCall(this.#context, ClientService.createPartitions, {
      what: 'createPartitions',
      ...options,
      request: {
        topics: growths,
        validateOnly: options.validateOnly ?? false,
      },
      failureOf: (response, isRepeat) =>
        finalIfUnknown(
          topicFailure({
            topics: response.topics,
            verb: 'add partitions to topic',
            isDone: (result, code) =>
              isRepeat && code === 'INVALID_PARTITIONS' && hasGrown(growths, result),
          }),
        ),
    });
    return topics.map(changeOf);
  }

  /** Names of all topics, sorted. */
  async listTopics(options: TimedCallOptions = {}): Promise<string[]> {
    const { topics } = await namedCall(this.#context, ClientService.metadata, {
      what: 'listTopics',
      ...options,
      request: { topics: [], allTopics: true, allowAutoCreate: false },
    });
    return topics.map(({ name }) => name).sort();
  }

  /** As `describeTopics` with one. */
  async describeTopic(name: string, options: DescribeTopicOptions = {}): Promise<TopicDescription> {
    const [topic] = await named('describeTopic', options.signal, () =>
      this.describeTopics([name], options),
    );
    if (topic !== undefined) return topic;
    throw new OttlaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${name} does not exist: check the name, or create it`,
    );
  }

  /** In the order of the names. Throws UNKNOWN_TOPIC_OR_PARTITION where there is none. */
  async describeTopics(
    names: readonly string[],
    options: DescribeTopicOptions = {},
  ): Promise<TopicDescription[]> {
    const { topics } = await namedCall(this.#context, ClientService.metadata, {
      what: 'describeTopics',
      ...options,
      request: {
        topics: names,
        allTopics: false,
        allowAutoCreate: options.allowAutoCreate ?? false,
      },
      failureOf: (response) => names.map((name) => missing(name, response.topics)).find(Boolean),
    });
    return names.flatMap((name) => topics.filter((info) => info.name === name).map(describe));
  }

  async describeConfigs(
    resource: ConfigResource,
    options: TimedCallOptions = {},
  ): Promise<ConfigValue[]> {
    const { entries } = await namedCall(this.#context, ClientService.describeConfigs, {
      what: 'describeConfigs',
      ...options,
      request: { resourceType: resource.type, resource: resource.name },
      failureOf: ({ errorCode, errorMessage }) =>
        failure(errorCode, `configs of ${resource.type} ${resource.name}`, errorMessage),
    });
    return entries.map((it) => ({ ...it, source: it.source as ConfigValue['source'] }));
  }

  /**
   * Sets or resets configs; those of one resource all or none. Throws INVALID_CONFIG naming the
   * key.
   */
  async alterConfigs(
    alterations: readonly ConfigAlteration[],
    options: ChangeOptions = {},
  ): Promise<void> {
    await namedCall(this.#context, ClientService.alterConfigs, {
      what: 'alterConfigs',
      ...options,
      request: {
        changes: alterations.map(({ type, name, key, value }) => ({
          resourceType: type,
          resource: name,
          key,
          value: value === null ? undefined : String(value),
        })),
        validateOnly: options.validateOnly ?? false,
      },
      failureOf: ({ results }) =>
        results
          .map((it) =>
            failure(it.errorCode, `configs of ${it.resourceType} ${it.resource}`, it.errorMessage),
          )
          .find((error) => error !== undefined),
    });
  }

  /**
   * Elects leaders. Throws PREFERRED_LEADER_NOT_AVAILABLE or ELIGIBLE_LEADERS_NOT_AVAILABLE where
   * the one that should lead cannot.
   */
  electLeaders(spec: ElectionSpec = {}, options: TimedCallOptions = {}): Promise<ElectionResult[]> {
    return named('electLeaders', options.signal, () => this.#electLeaders(spec, options));
  }

  async #electLeaders(spec: ElectionSpec, options: TimedCallOptions): Promise<ElectionResult[]> {
    const refs = await this.#refsOf(spec.partitions ?? [], options);
    const { results } = await namedCall(this.#context, ClientService.electLeaders, {
      what: 'electLeaders',
      ...options,
      request: { partitions: refs, unclean: spec.unclean ?? false },
      failureOf: ({ errorCode, results }) =>
        failure(errorCode, 'electing leaders', '') ??
        results
          .filter((it) => errorCodeOf(it.errorCode) !== 'ELECTION_NOT_NEEDED')
          .map((it) => failure(it.errorCode, `electing a leader of partition ${it.partition}`, ''))
          .find((error) => error !== undefined),
    });
    const nameById = await this.#topicNames(options);
    return results.map(({ topicId, partition, errorCode }) => ({
      topic: nameById.get(topicId) ?? topicId,
      partition,
      isElected: errorCode === 0,
    }));
  }

  /** Offsets by name or by time, asked of the leaders; in the order of the questions. */
  listOffsets(
    questions: readonly OffsetQuestion[],
    options: TimedCallOptions = {},
  ): Promise<OffsetAnswer[]> {
    return named('listOffsets', options.signal, () =>
      listOffsets(this.#context, questions, options),
    );
  }

  /**
   * Deletes records at the start of partitions, for all readers; resolves when no live replica has
   * them any more. Throws OFFSET_OUT_OF_RANGE above what is committed and POLICY_VIOLATION where
   * the topic is compacted only (not retriable); others of the same call may have been done.
   */
  deleteRecords(
    deletions: readonly RecordDeletion[],
    options: TimedCallOptions = {},
  ): Promise<DeletedRecords[]> {
    return named('deleteRecords', options.signal, () =>
      deleteRecords(this.#context, deletions, options),
    );
  }

  async describeCluster(options: TimedCallOptions = {}): Promise<ClusterDescription> {
    const answer = await namedCall(this.#context, ClientService.describeCluster, {
      what: 'describeCluster',
      ...options,
      request: {},
    });
    const isLed = answer.quorum !== undefined && answer.quorum.leaderId !== NONE;
    const quorum = isLed ? answer.quorum : undefined;
    return {
      clusterId: answer.clusterId,
      brokerId: answer.brokerId,
      controllerId: quorum?.leaderId ?? NONE,
      metadataVersion: answer.metadataVersion,
      knownMetadataVersion: answer.knownMetadataVersion,
      brokers: answer.brokers.map(({ fenced, ...broker }) => ({ ...broker, isFenced: fenced })),
      quorum: quorum && {
        leaderId: quorum.leaderId,
        term: quorum.term,
        commitIndex: quorum.commitIndex,
        lastIndex: quorum.lastIndex,
        peers: quorum.peers.map(({ voter, ...peer }) => ({ ...peer, isVoter: voter })),
        voters: quorum.voters,
      },
      partitionCount: answer.partitions,
      underReplicatedCount: answer.underReplicated,
      underMinIsrCount: answer.underMinIsr,
      offlineCount: answer.offline,
    };
  }

  async #refsOf(
    partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>,
    options: TimedCallOptions,
  ): Promise<PartitionRef[]> {
    const { metadata, clock, requestTimeoutMs } = this.#context;
    const deadline = new Deadline(clock, options.timeoutMs ?? requestTimeoutMs);
    const refs: PartitionRef[] = [];
    for (const { topic, partition } of partitions) {
      const lookup = { deadline, signal: options.signal };
      const { topicId } = await metadata.topicWith(topic, partition, lookup);
      refs.push({ topicId, partition });
    }
    return refs;
  }

  async #topicNames(options: TimedCallOptions): Promise<ReadonlyMap<string, string>> {
    const { topics } = await namedCall(this.#context, ClientService.metadata, {
      what: 'listTopics',
      ...options,
      request: { topics: [], allTopics: true, allowAutoCreate: false },
    });
    return new Map(topics.map(({ topicId, name }) => [topicId, name]));
  }
}

const failure = (errorCode: number, what: string, text: string): OttlaError | undefined => {
  if (errorCode === 0) return undefined;
  const code = errorCodeOf(errorCode);
  return new OttlaError(code, `${what}: ${text === '' ? code : text}`);
};

const missing = (name: string, topics: readonly TopicInfo[]): OttlaError | undefined => {
  const info = topics.find((topic) => topic.name === name);
  const code = info === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : errorCodeOf(info.errorCode);
  if (code === 'NONE') return undefined;
  return code === 'UNKNOWN_TOPIC_OR_PARTITION'
    ? new OttlaError(code, `topic ${name} does not exist: check the name, or create it`, {
        retriable: false,
      })
    : new OttlaError(
        code,
        validateTopicName(name) ?? `topic ${name} cannot be described now: ${code}`,
      );
};

const describe = (info: TopicInfo): TopicDescription => ({
  name: info.name,
  topicId: info.topicId,
  maxMessageBytes: info.maxMessageBytes,
  partitions: [...info.partitions].sort((a, b) => a.partition - b.partition),
  fence: info.fence,
});

const changeOf = ({ name, topicId, partitions, replicationFactor }: TopicResult): TopicChange => ({
  name,
  topicId,
  partitions,
  replicationFactor,
});

const hasGrown = (specs: readonly TopicGrowth[], result: TopicResult): boolean =>
  specs.some(
    ({ name, totalPartitions }) => name === result.name && totalPartitions === result.partitions,
  );
