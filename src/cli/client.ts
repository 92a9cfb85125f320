import { connect } from '../app/connect.ts';
import type { ErrorCode } from '../base/errors.ts';
import { OttlaError } from '../base/errors.ts';
import type { OttlaClient } from '../client/client.ts';

/** What every verb that talks to a cluster takes. */
export interface ClusterVerb {
  readonly bootstrap: string;
  readonly json?: boolean;
}

/** A person waits: an unreachable cluster is reported sooner than a program would. */
const REQUEST_TIMEOUT_MS = 5_000;

/** What an unreachable cluster looks like from here. */
const UNREACHABLE: readonly ErrorCode[] = ['NETWORK_EXCEPTION', 'REQUEST_TIMED_OUT'];

/** Does one thing with a client and closes it. */
export const withClient = async <T>(
  { bootstrap }: ClusterVerb,
  act: (client: OttlaClient) => Promise<T>,
): Promise<T> => {
  await using client = connect({
    bootstrap,
    clientId: 'ottla-cli',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    return await act(client);
  } catch (error) {
    throw error instanceof OttlaError && UNREACHABLE.includes(error.code)
      ? unreachable(bootstrap, error)
      : error;
  }
};

const unreachable = (bootstrap: string, cause: OttlaError): OttlaError =>
  new OttlaError(
    cause.code,
    `no answer from the cluster at ${bootstrap}: see that it runs, and check --bootstrap`,
    { cause },
  );
