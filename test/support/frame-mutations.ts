import type { SeededRandom } from './seeded-random.ts';

/** What lies at the edges of lengths, counts and tags: of 32 and 16 bits, and of varints. */
const LIES = ['7fffffff', '80000000', 'ffffffff', '7fff', '8000', 'ffffffff0f', 'feffffff07', '00'];

type Mutation = (bytes: Buffer, random: SeededRandom) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
    return bytes;
  },
  (bytes, random) => {
    bytes.writeUInt8(random.below(256), random.below(bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const lie = Buffer.from(LIES[random.below(LIES.length)] as string, 'hex');
    lie.copy(bytes, random.below(bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [start, end] = [random.below(bytes.length), random.below(bytes.length)];
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
];

/** A copy of a frame with one thing wrong: cut, a bit or byte changed, a lying length, spliced. */
export const mutantOf = (bytes: Uint8Array, random: SeededRandom): Buffer => {
  const mutate = MUTATIONS[random.below(MUTATIONS.length)] as Mutation;
  return mutate(Buffer.from(bytes), random);
};
