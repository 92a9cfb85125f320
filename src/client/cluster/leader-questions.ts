import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, PartitionId, TopicId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import { orAborted } from '../../env/abort.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { asOttlaError, backoffMs, Deadline, orTimedOut, pause, RETRY_BACKOFF } from '../timing.ts';
import type { TopicView } from './cluster-view.ts';
import { leaderOf } from './cluster-view.ts';

/** About one partition, whose leader answers it. */
export interface LeaderQuestion {
  readonly topic: string;
  readonly partition: PartitionId;
  /** It is about this one alone, and not about another that has the name by now. */
  readonly topicId?: TopicId | undefined;
}

/** A question as it is sent. */
export interface Addressed<Question> {
  readonly question: Question;
  readonly topicId: TopicId;
  readonly leaderEpoch: LeaderEpoch;
}

interface LeaderResult {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly errorCode: number;
}

/** A method whose questions about partitions go to their leaders, each answered on its own. */
export interface LeaderMethod<Question, Request, Response, Result, Answer> {
  readonly method: UnaryMethod<Request, Response>;
  /** `deadlineMs`: after which nobody waits for the answer any more. */
  readonly requestOf: (asked: readonly Addressed<Question>[], deadlineMs: number) => Request;
  readonly resultsOf: (response: Response) => readonly Result[];
  readonly answerOf: (question: Question, result: Result) => Answer;
  /** One line for a refusal. */
  readonly describeFailure: (question: Question, code: ErrorCode) => string;
  /** Of the time that is left, how much one request may take; a third of a request's by default. */
  readonly isPatient?: boolean;
  /**
   * It changes something: once an attempt may have taken effect, the question is about that topic
   * alone, and never about one that is made anew under the name.
   */
  readonly isChange?: boolean;
}

/** The time of a change is over, and an attempt may have made it: nobody can tell from here. */
export class UnconfirmedChangeError extends OttlaError {
  override get maybeApplied(): boolean {
    return true;
  }
}

/**
 * Asks the leaders of the partitions, each leader once a round, and goes on with those that could
 * not answer until the deadline. Answers stand in the order of the questions. Throws what the last
 * round failed with, which is an `UnconfirmedChangeError` where a change may have been made;
 * ABORTED by the signal.
 */
export const askLeaders = async <Q extends LeaderQuestion, Req, Res, R extends LeaderResult, A>(
  context: ClientContext,
  method: LeaderMethod<Q, Req, Res, R, A>,
  { questions, ...options }: TimedCallOptions & { readonly questions: readonly Q[] },
): Promise<A[]> => {
  const { clock, random, metadata } = context;
  const deadline = new Deadline(clock, options.timeoutMs ?? context.requestTimeoutMs);
  const round = new Round(context, method, { deadline, signal: options.signal });
  let pending: readonly Pending<Q>[] = questions.map((question, index) => ({ question, index }));
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    const failures = await round.ask(pending);
    pending = failures;
    const first = failures[0];
    if (first === undefined) break;
    const fatal = failures.find(({ error }) => !error.retriable || error.code === 'ABORTED');
    if (fatal !== undefined) throw fatal.error;
    if (deadline.hasPassed) throw overdue(method, first);
    metadata.requestRefresh(new Set(failures.map(({ question }) => question.topic)));
    const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
    await pause(clock, Math.min(delayMs, deadline.remainingMs), options.signal);
    // One attempt more, without time for an answer, would only leave open whether it was done.
    if (method.isChange === true && deadline.hasPassed) throw overdue(method, first);
  }
  return round.answers;
};

interface Pending<Q> {
  readonly question: Q;
  readonly index: number;
  /** An attempt may have taken effect. */
  readonly isUnconfirmed?: boolean;
  /** What the last attempt that had its time failed with. */
  readonly known?: OttlaError | undefined;
}

interface Failed<Q> extends Pending<Q> {
  readonly error: OttlaError;
}

/** Of a question whose time is over. */
const overdue = <Q extends LeaderQuestion, Req, Res, R, A>(
  { describeFailure }: LeaderMethod<Q, Req, Res, R, A>,
  { question, known, error, isUnconfirmed }: Failed<Q>,
): OttlaError => {
  // The last attempt was cut short: what failed before it says more.
  const told = error.code === 'REQUEST_TIMED_OUT' ? (known ?? error) : error;
  if (isUnconfirmed !== true) return told;
  const words = `${describeFailure(question, told.code)}; it may be done all the same, now or soon`;
  return new UnconfirmedChangeError(told.code, words, { cause: told });
};

interface Asked<Q> extends Pending<Q>, Addressed<Q> {}

interface LeaderRequest<Q> {
  readonly address: string;
  readonly asked: Asked<Q>[];
}

