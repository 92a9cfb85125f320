import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tempDirs } from '../../support/temp-dir.ts';
import { LocalCluster, until } from '../app/local-cluster.ts';
import { labelsByMetric, parseExpression } from './expressions.ts';

/** What Prometheus adds to every sample that it scrapes. */
const SCRAPED: readonly string[] = ['instance', 'job'];

interface RuleFile {
  readonly groups: ReadonlyArray<{
    readonly rules: ReadonlyArray<{ readonly alert: string; readonly expr: string }>;
  }>;
}

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly title: string;
    readonly targets: ReadonlyArray<{ readonly expr: string }>;
  }>;
  readonly templating: { readonly list: ReadonlyArray<{ readonly definition?: string }> };
}

const read = (path: string): string =>
  readFileSync(new URL(`../../../deploy/${path}`, import.meta.url), 'utf8');

const rules = (parse(read('prometheus/ottla-alerts.yml')) as RuleFile).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(read('grafana/ottla-backlog.json')) as Dashboard;

/** As Grafana fills it in. */
const filled = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(group|topic)/g, '.*');

const expressions: ReadonlyArray<readonly [where: string, expr: string]> = [
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`panel ${title}`, filled(expr)] as const),
  ),
];

const makeTempDir = tempDirs();
let cluster: LocalCluster;
let shown: Map<string, Set<string>>;

/** A live node that has been written to and read in a group. */
beforeAll(async () => {
  cluster = await LocalCluster.start(makeTempDir(), 1, ['group.lag.metrics.interval.ms=100']);
  const { client } = cluster;
  await client.admin().createTopic({ name: 't', partitions: 1 });
  const producer = client.producer();
  await producer.send({ topic: 't', value: 'v' });
  await client.admin().groups.resetOffsets('g', { topics: ['t'], to: 'earliest' });
  await until(async () => {
    shown = labelsByMetric(await cluster.samples());
    return shown.has('kafka_consumergroup_group_lag_seconds');
  });
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

describe('an expression', () => {
  it.each([
    ['sum(', /no PromQL/],
    ['rate(a_total)) > 1', /no PromQL/],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => parseExpression(text)).toThrow(message);
  });

  it('tells the metrics and labels that it uses', () => {
    const found = parseExpression('sum by (x, y) (rate(a{b="c",d=~"e"}[5m])) > 0 and f');

    expect(found).toEqual({
      selected: [
        { metric: 'a', labels: ['b', 'd'] },
        { metric: 'f', labels: [] },
      ],
      grouping: ['x', 'y'],
    });
  });
});

describe('what is shipped for Prometheus and Grafana', () => {
  it.each(expressions)('uses metrics and labels that a live node has: %s', (_, expr) => {
    const { selected, grouping } = parseExpression(expr);

    expect(selected.length).toBeGreaterThan(0);
    for (const { metric, labels } of selected) {
      expect(shown.has(metric), metric).toBe(true);
      const known = [...(shown.get(metric) ?? []), ...SCRAPED];
      expect(known).toEqual(expect.arrayContaining([...labels, ...grouping]));
    }
  });

  it('lets choose among values of labels that a live node has', () => {
    const queries = dashboard.templating.list.flatMap(({ definition = [] }) => definition);

    const chosen = queries.map((query) => /label_values\((\w+), (\w+)\)/.exec(query) ?? []);

    expect(chosen.length).toBe(2);
    for (const [, metric = '', label = ''] of chosen) expect(shown.get(metric)).toContain(label);
  });

  it('tells every alert by a name of its own', () => {
    const names = rules.map(({ alert }) => alert);

    expect(new Set(names).size).toBe(names.length);
  });
});
