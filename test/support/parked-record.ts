import type { ParkedRecord } from '../../src/client/parking/park-store.ts';

/** One that is due at 100; its value tells its offset. */
export const parked = (offset: number, changes: Partial<ParkedRecord> = {}): ParkedRecord => ({
  groupId: 'g',
  topic: 't',
  partition: 0,
  offset,
  timestampMs: 5,
  attempts: 1,
  errorName: 'Error',
  errorMessage: "it's bad",
  errorStack: '',
  firstFailureMs: 10,
  lastFailureMs: 20,
  key: null,
  value: Uint8Array.of(0xff, offset),
  headers: [{ key: 'h', value: null }],
  dueMs: 100,
  ...changes,
});