/** Rounds of one call, and the answers that they have brought. */
class Round<Q extends LeaderQuestion, Req, Res, R extends LeaderResult, A> {
  readonly answers: A[] = [];
  readonly #context: ClientContext;
  readonly #method: LeaderMethod<Q, Req, Res, R, A>;
  readonly #limits: { readonly deadline: Deadline; readonly signal: AbortSignal | undefined };

  constructor(
    context: ClientContext,
    method: LeaderMethod<Q, Req, Res, R, A>,
    limits: { readonly deadline: Deadline; readonly signal: AbortSignal | undefined },
  ) {
    this.#context = context;
    this.#method = method;
    this.#limits = limits;
  }

  async ask(pending: readonly Pending<Q>[]): Promise<Failed<Q>[]> {
    const { metadata } = this.#context;
    const failures: Failed<Q>[] = [];
    const requests = new Map<string, LeaderRequest<Q>>();
    const askedTimes = new Map<string, number>();
    for (const item of pending) {
      const { question } = item;
      const topic = await this.#topicOf(question);
      const leader = leaderOf(metadata.view, topic, question.partition);
      if (leader === undefined) {
        failures.push({ ...item, error: noLeader(topic, question) });
        continue;
      }
      // An answer names its partition only: a second question about it goes in a request of its
      // own.
      const place = partitionKey(topic.topicId, question.partition);
      const times = askedTimes.get(place) ?? 0;
      askedTimes.set(place, times + 1);
      const key = `${leader.address} ${times}`;
      const request = requests.get(key) ?? { address: leader.address, asked: [] };
      requests.set(key, request);
      const { topicId } = topic;
      request.asked.push({ ...item, topicId, leaderEpoch: leader.leaderEpoch });
    }
    const rounds = [...requests.values()].map((request) => this.#askLeader(request));
    return failures.concat(...(await Promise.all(rounds)));
  }

  /** Throws RESOURCE_NOT_FOUND where the name is another topic's by now. */
  async #topicOf({ topic: name, partition, topicId }: Q): Promise<TopicView> {
    const { metadata, clock } = this.#context;
    const { deadline, signal } = this.#limits;
    const known = await metadata.topicWith(name, partition, this.#limits);
    if (topicId === undefined || known.topicId === topicId) return known;
    // What is known here may be older than the question.
    const round = orTimedOut(metadata.refresh([name]), clock, deadline.remainingMs);
    await orAborted(round, signal, `looking up topic ${name}`);
    const topic = await metadata.topicWith(name, partition, this.#limits);
    if (topic.topicId === topicId) return topic;
    throw new OttlaError(
      'RESOURCE_NOT_FOUND',
      `topic ${name} was deleted and made anew: what is asked about has gone with the one before`,
    );
  }

  async #askLeader({ address, asked }: LeaderRequest<Q>): Promise<Failed<Q>[]> {
    const { transport, requestTimeoutMs } = this.#context;
    const { deadline, signal } = this.#limits;
    const patienceMs = this.#method.isPatient === true ? Infinity : requestTimeoutMs / 3;
    const deadlineMs = Math.max(1, Math.min(deadline.remainingMs, patienceMs));
    try {
      const response = await transport.call(address, this.#method.method, {
        request: this.#method.requestOf(asked, deadlineMs),
        deadlineMs,
        ...(signal === undefined ? {} : { signal }),
      });
      const results = this.#method.resultsOf(response);
      return asked.flatMap((item) => this.#take(item, results));
    } catch (error) {
      return asked.map((item) => this.#failed(item, asOttlaError(error)));
    }
  }

  #failed(item: Asked<Q>, error: OttlaError): Failed<Q> {
    const failed = { ...item, error };
    if (error.code !== 'REQUEST_TIMED_OUT') failed.known = error;
    if (this.#method.isChange !== true || !error.maybeApplied) return failed;
    const question = { ...item.question, topicId: item.topicId };
    return { ...failed, question, isUnconfirmed: true };
  }

  #take(item: Asked<Q>, results: readonly R[]): Failed<Q>[] {
    const { question, topicId } = item;
    const result = results.find(
      (one) => one.topicId === topicId && one.partition === question.partition,
    );
    if (result === undefined) return [this.#failed(item, leftOut(question))];
    if (result.errorCode !== 0) {
      const code = errorCodeOf(result.errorCode);
      const error = new OttlaError(code, this.#method.describeFailure(question, code));
      return [this.#failed(item, error)];
    }
    this.answers[item.index] = this.#method.answerOf(question, result);
    return [];
  }
}

const leftOut = ({ topic, partition }: LeaderQuestion): OttlaError =>
  new OttlaError('NETWORK_EXCEPTION', `the broker left out partition ${partition} of ${topic}`);

const noLeader = (topic: TopicView, { partition }: LeaderQuestion): OttlaError =>
  new OttlaError(
    'LEADER_NOT_AVAILABLE',
    `partition ${partition} of ${topic.name} has no leader now`,
  );
