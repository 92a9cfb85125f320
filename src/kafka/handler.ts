import type { Api, RequestOf, ResponseOf } from './wire/api.ts';
import type { AnyApi } from './wire/apis.ts';
import type { Fields } from './wire/field.ts';

/** One request, as its handler gets it. */
export interface KafkaRequest<Body> {
  readonly apiVersion: number;
  readonly clientId: string | null;
  readonly body: Body;
  /** `host:port` of the client, for logs. */
  readonly peer: string;
  /** Calls `listener` when the client has gone before the answer: who waits for it may stop. */
  onGone(listener: () => void): void;
  /**
   * Calls `listener` when the answer is sent, and nobody looks at its bytes any more; not where the
   * connection ends before.
   */
  onSent(listener: () => void): void;
}

/** Told instead of an answer: the client expects none. */
export const NO_ANSWER = Symbol('no answer');

export type Answer<Response> = Response | typeof NO_ANSWER;

/**
 * What the server does with one API. An `OttlaError` that is thrown ends the connection: it is for
 * requests that this protocol has no answer to. Anything else that is thrown is a bug.
 */
export interface KafkaHandler {
  readonly api: AnyApi;
  /**
   * True: it may begin while earlier ones of its kind wait for their answers, which keep their
   * order. Else requests of a connection run one after the other, as Kafka's clients expect.
   */
  readonly overlaps: boolean;
  /** Its duration is observed elsewhere. */
  readonly isMeasuredApart: boolean;
  handle(request: KafkaRequest<unknown>): Answer<unknown> | Promise<Answer<unknown>>;
}

export interface HandlerTraits {
  readonly overlaps?: boolean;
  readonly isMeasuredApart?: boolean;
}

/** Ties a handler to its API, checked by the compiler. */
export const serve = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  handle: (
    request: KafkaRequest<RequestOf<Api<Q, R>>>,
  ) => Answer<ResponseOf<Api<Q, R>>> | Promise<Answer<ResponseOf<Api<Q, R>>>>,
  { overlaps = false, isMeasuredApart = false }: HandlerTraits = {},
): KafkaHandler => ({ api: api as AnyApi, overlaps, isMeasuredApart, handle }) as KafkaHandler;
