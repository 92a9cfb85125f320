import { mutantOf } from '../support/frame-mutations.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { RequestFrames } from './frames.ts';
import { pick } from './frames.ts';

/** What is done to a broker, drawn before anything is sent: a seed gives the same list everywhere. */
export interface Attack {
  readonly kind: AttackKind;
  /** At once, each doing the same. */
  readonly connectionCount: number;
  readonly chunks: readonly Buffer[];
  readonly pauseMs: number;
  /** Answers are read, or left lying. */
  readonly reads: boolean;
  /** How long the connection is held after the last chunk. */
  readonly holdMs: number;
  readonly ending: 'end' | 'reset';
}

export type AttackKind = keyof typeof KINDS;

interface Draw {
  readonly weight: number;
  readonly make: (frames: RequestFrames, random: SeededRandom) => Partial<Attack>;
}

const FLOOD_MAX = 200;
const DEEP_BYTES = 64 * 1024;
const REQUEST_BYTES_MAX = 104_857_600;

const sized = (frame: Uint8Array, sizeBytes = frame.length): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(sizeBytes);
  return Buffer.concat([size, frame]);
};

const several = (most: number, random: SeededRandom, make: () => Buffer): Buffer[] =>
  Array.from({ length: 1 + random.below(most) }, make);

/** One, two or three things wrong with it. */
const mutilated = (frames: RequestFrames, random: SeededRandom): Buffer => {
  let bytes = frames.draw(random);
  for (let left = random.below(3); left >= 0 && bytes.length > 0; left -= 1) {
    bytes = mutantOf(bytes, random);
  }
  return bytes;
};

const KINDS = {
  mutants: {
    weight: 50,
    make: (frames, random) => ({
      chunks: several(6, random, () => sized(mutilated(frames, random))),
      holdMs: random.below(50),
    }),
  },
  truncation: {
    weight: 10,
    make: (frames, random) => {
      const frame = sized(frames.draw(random));
      return { chunks: [frame.subarray(0, random.below(frame.length))], holdMs: random.below(20) };
    },
  },
  lyingSize: {
    weight: 10,
    make: (frames, random) => {
      const frame = frames.draw(random);
      const lies = [-1, -0x8000_0000, 0, 3, 7, 0x7fff_ffff, REQUEST_BYTES_MAX];
      const near = [REQUEST_BYTES_MAX + 1, frame.length + 1000, Math.max(frame.length - 3, 0)];
      const size = pick([...lies, ...near], random);
      return { chunks: [sized(frame, size)], holdMs: random.below(100) };
    },
  },
  deepArrays: {
    weight: 8,
    make: (frames, random) => {
      const frame = frames.draw(random);
      const start = frame.subarray(0, 10 + random.below(frame.length));
      const pattern = pick(['00000001', '02', 'ff', '7fffffff', 'ffffff7f', '00'], random);
      const depth = Buffer.alloc(1 + random.below(DEEP_BYTES), Buffer.from(pattern, 'hex'));
      return { chunks: [sized(Buffer.concat([start, depth]))], holdMs: random.below(50) };
    },
  },
  wrongType: {
    weight: 6,
    make: (frames, random) => {
      const frame = Buffer.from(frames.draw(random));
      // The body of one message under the name, or the version, of another.
      if (random.below(2) === 0) frame.writeInt16BE(random.below(80), 0);
      frame.writeInt16BE(pick([0, 1, 3, 9, 12, 16, 0x7fff, -1], random), 2);
      return { chunks: [sized(frame)], holdMs: random.below(50) };
    },
  },
  dribble: {
    weight: 5,
    make: (frames, random) => {
      const frame = sized(random.below(2) === 0 ? frames.draw(random) : mutilated(frames, random));
      const head = frame.subarray(0, 150);
      const bytes = Array.from(head.keys(), (at) => head.subarray(at, at + 1));
      return { chunks: [...bytes, frame.subarray(150)], pauseMs: 1 };
    },
  },
  noise: {
    weight: 5,
    make: (_frames, random) => {
      const http = Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n');
      const tls = Buffer.from('16030100f8010000f40303', 'hex');
      const bytes = Buffer.from(random.bytes(1 + random.below(4000)));
      return { chunks: [pick([http, tls, bytes], random)], holdMs: random.below(100) };
    },
  },
  neverReads: {
    weight: 4,
    make: (frames, random) => ({
      chunks: several(100, random, () => sized(frames.realFrame(random))),
      reads: false,
      holdMs: random.below(300),
    }),
  },
  flood: {
    weight: 1,
    make: (frames, random) => ({
      connectionCount: 20 + random.below(FLOOD_MAX - 20),
      chunks: random.below(2) === 0 ? [] : [sized(mutilated(frames, random))],
      holdMs: random.below(300),
    }),
  },
} satisfies Record<string, Draw>;

export const ATTACK_KINDS = Object.keys(KINDS) as AttackKind[];

const DECK = ATTACK_KINDS.flatMap((kind) => Array<AttackKind>(KINDS[kind].weight).fill(kind));

export const drawAttack = (frames: RequestFrames, random: SeededRandom): Attack => {
  const kind = pick(DECK, random);
  const { make }: Draw = KINDS[kind];
  const plain = { connectionCount: 1, chunks: [], pauseMs: 0, reads: true, holdMs: 0 };
  const ending = random.below(3) === 0 ? 'reset' : 'end';
  return { kind, ...plain, ending, ...make(frames, random) };
};
