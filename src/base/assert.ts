/** A broken invariant: a bug in this program, never an operating error. The node must stop. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** States what must be true here. Stays on in production. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new InvariantViolation(claim);
}

/** For the `default` of a switch over a closed union. */
export function assertNever(value: never, what = 'value'): never {
  throw new InvariantViolation(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** The value, or a violation where it is missing: for lookups that cannot miss. */
export function must<T>(value: T | undefined | null, claim: string): T {
  if (value === undefined || value === null) throw new InvariantViolation(claim);
  return value;
}
