import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import type { ErrorCode } from '../base/errors.ts';
import { describeError, ERRORS, OttlaError } from '../base/errors.ts';

/** Trailer that carries our error code beside gRPC's status. */
const CODE_TRAILER = 'ottla-code';
/** There where the call may have taken effect, for the code alone may deny it. */
const OUTCOME_TRAILER = 'ottla-maybe-applied';

/** gRPC's nearest status: for tools that know no other. */
const STATUS_OF: Partial<Record<ErrorCode, status>> = {
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  REQUEST_TIMED_OUT: status.DEADLINE_EXCEEDED,
  NOT_CONTROLLER: status.FAILED_PRECONDITION,
  CLOSED: status.UNAVAILABLE,
};

/** What a handler threw, as the status that its caller gets. */
export const toStatus = (error: unknown): StatusObject => {
  const code: ErrorCode = error instanceof OttlaError ? error.code : 'UNKNOWN_SERVER_ERROR';
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, code);
  if (error instanceof OttlaError && error.maybeApplied) metadata.set(OUTCOME_TRAILER, 'true');
  const details = error instanceof OttlaError ? error.message : describeError(error);
  return { code: STATUS_OF[code] ?? status.UNKNOWN, details, metadata };
};

const CODE_OF: Partial<Record<status, ErrorCode>> = {
  [status.UNAVAILABLE]: 'NETWORK_EXCEPTION',
  [status.CANCELLED]: 'NETWORK_EXCEPTION',
  [status.INTERNAL]: 'NETWORK_EXCEPTION',
  [status.DEADLINE_EXCEEDED]: 'REQUEST_TIMED_OUT',
  [status.UNIMPLEMENTED]: 'UNSUPPORTED_VERSION',
  [status.RESOURCE_EXHAUSTED]: 'MESSAGE_TOO_LARGE',
};

/** A status as the error it stands for; undefined for an orderly end. */
export const fromStatus = (
  outcome: Pick<ServiceError, 'code' | 'details' | 'metadata'>,
  peer: string,
): OttlaError | undefined => {
  if (outcome.code === status.OK) return undefined;
  const named = outcome.metadata?.get(CODE_TRAILER)[0];
  if (typeof named === 'string' && named in ERRORS) {
    const isMaybe = outcome.metadata?.get(OUTCOME_TRAILER)[0] === 'true';
    return new OttlaError(
      named as ErrorCode,
      outcome.details,
      isMaybe ? { maybeApplied: true } : {},
    );
  }
  const code = CODE_OF[outcome.code] ?? 'UNKNOWN_SERVER_ERROR';
  const details = plain(outcome.details);
  return new OttlaError(code, details.includes(peer) ? details : `${peer}: ${details}`);
};

/** Of a connection that failed grpc-js tells its own steps around what the system said. */
const LAST_ERROR = /^No connection established\. Last error: (?:Error: )?(.+?)\. Resolution note:/;

const plain = (details: string): string => LAST_ERROR.exec(details)?.[1] ?? details;
