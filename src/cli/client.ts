import { connect } from '../app/connect.ts';
import type { ErrorCode } from '../base/errors.ts';
import { OttlaError } from '../base/errors.ts';
import type { OttlaClient } from '../client/client.ts';
import { UnconfirmedChangeError } from '../client/cluster/leader-questions.ts';
import { UsageError } from './failure.ts';

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
  await using client = connectTo(bootstrap);
  try {
    return await act(client);
  } catch (error) {
    throw error instanceof OttlaError ? inWordsOfThis(bootstrap, error) : error;
  }
};

/** What is no address was given on the command line, or stands in for an option there. */
const connectTo = (bootstrap: string): OttlaClient => {
  try {
    return connect({ bootstrap, clientId: 'ottla-cli', requestTimeoutMs: REQUEST_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code !== 'CONFIG') throw error;
    throw new UsageError(`${error.message}; see --bootstrap and OTTLA_BOOTSTRAP`);
  }
};

/** As the command line says it. */
export const inWordsOfThis = (bootstrap: string, error: OttlaError): OttlaError => {
  // It was asked, and says what may have become of it.
  if (error instanceof UnconfirmedChangeError) return error;
  if (UNREACHABLE.includes(error.code)) return unreachable(bootstrap, error);
  if (error.code === 'UNSUPPORTED_VERSION') return noDoorForClients(bootstrap, error);
  return error;
};

/** The peers' door is near, and speaks gRPC, too. */
const noDoorForClients = (bootstrap: string, cause: OttlaError): OttlaError =>
  new OttlaError(
    cause.code,
    `${bootstrap} serves no clients of this version: give the CLIENT address of a broker with ` +
      '--bootstrap, or use the same version of ottla on both sides',
    { cause },
  );

const unreachable = (bootstrap: string, cause: OttlaError): OttlaError =>
  new OttlaError(
    cause.code,
    `no answer from the cluster at ${bootstrap}: see that it runs, and check --bootstrap`,
    { cause },
  );
