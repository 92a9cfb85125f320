import { errorCodeOf, errorNumber } from '../../base/errors.ts';
import type { LogIndex, TopicId } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import type { CallContext, Handler } from '../../env/transport.ts';
import type {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  GrowthFence,
  TopicResult,
} from '../../gen/ottla.ts';
import { ClientService, ControllerService } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { topicFence } from '../../metadata/topic-fence.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { ADMIN_DEADLINE_MS, untilImage } from './context.ts';

const IMAGE_WAIT_MS = 5000;

/** A request for the active controller, whichever door it came by. */
export interface Forwarding<Request, Response> {
  readonly from: UnaryMethod<Request, Response>;
  readonly to: UnaryMethod<Request, Response>;
  readonly codesOf: (response: Response) => readonly number[];
  /** See `AskOptions`. */
  readonly isRepeatable?: boolean;
  /** True once this broker's own metadata shows what was done: the answer waits for it a while. */
  readonly isVisible?: (request: Request, response: Response, image: MetadataImage) => boolean;
}

/** By the index, not by what it shows: another change of the same may have followed. */
const isApplied = (
  _request: unknown,
  { metadataIndex }: { readonly metadataIndex: LogIndex },
  { index }: MetadataImage,
): boolean => index >= metadataIndex;

/** Lets the compiler find the types. */
const forwarding = <Request, Response>(
  it: Forwarding<Request, Response>,
): Forwarding<Request, Response> => it;

const codeOf = ({ errorCode }: { readonly errorCode: number }): number => errorCode;

export const CREATE_TOPICS = forwarding({
  from: ClientService.createTopics,
  to: ControllerService.createTopics,
  codesOf: ({ topics }) => topics.map(codeOf),
  isRepeatable: false,
  isVisible: ({ validateOnly }, { topics }, image) =>
    validateOnly ||
    topics.every(({ errorCode, topicId }) => errorCode !== 0 || image.topics.has(topicId)),
});

export const DELETE_TOPICS = forwarding({
  from: ClientService.deleteTopics,
  to: ControllerService.deleteTopics,
  codesOf: ({ topics }) => topics.map(codeOf),
  isRepeatable: false,
  isVisible: ({ validateOnly }, { topics }, image) =>
    validateOnly ||
    topics.every(({ errorCode, topicId }) => errorCode !== 0 || !image.topics.has(topicId)),
});

/** Changes nothing, so that a lost answer is asked for again. */
const LOOK_UP_TOPICS = { ...DELETE_TOPICS, isRepeatable: true };

export const CREATE_PARTITIONS = forwarding({
  from: ClientService.createPartitions,
  to: ControllerService.createPartitions,
  codesOf: ({ topics }) => topics.map(codeOf),
  isRepeatable: false,
  isVisible: ({ topics, validateOnly }, response, image) =>
    validateOnly ||
    response.topics.some(({ errorCode }) => errorCode !== 0) ||
    topics.every(({ name, totalPartitions, fence }) => {
      const topic = image.topics.get(image.topicIdsByName.get(name) ?? '');
      const isShown = (topic?.partitions.length ?? totalPartitions) >= totalPartitions;
      return topic === undefined || (isShown && showsFence(image, topic.topicId, fence));
    }),
});

/** The groups are those that were asked for; any where none were. */
const showsFence = (
  image: MetadataImage,
  topicId: TopicId,
  asked: GrowthFence | undefined,
): boolean => {
  if (asked === undefined) return true;
  const wanted = new Set(asked.groups);
  const shown = topicFence(image, topicId)?.groups ?? [];
  return shown.length === wanted.size && shown.every((group) => wanted.has(group));
};

export const ALTER_CONFIGS = forwarding({
  from: ClientService.alterConfigs,
  to: ControllerService.alterConfigs,
  codesOf: ({ results }) => results.map(codeOf),
  isVisible: isApplied,
});

export const ELECT_LEADERS = forwarding({
  from: ClientService.electLeaders,
  to: ControllerService.electLeaders,
  codesOf: ({ errorCode, results }) => [errorCode, ...results.map(codeOf)],
  isVisible: isApplied,
});

export const ALTER_REASSIGNMENTS = forwarding({
  from: ClientService.alterReassignments,
  to: ControllerService.alterReassignments,
  codesOf: ({ results }) => results.map(codeOf),
  isVisible: isApplied,
});

export const LIST_REASSIGNMENTS = forwarding({
  from: ClientService.listReassignments,
  to: ControllerService.listReassignments,
  codesOf: () => [],
});

export const UNREGISTER_BROKER = forwarding({
  from: ClientService.unregisterBroker,
  to: ControllerService.unregisterBroker,
  codesOf: () => [],
  isVisible: isApplied,
});

export const DESCRIBE_BALANCE = forwarding({
  from: ClientService.describeBalance,
  to: ControllerService.describeBalance,
  codesOf: () => [],
});

export const DESCRIBE_RECOVERY = forwarding({
  from: ClientService.describeRecovery,
  to: ControllerService.describeRecovery,
  codesOf: () => [],
});

