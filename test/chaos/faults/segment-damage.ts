import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { anyOf } from './choose.ts';

/** One replica on the disk of a node that does not run. */
export interface Damage {
  readonly logDir: string;
  /** Of its directory. */
  readonly name: string;
}

const SEGMENT = /^\d+\.log$/;
const HIDDEN = '.hidden';
const BITS = 8;

export const segmentsOf = ({ logDir, name }: Damage): string[] =>
  readdirSync(join(logDir, name))
    .filter((file) => SEGMENT.test(file))
    .sort()
    .map((file) => join(logDir, name, file));

/** A part of one segment, from its first byte on. */
export interface SegmentPart {
  readonly path: string;
  readonly sizeBytes: number;
}

const filledSegmentsOf = (damage: Damage): SegmentPart[] =>
  segmentsOf(damage)
    .map((path) => ({ path, sizeBytes: statSync(path).size }))
    .filter(({ sizeBytes }) => sizeBytes > 0);

/** What was done to a segment, from which byte on. */
export interface Spoiled {
  readonly path: string;
  readonly position: number;
  /** One line. */
  readonly what: string;
}

/** One bit anywhere in these parts, in all segments by default. */
export const flipBit = (
  damage: Damage,
  random: SeededRandom,
  parts: readonly SegmentPart[] = filledSegmentsOf(damage),
): Spoiled => {
  const { path, sizeBytes } = anyOf(random, parts);
  const position = random.below(sizeBytes);
  const bit = random.below(BITS);
  const byte = Buffer.alloc(1);
  const file = openSync(path, 'r+');
  try {
    readSync(file, byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    writeSync(file, byte, 0, 1, position);
  } finally {
    closeSync(file);
  }
  const what = `bit ${bit} of byte ${position} of ${sizeBytes} in ${shortName(path)} flipped`;
  return { path, position, what };
};

/** One segment ends earlier than it did. */
export const truncateSegment = (damage: Damage, random: SeededRandom): Spoiled => {
  const { path, sizeBytes } = anyOf(random, filledSegmentsOf(damage));
  const position = random.below(sizeBytes);
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, position);
  } finally {
    closeSync(file);
  }
  return { path, position, what: `${shortName(path)} cut to ${position} of ${sizeBytes} bytes` };
};

/** Directories in which the node has set this replica's data aside, the newest last. */
export const setAsideOf = ({ logDir, name }: Damage): string[] =>
  readdirSync(logDir)
    .filter((entry) => entry.startsWith(`${name}.quarantined-`))
    .sort();

/**
 * Every open of a segment fails until the function that is returned is called, on a node that does
 * not run: it puts the data back, which the node has set aside meanwhile.
 */
export const hideSegments = (damage: Damage): (() => void) => {
  const { logDir, name } = damage;
  for (const path of segmentsOf(damage)) {
    renameSync(path, `${path}${HIDDEN}`);
    symlinkSync(path, path);
  }
  return () => {
    const aside = setAsideOf(damage).at(-1);
    if (aside !== undefined) {
      rmSync(join(logDir, name), { recursive: true, force: true });
      renameSync(join(logDir, aside), join(logDir, name));
    }
    const directory = join(logDir, name);
    for (const file of readdirSync(directory).filter((it) => it.endsWith(HIDDEN))) {
      const path = join(directory, file.slice(0, -HIDDEN.length));
      rmSync(path);
      renameSync(join(directory, file), path);
    }
  };
};

const shortName = (path: string): string => path.split('/').slice(-1).join('/');
