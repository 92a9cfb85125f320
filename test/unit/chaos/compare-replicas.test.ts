import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReplicaFiles } from '../../chaos/report/compare-replicas.ts';
import { findDifference } from '../../chaos/report/compare-replicas.ts';

const root = mkdtempSync(join(tmpdir(), 'ottla-compare-'));

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A copy of partition `t-0` whose segments hold these texts. */
const copy = (nodeId: number, segments: Readonly<Record<string, string>>): ReplicaFiles => {
  const logDir = join(root, String(nodeId));
  mkdirSync(join(logDir, 't-0'), { recursive: true });
  for (const [name, text] of Object.entries(segments)) {
    writeFileSync(join(logDir, 't-0', name), text);
  }
  return { nodeId, logDir };
};

describe('copies of a partition', () => {
  it('are the same where segments begin elsewhere and one reaches further', () => {
    const one = copy(1, { '0.log': 'abc', '3.log': 'de', '3.index': 'x' });
    const other = copy(2, { '0.log': 'abcdef' });

    expect(findDifference('t-0', [one, other])).toBeUndefined();
  });

  it('differ where one byte does', () => {
    const one = copy(1, { '0.log': 'abc', '3.log': 'de' });
    const other = copy(2, { '0.log': 'abcXe' });

    expect(findDifference('t-0', [one, other])).toMatch(/nodes 1 and 2 differ at byte 3/);
  });
});
