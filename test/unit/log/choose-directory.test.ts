import { describe, expect, it } from 'vitest';
import { chooseDirectory } from '../../../src/log/choose-directory.ts';

const load = (path: string, replicaCount: number, bytes: number) => ({
  path,
  replicaCount,
  sizeBytes: () => bytes,
});

describe('chooseDirectory', () => {
  it('takes the one with the fewest replicas, however large they are', () => {
    const chosen = chooseDirectory([load('/a', 3, 0), load('/b', 2, 900), load('/c', 4, 0)]);

    expect(chosen?.path).toBe('/b');
  });

  it('takes the one with the fewest bytes among equals', () => {
    const chosen = chooseDirectory([load('/a', 2, 10), load('/b', 2, 5), load('/c', 3, 0)]);

    expect(chosen?.path).toBe('/b');
  });

  it('takes the first one among empty ones', () => {
    expect(chooseDirectory([load('/a', 0, 0), load('/b', 0, 0)])?.path).toBe('/a');
  });

  it('adds up no bytes where counts differ', () => {
    const sizeBytes = (): number => {
      throw new Error('was asked for');
    };

    const chosen = chooseDirectory([
      { replicaCount: 2, sizeBytes },
      { replicaCount: 1, sizeBytes },
    ]);

    expect(chosen?.replicaCount).toBe(1);
  });

  it('finds nothing among none', () => {
    expect(chooseDirectory([])).toBeUndefined();
  });
});
