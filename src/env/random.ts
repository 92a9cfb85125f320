/** Randomness: seeded in a simulation, the system's in production. */
export interface Random {
  /** A whole number, 0 inclusive to `endExclusive` exclusive. */
  below(endExclusive: number): number;
  /** `count` random bytes, owned by the caller. */
  bytes(count: number): Uint8Array;
  /** A generator of its own for one component, so that a draw added there shifts no other. */
  fork(label: string): Random;
}

const ID_BYTES = 16;

/** 128 random bits as 22 characters of unpadded base64url; never starts with `-`. */
export const randomId = (random: Random): string => {
  for (;;) {
    const id = Buffer.from(random.bytes(ID_BYTES)).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
};