export const ALTER_BALANCE = forwarding({
  from: ClientService.alterBalance,
  to: ControllerService.alterBalance,
  codesOf: () => [],
});

export const DESCRIBE_VERSIONS = forwarding({
  from: ClientService.describeVersions,
  to: ControllerService.describeVersions,
  codesOf: () => [],
});

export const RAISE_VERSION = forwarding({
  from: ClientService.raiseVersion,
  to: ControllerService.raiseVersion,
  codesOf: () => [],
  isVisible: isApplied,
});

export const ALTER_QUORUM = forwarding({
  from: ClientService.alterQuorum,
  to: ControllerService.alterQuorum,
  codesOf: () => [],
});

/** What changes the cluster: passed on to the active controller, whichever broker was asked. */
export const adminHandlers = (context: ClientContext): Handler[] => [
  forwarded(context, CREATE_TOPICS),
  guardedCall(context.onFatal, DELETE_TOPICS.from, (request, by) =>
    deleteTopics(context, { request, ...by }),
  ),
  forwarded(context, CREATE_PARTITIONS),
  forwarded(context, ALTER_CONFIGS),
  forwarded(context, ELECT_LEADERS),
  forwarded(context, ALTER_REASSIGNMENTS),
  forwarded(context, LIST_REASSIGNMENTS),
  forwarded(context, UNREGISTER_BROKER),
  forwarded(context, DESCRIBE_BALANCE),
  forwarded(context, DESCRIBE_RECOVERY),
  forwarded(context, ALTER_BALANCE),
  forwarded(context, DESCRIBE_VERSIONS),
  forwarded(context, RAISE_VERSION),
  forwarded(context, ALTER_QUORUM),
];

/** A request as it came, and what is known of who asks. */
type Asked<Request> = { readonly request: Request } & Partial<CallContext>;

/**
 * Who asks hears the last refusal, and why, only from an answer that comes before its time ends:
 * what is left of it is for the way.
 */
const SHARE_OF_PATIENCE = 0.9;

/** Asks the active controller. Errors: NO_CONTROLLER, and those of `Transport.call`. */
export const forward = async <Request, Response>(
  context: ClientContext,
  { to, codesOf, isRepeatable = true, isVisible }: Forwarding<Request, Response>,
  { request, signal, patienceMs = Number.POSITIVE_INFINITY }: Asked<Request>,
): Promise<Response> => {
  const cancel = signal === undefined ? {} : { signal };
  const deadlineMs = Math.min(ADMIN_DEADLINE_MS, Math.ceil(patienceMs * SHARE_OF_PATIENCE));
  const options = { request, deadlineMs, codesOf, isRepeatable, ...cancel };
  const response = await context.channel.ask(to, options);
  if (isVisible !== undefined) {
    await untilImage(context, (image) => isVisible(request, response, image), IMAGE_WAIT_MS);
  }
  return response;
};

/**
 * Deletes topics. What is named is looked up first, and deleted by its id: however late that
 * reaches the controller, it deletes no topic that was made anew under the name. A request that
 * itself comes late to this broker cannot be told from a new one. Errors: as `forward`.
 */
export const deleteTopics = async (
  context: ClientContext,
  { request, ...by }: Asked<DeleteTopicsRequest>,
): Promise<DeleteTopicsResponse> => {
  const { names, topicIds, validateOnly } = request;
  const ask = (
    what: typeof DELETE_TOPICS,
    asked: DeleteTopicsRequest,
  ): Promise<DeleteTopicsResponse> => forward(context, what, { request: asked, ...by });
  if (validateOnly) return await ask(LOOK_UP_TOPICS, request);
  if (names.length === 0) return await ask(DELETE_TOPICS, request);
  const { topics } = await ask(LOOK_UP_TOPICS, { names, topicIds: [], validateOnly: true });
  const found = topics.filter(({ errorCode }) => errorCode === 0);
  const ids = [...found.map(({ topicId }) => topicId), ...topicIds];
  if (ids.length === 0) return { topics };
  const deleted = await ask(DELETE_TOPICS, { names: [], topicIds: ids, validateOnly });
  const byName = topics.map((it) => resultByName(it, deleted.topics[found.indexOf(it)]));
  return { topics: [...byName, ...deleted.topics.slice(found.length)] };
};

/** Deleted by another request meanwhile: whoever asks by name knows no error of ids. */
const resultByName = (found: TopicResult, deleted: TopicResult | undefined): TopicResult => {
  if (deleted === undefined) return found;
  const isGone = errorCodeOf(deleted.errorCode) === 'UNKNOWN_TOPIC_ID';
  const errorCode = isGone ? errorNumber('UNKNOWN_TOPIC_OR_PARTITION') : deleted.errorCode;
  return { ...deleted, name: found.name, errorCode };
};

const forwarded = <Request, Response>(
  context: ClientContext,
  forwarding: Forwarding<Request, Response>,
): Handler =>
  guardedCall(context.onFatal, forwarding.from, (request, by) =>
    forward(context, forwarding, { request, ...by }),
  );
