import { OttlaError } from '../../../src/base/errors.ts';

export const unreachable = (address: string): OttlaError =>
  new OttlaError('NETWORK_EXCEPTION', `${address} cannot be reached or the connection broke`);

export const timedOut = (path: string): OttlaError =>
  new OttlaError('REQUEST_TIMED_OUT', `${path} was not answered before its deadline`);

export const aborted = (path: string): OttlaError =>
  new OttlaError('ABORTED', `${path} was aborted by its caller`);

export const closedError = (what: string): OttlaError =>
  new OttlaError('CLOSED', `${what}: the transport is closed`);

/** What crosses the wire of an error: its code, text and outcome; without a code, the unknown one. */
export const asOttlaError = (error: unknown): OttlaError =>
  error instanceof OttlaError
    ? new OttlaError(error.code, error.message, error.maybeApplied ? { maybeApplied: true } : {})
    : new OttlaError(
        'UNKNOWN_SERVER_ERROR',
        `the handler failed: ${error instanceof Error ? error.message : String(error)}`,
      );
