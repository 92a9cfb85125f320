/** Messages to people's tools over HTTP. */
export interface Webhooks {
  /**
   * Posts JSON; resolves when the other end has taken it (2xx). Rejects with NETWORK_EXCEPTION
   * where it did not, REQUEST_TIMED_OUT after `timeoutMs`; it may have been taken all the same.
   */
  post(address: string, json: string, timeoutMs: number): Promise<void>;
}
