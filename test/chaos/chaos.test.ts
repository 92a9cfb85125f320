import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ChaosRun, HISTORY_FILE } from './chaos-run.ts';
import { readHistory } from './report/history-file.ts';
import { renderReport } from './report/render-report.ts';
import type { RunHistory, Verdict } from './report/verdict.ts';
import { judge } from './report/verdict.ts';
import type { RunSettings } from './run-settings.ts';

const settings: RunSettings = {
  seed: 'make-test',
  seconds: 12,
  shape: '3',
  disk: 'real',
  durability: 'fsync',
  syncMs: 1,
  faults: ['kill-leader', 'kill-controller', 'pause'],
  network: 'none',
};

const powerCut: RunSettings = { ...settings, disk: 'power-cut', seconds: 4, faults: ['kill-all'] };

/** What machines get where nobody is root. */
const proxied: RunSettings = {
  ...settings,
  seconds: 20,
  strikes: 2,
  faults: ['delay', 'reorder', 'isolate-one-way', 'break-connections'],
  network: 'proxies',
};

const cleanups: Array<() => void> = [];

afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

const runWith = async (
  chosen: RunSettings,
): Promise<{ history: RunHistory; verdict: Verdict; root: string; report: string }> => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-chaos-'));
  const run = new ChaosRun({ root, settings: chosen, say: () => {} });
  cleanups.push(() => {
    run.abandon();
    rmSync(root, { recursive: true, force: true });
  });
  const history = await run.run();
  const verdict = judge(history);
  return { history, verdict, root, report: renderReport(history, verdict).join('\n') };
};

describe('a cluster of processes', () => {
  it('loses, doubles and turns nothing while nodes are killed and paused', async () => {
    const { verdict, history, root, report } = await runWith(settings);

    expect(verdict.isGood, report).toBe(true);
    expect(history.faults.length).toBeGreaterThan(0);
    const again = judge(await readHistory(join(root, HISTORY_FILE)));
    expect(again, 'a kept history is judged as the run was').toEqual(verdict);
  });

  it('loses, doubles and turns nothing while proxies delay and break its connections', async () => {
    const { verdict, history, report } = await runWith(proxied);

    expect(verdict.isGood, report).toBe(true);
    expect(history.faults.length).toBe(2);
  });

  it('loses nothing acknowledged when the power of all nodes is cut at once', async () => {
    const { verdict, history, report } = await runWith(powerCut);

    expect(verdict.isGood, report).toBe(true);
    expect(history.faults.length).toBeGreaterThan(0);
  });

  it('loses nothing at such a cut when every round went by a journal', async () => {
    const { verdict, history, report } = await runWith({ ...powerCut, hasJournal: true });

    expect(verdict.isGood, report).toBe(true);
    expect(history.faults.length).toBeGreaterThan(0);
  });

  it('loses records at such a cut when they were acknowledged from memory', async () => {
    const { verdict, report } = await runWith({ ...powerCut, durability: 'memory' });

    expect(verdict.vanished.length, report).toBeGreaterThan(0);
    expect(verdict.anomalies.length, report).toBeGreaterThan(0);
  });
});
