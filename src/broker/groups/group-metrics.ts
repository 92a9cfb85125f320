import type { Counter, Histogram, Labels, Meter, Sample } from '../../env/meter.ts';
import type { HostedGroup } from './hosted-group.ts';
import type { GroupEffect, GroupState } from './types.ts';

const LOAD_BUCKETS_MS = [1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 60_000];
const MANAGER = 'kafka_coordinator_group_groupmetadatamanager';
const COORDINATOR = 'kafka_server_group_coordinator_metrics';

const STATES: readonly (readonly [state: GroupState, name: string])[] = [
  ['preparingRebalance', 'preparingrebalance'],
  ['completingRebalance', 'completingrebalance'],
  ['stable', 'stable'],
  ['empty', 'empty'],
];

/** What the coordinator of groups counts, by the names that Kafka's operators know. */
export class GroupMetrics {
  readonly offsetCommits: Counter;
  readonly offsetDeletions: Counter;
  readonly offsetExpirations: Counter;
  readonly completedRebalances: Counter;
  readonly loadMs: Histogram;
  readonly #states = new WeakMap<HostedGroup, GroupState>();

  constructor(meter: Meter, groups: () => Iterable<HostedGroup>) {
    const counter = (name: string, help: string): Counter =>
      meter.counter({ name: `${COORDINATOR}_${name}_count`, help });
    this.offsetCommits = counter('offset_commit', 'Partitions whose offset was committed');
    this.offsetDeletions = counter('offset_deletion', 'Offsets deleted on request');
    this.offsetExpirations = counter('offset_expiration', 'Offsets whose time was over');
    this.completedRebalances = counter('group_completed_rebalance', 'Generations with members');
    this.loadMs = meter.histogram({
      name: `${COORDINATOR}_partition_load_time`,
      help: 'Milliseconds until the groups of a partition were loaded',
      buckets: LOAD_BUCKETS_MS,
    });
    registerGauges(meter, () => [...groups()]);
  }

  onState(group: HostedGroup): void {
    const { state } = group.core;
    const before = this.#states.get(group);
    if (state === before) return;
    this.#states.set(group, state);
    if (state === 'stable' && before === 'completingRebalance') this.completedRebalances.add(1);
  }

  onExpired(effects: readonly GroupEffect[]): void {
    const records = effects.flatMap((effect) => (effect.kind === 'write' ? effect.records : []));
    const count = records.filter(({ kind }) => kind === 'offset').length;
    if (count > 0) this.offsetExpirations.add(count);
  }
}

const registerGauges = (meter: Meter, groups: () => readonly HostedGroup[]): void => {
  const single = (name: string, help: string, value: () => number): void =>
    meter.gauge({ name: `${MANAGER}_${name}`, help }, () => [{ value: value() }]);
  single('numgroups', 'Groups coordinated here', () => groups().length);
  for (const [state, name] of STATES) {
    single(
      `numgroups${name}`,
      `Groups coordinated here that are ${state}`,
      () => groups().filter(({ core }) => core.state === state).length,
    );
  }
  single('numoffsets', 'Offsets committed to groups coordinated here', () =>
    groups().reduce((sum, { core }) => sum + [...core.allCommitted()].length, 0),
  );
  meter.gauge(
    {
      name: 'kafka_consumergroup_members',
      help: 'Members of a group',
      labelNames: ['consumergroup'],
    },
    () => groups().map(({ core }) => ({ value: core.members.length, labels: labelsOf(core) })),
  );
  meter.gauge(
    {
      name: 'kafka_consumergroup_current_offset',
      help: 'What a group has committed of a partition',
      labelNames: ['consumergroup', 'topic', 'partition'],
    },
    () => groups().flatMap(offsetSamples),
  );
  meter.gauge(
    {
      name: 'kafka_consumergroup_current_offset_sum',
      help: 'What a group has committed of the partitions of a topic, together',
      labelNames: ['consumergroup', 'topic'],
    },
    () => groups().flatMap(offsetSumSamples),
  );
};

const labelsOf = ({ groupId }: { readonly groupId: string }): Labels => ({
  consumergroup: groupId,
});

const offsetSamples = ({ core }: HostedGroup): Sample[] =>
  [...core.allCommitted()].map(({ topic, partition, value }) => ({
    value: value.offset,
    labels: { ...labelsOf(core), topic, partition: String(partition) },
  }));

const offsetSumSamples = ({ core }: HostedGroup): Sample[] => {
  const sums = new Map<string, number>();
  for (const { topic, value } of core.allCommitted()) {
    sums.set(topic, (sums.get(topic) ?? 0) + value.offset);
  }
  return [...sums].map(([topic, value]) => ({ value, labels: { ...labelsOf(core), topic } }));
};
