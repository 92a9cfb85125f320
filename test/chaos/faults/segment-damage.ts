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

const anyFilled = (damage: Damage, random: SeededRandom): { path: string; size: number } => {
  const filled = segmentsOf(damage)
    .map((path) => ({ path, size: statSync(path).size }))
    .filter(({ size }) => size > 0);
  return anyOf(random, filled);
};

/** One bit of one segment, anywhere; one line says which. */
export const flipBit = (damage: Damage, random: SeededRandom): string => {
  const { path, size } = anyFilled(damage, random);
  const position = random.below(size);
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
  return `bit ${bit} of byte ${position} of ${size} in ${shortName(path)} flipped`;
};

/** One segment ends earlier than it did. */
export const truncateSegment = (damage: Damage, random: SeededRandom): string => {
  const { path, size } = anyFilled(damage, random);
  const kept = random.below(size);
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, kept);
  } finally {
    closeSync(file);
  }
  return `${shortName(path)} cut to ${kept} of ${size} bytes`;
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
