import { formatTable } from '../../../src/cli/table.ts';
import type { Anomaly } from '../checker/anomaly.ts';
import { describeAnomaly } from '../checker/anomaly.ts';
import type { Operation } from '../checker/history.ts';
import type { FaultEffect } from './availability.ts';
import type { GoalResult } from './goals.ts';
import { medianOf } from './goals.ts';
import type { SetBack } from './set-backs.ts';
import type { RunHistory, Verdict } from './verdict.ts';

/** The report, for people. */
export const renderReport = (history: RunHistory, verdict: Verdict): string[] => [
  '',
  ...operationLines(history.operations),
  '',
  ...faultLines(verdict.effects),
  ...setBackLines(verdict.setBacks),
  '',
  ...anomalyLines(verdict.anomalies),
  ...vanishedLines(verdict.vanished),
  ...failureLines('failure', verdict.failures),
  ...failureLines('unexplained', verdict.unexplained),
  ...late(verdict.effects),
  ...verdict.goals.map(describeGoal),
  describeVerdict(history, verdict),
];

const FAILURES_SHOWN = 20;

const failureLines = (what: string, texts: readonly string[]): string[] => {
  const more = texts.length - FAILURES_SHOWN;
  const shown = texts.slice(0, FAILURES_SHOWN).map((text) => `${what}: ${text}`);
  return more > 0 ? [...shown, `${what}: ${more} more`] : shown;
};

const operationLines = (operations: readonly Operation[]): string[] => {
  const counts = new Map<string, number>();
  const count = (name: string, by: number): void => {
    counts.set(name, (counts.get(name) ?? 0) + by);
  };
  for (const operation of operations) {
    if (operation.f === 'poll') {
      count('poll ok', 1);
      for (const { records } of operation.polled) count('records polled', records.length);
    } else if (operation.f === 'send' && operation.code !== undefined) {
      count(`send ${operation.type}: ${operation.code}`, 1);
    } else count(`${operation.f} ${operation.type}`, 1);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return formatTable(['OPERATION', 'COUNT'], rows);
};

const ms = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value)) : 'no end';

const faultLines = (effects: readonly FaultEffect[]): string[] => {
  const kinds = [...new Set(effects.map(({ fault }) => fault.kind))].sort();
  const rows = kinds.map((kind) => {
    const ofKind = effects.filter(({ fault }) => fault.kind === kind);
    const gaps = ofKind.map(({ longestGapMs }) => longestGapMs).sort((a, b) => a - b);
    const failed = ofKind.reduce((sum, { failedCount }) => sum + failedCount, 0);
    const longest = ofKind.find(({ longestGapMs }) => longestGapMs === gaps.at(-1));
    const bound = longest?.fault.boundMs ?? 0;
    const readers = Math.max(...ofKind.map(({ readersWaitedMs }) => readersWaitedMs));
    const groups = Math.max(...ofKind.map(({ groupsWaitedMs }) => groupsWaitedMs));
    const unavailable = [ms(medianOf(gaps)), ms(gaps.at(-1) ?? 0), ms(bound)];
    return [kind, gaps.length, ...unavailable, failed, ms(readers), ms(groups)];
  });
  const heads = ['FAULT', 'COUNT', 'UNAVAILABLE MS, MEDIAN', 'LONGEST', 'ITS BOUND', 'FAILED'];
  heads.push('READERS WAITED MS', 'GROUPS WAITED MS');
  return formatTable(heads, rows);
};

const setBackLines = (setBacks: readonly SetBack[]): string[] =>
  [...new Set(setBacks.map(({ group }) => group))].map((group) => {
    const own = setBacks.filter((it) => it.group === group);
    const sumMs = own.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const why = 'its coordinator moved on before it could gather anew';
    return `set back: group ${group} ${own.length} times, ${ms(sumMs)} ms in all: ${why}`;
  });

const anomalyLines = (anomalies: readonly Anomaly[]): string[] => {
  const byKind = new Map<string, Anomaly[]>();
  for (const anomaly of anomalies) {
    byKind.set(anomaly.kind, [...(byKind.get(anomaly.kind) ?? []), anomaly]);
  }
  return [...byKind].map(([kind, found]) => {
    const [smallest] = [...found].sort((a, b) => a.detail.length - b.detail.length);
    return `${kind}: ${found.length}, such as ${smallest === undefined ? '-' : describeAnomaly(smallest)}`;
  });
};

const vanishedLines = ([first, ...rest]: readonly string[]): string[] =>
  first === undefined
    ? []
    : [`vanished: ${rest.length + 1} acknowledged and not in the log at the end, such as ${first}`];

const late = (effects: readonly FaultEffect[]): string[] =>
  effects
    .filter(({ isWithinBound }) => !isWithinBound)
    .map(({ fault, longestGapMs, key, failedCount }) => {
      const at = `${(fault.startMs / 1000).toFixed(1)} s`;
      const end = fault.wholeMs === undefined ? '; it was never whole again' : '';
      const gap = `${key} without an acknowledgement for ${ms(longestGapMs)} ms`;
      const failed = fault.failsNoSend === true ? `, ${failedCount} failed and none may` : '';
      const what = `${fault.kind} at ${at} (${fault.detail})`;
      return `late: ${what}: ${gap}, bound ${fault.boundMs}${failed}${end}`;
    });

const describeGoal = ({ kind, count, medianMs, longestMs, goal, isMet }: GoalResult): string => {
  const median = goal.medianMs === undefined ? '' : ` (under ${goal.medianMs})`;
  const figures = `median ${ms(medianMs)}${median}, longest ${ms(longestMs)} (under ${goal.longestMs})`;
  return `goal ${isMet ? 'met' : 'MISSED'}: ${kind}, ${count} times, ms: ${figures}`;
};

const describeVerdict = ({ settings, operations }: RunHistory, verdict: Verdict): string => {
  const { seed, shape, disk, durability, network } = settings;
  const run = `seed ${seed}, shape ${shape}, ${disk} disk, ${durability}, network: ${network}`;
  if (verdict.isGood) return `GOOD: nothing acknowledged was lost, doubled or turned (${run})`;
  const acknowledged = operations.filter(({ f, type }) => f === 'send' && type === 'ok').length;
  const wrong = `${verdict.anomalies.length} anomalies, ${verdict.vanished.length} vanished`;
  return `FAILED: ${wrong} of ${acknowledged} acknowledged (${run})`;
};
