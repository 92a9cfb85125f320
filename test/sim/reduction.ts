import type { Plan, TopicPlan } from './plan.ts';
import { planOf } from './plan.ts';
import type { ClusterShape } from './world/cluster-config.ts';

/** What is left of a plan once all that a failure does not need is gone; undefined: all of it. */
export interface Reduction {
  /** These faults only, by their place in the plan. */
  readonly faults?: readonly number[];
  /** The first so many brokers, controllers and topics, and so on. */
  readonly brokers?: number;
  readonly controllers?: number;
  readonly topics?: number;
  readonly producers?: number;
  readonly readers?: number;
  readonly groups?: number;
  /** No producer sends once so many records were sent, all producers together. */
  readonly records?: number;
}

/** One run, in the form in which it is printed, and given to `make sim SEED=`. */
export interface ReducedSeed {
  readonly seed: number;
  readonly reduction: Reduction;
}

const COUNTS = [
  'brokers',
  'controllers',
  'topics',
  'producers',
  'readers',
  'groups',
  'records',
] as const;

/** As `16/faults:3,7/brokers:2`; a plain `16` is the whole plan. */
export const describeReduced = ({ seed, reduction }: ReducedSeed): string => {
  const { faults } = reduction;
  const counts = COUNTS.flatMap((name) => {
    const count = reduction[name];
    return count === undefined ? [] : [`${name}:${count}`];
  });
  const kept = faults === undefined ? [] : [`faults:${faults.join(',')}`];
  return [String(seed), ...kept, ...counts].join('/');
};

/** The inverse. Throws, in one line, where the text is not of that form. */
export const parseReduced = (text: string): ReducedSeed => {
  const [seed = '', ...parts] = text.split('/');
  const reduction = Object.fromEntries(parts.map((part) => parsePart(text, part)));
  return { seed: wholeNumber(text, seed), reduction };
};

const parsePart = (text: string, part: string): [string, number | number[]] => {
  const [name = '', value] = part.split(':');
  if (value === undefined) throw malformed(text);
  if (name === 'faults') {
    return [name, value === '' ? [] : value.split(',').map((id) => wholeNumber(text, id))];
  }
  if (COUNTS.some((known) => known === name)) return [name, wholeNumber(text, value)];
  throw malformed(text);
};

const wholeNumber = (text: string, digits: string): number => {
  if (/^\d+$/.test(digits)) return Number(digits);
  throw malformed(text);
};

const malformed = (text: string): Error =>
  new Error(
    `'${text}' names no run: give a seed, as 16, or a reduced one, as 16/faults:3,7/brokers:2`,
  );

/** The plan of the seed without what the reduction leaves out. Every draw of a fault stays as it was. */
export const planOfReduced = ({ seed, reduction }: ReducedSeed): Plan =>
  reduce(planOf(seed), reduction);

export const reduce = (plan: Plan, reduction: Reduction): Plan => {
  const { faults, producers, readers, groups, records } = reduction;
  const { workload } = plan;
  const shape = reduceShape(plan.shape, reduction);
  const isWhole = Object.keys(reduction).length === 0;
  return {
    ...plan,
    shape,
    topics: reduceTopics(plan.topics, shape, reduction),
    faults:
      faults === undefined ? plan.faults : plan.faults.filter(({ id }) => faults.includes(id)),
    workload: {
      ...workload,
      producerCount: Math.min(producers ?? workload.producerCount, workload.producerCount),
      readerCount: Math.min(readers ?? workload.readerCount, workload.readerCount),
      groups: workload.groups.slice(0, groups),
      ...(records !== undefined && { maxRecords: records }),
    },
    leastAcknowledged: isWhole ? plan.leastAcknowledged : 0,
  };
};

const reduceShape = (shape: ClusterShape, { brokers, controllers }: Reduction): ClusterShape => ({
  brokers: shape.brokers.slice(0, brokers),
  controllers: shape.controllers.slice(0, controllers),
  ...(shape.spares === undefined ? {} : { spares: shape.spares }),
});

/** Fewer brokers hold fewer replicas: a topic must not ask for more of them. */
const reduceTopics = (
  topics: readonly TopicPlan[],
  { brokers }: ClusterShape,
  { topics: count }: Reduction,
): TopicPlan[] =>
  topics.slice(0, count).map((topic) => {
    const minimum = Math.min(Number(topic.configs['min.insync.replicas'] ?? 1), brokers.length);
    return { ...topic, configs: { ...topic.configs, 'min.insync.replicas': String(minimum) } };
  });
