import { errorCodeOf, errorNumber } from '../../base/errors.ts';
import type { TopicResult } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { Deadline } from '../timing.ts';
import { namedCall } from './named-call.ts';
import { finalIfUnknown, topicFailure } from './topic-requests.ts';

const WHAT = 'deleteTopics';

/**
 * Deletes topics in two steps. Which topics the names mean is asked of the controller, not of a
 * broker's metadata, which may know of an older one or of none yet; then those are deleted by their
 * ids. An attempt whose answer was lost may come late, when its repeat was answered and a topic was
 * made anew under the name: that one has another id.
 */
export const deleteTopics = async (
  context: ClientContext,
  names: readonly string[],
  { timeoutMs = context.requestTimeoutMs, signal }: TimedCallOptions,
): Promise<void> => {
  const deadline = new Deadline(context.clock, timeoutMs);
  const { topics } = await namedCall(context, ClientService.deleteTopics, {
    what: WHAT,
    timeoutMs,
    signal,
    request: { names: [...new Set(names)], topicIds: [], validateOnly: true },
  });
  const found = topics.filter(({ errorCode }) => errorCode === 0);
  if (found.length > 0) {
    const topicIds = found.map(({ topicId }) => topicId);
    await namedCall(context, ClientService.deleteTopics, {
      what: WHAT,
      timeoutMs: deadline.remainingMs,
      signal,
      request: { names: [], topicIds, validateOnly: false },
      failureOf: (response, isRepeat) => failureOf(named(response.topics, found), isRepeat),
    });
  }
  const missing = failureOf(topics, false);
  if (missing !== undefined) throw missing;
};

const failureOf = (topics: readonly TopicResult[], isRepeat: boolean) =>
  finalIfUnknown(
    topicFailure({
      topics,
      verb: 'delete topic',
      isDone: (_, code) => isRepeat && code === 'UNKNOWN_TOPIC_OR_PARTITION',
    }),
  );

/** An answer by ids, in the words of a call by names. */
const named = (results: readonly TopicResult[], found: readonly TopicResult[]): TopicResult[] =>
  results.map((result, place) => {
    const name = found[place]?.name ?? result.name;
    if (errorCodeOf(result.errorCode) !== 'UNKNOWN_TOPIC_ID') return { ...result, name };
    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    const errorMessage = `topic ${name} was deleted by another call meanwhile`;
    return { ...result, name, errorCode, errorMessage };
  });
