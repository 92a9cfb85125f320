import type { Invariant } from './invariant.ts';

/** A fresh set: each looks at one run only. */
export const allInvariants = (): Invariant[] => [];
