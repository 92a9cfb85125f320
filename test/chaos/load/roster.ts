import type { GroupLoadOptions } from './group-load.ts';

/** Who works on the topic in every run. */

/** The one producer that no fault shall fail: it waits longer than any of them takes. */
export const PATIENT = { name: 'patient', deliveryTimeoutMs: 60_000, crashEveryMs: 0 } as const;

/** Patient, impatient, and one that gives up and dies: the outcomes of all are judged. */
export const PRODUCERS = [
  PATIENT,
  { name: 'impatient', deliveryTimeoutMs: 2_000, crashEveryMs: 0 },
  { name: 'mortal', deliveryTimeoutMs: 15_000, crashEveryMs: 12_000 },
] as const;

export const READERS = [
  { name: 'steady-a', restartEveryMs: 0, minBytes: 1 },
  { name: 'steady-b', restartEveryMs: 0, minBytes: 16_384 },
  { name: 'restless', restartEveryMs: 10_000, minBytes: 16_384 },
] as const;

export const GROUPS: ReadonlyArray<Pick<GroupLoadOptions, 'group' | 'assignor' | 'members'>> = [
  { group: 'cooperative', assignor: 'cooperative-sticky', members: ['stays', 'leaves', 'dies'] },
  { group: 'eager', assignor: 'range', members: ['stays', 'leaves'] },
];
