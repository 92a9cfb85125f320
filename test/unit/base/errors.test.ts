import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import {
  describeError,
  ERRORS,
  errorCodeOf,
  errorNumber,
  OttlaError,
} from '../../../src/base/errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

describe('the list of errors', () => {
  test('gives every code a number of its own', () => {
    const numbers = codes.map(errorNumber);

    expect(new Set(numbers).size).toBe(codes.length);
  });

  test.each(codes)('finds %s again by its number', (code) => {
    expect(errorCodeOf(errorNumber(code))).toBe(code);
  });

  test('reads a number nobody defined as an unknown server error', () => {
    expect(errorCodeOf(9_999)).toBe('UNKNOWN_SERVER_ERROR');
  });

  test('keeps its own codes away from the numbers of the Kafka wire', () => {
    const own: ErrorCode[] = ['CLOSED', 'ABORTED', 'BUFFER_FULL', 'CORRUPT_STORE', 'CONFIG'];

    expect(own.every((code) => errorNumber(code) >= 10_000)).toBe(true);
  });
});

describe('an operating error', () => {
  test('knows whether the same request may succeed later', () => {
    expect(new OttlaError('NOT_LEADER_OR_FOLLOWER', 'moved').retriable).toBe(true);
    expect(new OttlaError('INVALID_RECORD', 'bad').retriable).toBe(false);
  });

  test('knows whether the failed write may be in the log', () => {
    expect(new OttlaError('REQUEST_TIMED_OUT', 'late').maybeApplied).toBe(true);
    expect(new OttlaError('MESSAGE_TOO_LARGE', 'big').maybeApplied).toBe(false);
  });

  test('describes itself with its code on one line', () => {
    expect(describeError(new OttlaError('CLOSED', 'gone'))).toBe('CLOSED: gone');
  });
});
