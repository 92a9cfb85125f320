import { parser } from '@prometheus-io/lezer-promql';

/** What an expression of PromQL names. */
export interface Selected {
  readonly metric: string;
  /** Of its own matchers. */
  readonly labels: readonly string[];
}

export interface Expression {
  readonly selected: readonly Selected[];
  /** In `by`, `on` and their like. */
  readonly grouping: readonly string[];
}

/** Throws where it is no PromQL. */
export const parseExpression = (text: string): Expression => {
  const selected: Array<{ metric: string; labels: string[] }> = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to, node }) => {
      const word = text.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      if (name === 'VectorSelector') selected.push({ metric: '', labels: [] });
      const last = selected.at(-1);
      if (name === 'Identifier' && last !== undefined) last.metric = word;
      if (name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') grouping.push(word);
      else last?.labels.push(word);
    },
  });
  return { selected, grouping };
};

/** The labels of each metric on a page of `/metrics`. */
export const labelsByMetric = (lines: readonly string[]): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, metric, labels = ''] = /^([a-z_][\w:]*)(?:\{(.*)\})? /i.exec(line) ?? [];
    if (metric === undefined) continue;
    const known = found.get(metric) ?? new Set();
    found.set(metric, known);
    for (const [, label = ''] of labels.matchAll(/([a-z_]\w*)="/gi)) known.add(label);
  }
  return found;
};
