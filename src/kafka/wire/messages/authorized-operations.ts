import type { Field } from '../field.ts';
import { int32 } from '../field.ts';

/** "Nobody asked": the bit mask of allowed operations is given on demand only. */
const NOT_ASKED = -0x8000_0000;

/** The operations that the client may perform, bit 1 << operation each. */
export const authorizedOperations = (versions: {
  readonly since?: number;
  readonly until?: number;
}): Field<number, number, 'optional'> => int32({ ...versions, default: NOT_ASKED });
