/** A request as it is to be on the wire. */
export interface HttpCall {
  readonly method: string;
  /** Path and query, sent as they are. */
  readonly target: string;
  /** One line each, in this order of names. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** One server, over HTTP. */
export interface HttpCaller {
  /**
   * Resolves with what the server answers, or with `unreachable` where surely nothing was sent.
   * Rejects with NETWORK_EXCEPTION where the connection broke: it may have been sent; with the
   * signal's reason where that fires.
   */
  call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer | 'unreachable'>;
}
