import { decideAlterBalance } from '../../../../src/controller/balance/alter-balance.ts';
import { balanceRequest } from '../../../../src/controller/balance/image-request.ts';
import { planBalance } from '../../../../src/controller/balance/plan-balance.ts';
import { decideBalanceSteps } from '../../../../src/controller/balance/steps.ts';
import { decideDecommissionSteps } from '../../../../src/controller/decommission.ts';
import { decideAlterPartition } from '../../../../src/controller/isr.ts';
import { decideReassignmentSteps } from '../../../../src/controller/reassignment.ts';
import { CORDON_KEY, DECOMMISSION_KEY } from '../../../../src/metadata/broker-configs.ts';
import { isUsableBroker } from '../../../../src/metadata/image.ts';
import { configRecord } from '../../../../src/metadata/records.ts';
import { TestCluster } from '../fixtures.ts';

/** A cluster on which topic `t` is balanced and healed. */
export class BalanceCluster extends TestCluster {
  static of(brokerCount: number, replicas: readonly (readonly number[])[]): BalanceCluster {
    const cluster = new BalanceCluster();
    cluster.context = { isAutoBalanced: true };
    for (let brokerId = 1; brokerId <= brokerCount; brokerId += 1) cluster.start(brokerId);
    cluster.createTopic('t', replicas);
    return cluster;
  }

  /** A broker comes back as a new process. */
  restart(brokerId: number): void {
    this.start(brokerId, { incarnationId: `run-${brokerId}-${this.image.index}` });
  }

  /** It takes no more replicas. */
  cordon(brokerId: number): void {
    this.#configure(brokerId, CORDON_KEY, '*');
  }

  /** It is to lose all that it has; see `leave`. */
  decommission(brokerId: number): void {
    this.#configure(brokerId, DECOMMISSION_KEY, 'true');
  }

  /** One look of the controller at brokers that are decommissioned. */
  leave(movesInFlightMax = 10): void {
    this.run(decideDecommissionSteps(this.image, movesInFlightMax, this.context));
  }

  balance(apply: boolean): number {
    return this.run(decideAlterBalance(this.image, apply, this.context)).cancelledCount;
  }

  /** One look of the controller, with a plan of this moment. */
  step(
    by: { away?: readonly number[]; isHealing?: boolean; movesInFlightMax?: number } = {},
  ): void {
    const { away = [], isHealing = true, movesInFlightMax = 10 } = by;
    const sizes = new Map<string, number>();
    const { moves } = planBalance(balanceRequest(this.image, { scope: 'all', sizes }));
    const { context } = this;
    const facts = { away: new Set(away), isHealing, sizes, moves, isPlanNew: true };
    this.run(decideBalanceSteps(this.image, { ...facts, movesInFlightMax, context }));
  }

  /** These, or all in service, get in sync; moves go as far as they can. */
  catchUp(isMeant: (brokerId: number) => boolean = () => true): void {
    for (const ref of this.refs()) this.#join(ref.partition, isMeant);
    const context = { ...this.context, isSettled: () => true };
    for (const _ of [1, 2]) this.run(decideReassignmentSteps(this.image, this.refs(), context));
  }

  /** Replicas of each broker from 1 on. */
  counts(): number[] {
    const all = this.refs().flatMap(({ partition }) => this.partition('t', partition).replicas);
    return [...this.image.brokers.keys()]
      .sort((a, b) => a - b)
      .map((id) => all.filter((replica) => replica === id).length);
  }

  movingCount(): number {
    return this.refs().filter(
      ({ partition }) => this.partition('t', partition).addingReplicas.length > 0,
    ).length;
  }

  refs(): { topicId: string; partition: number }[] {
    const { length } = this.image.topics.get('id-t')?.partitions ?? [];
    return Array.from({ length }, (_, partition) => ({ topicId: 'id-t', partition }));
  }

  #configure(brokerId: number, key: string, value: string): void {
    const record = configRecord({ type: 'broker', name: String(brokerId) }, key, value);
    this.run({ records: [record], respond: () => undefined });
  }

  #join(partition: number, isMeant: (brokerId: number) => boolean): void {
    const registration = this.partition('t', partition);
    const { leader, leaderEpoch, partitionEpoch, replicas, isr } = registration;
    const members = replicas.filter(
      (id) => isr.includes(id) || (isUsableBroker(this.image, id) && isMeant(id)),
    );
    if (members.length === isr.length) return;
    const newIsr = members.map((id) => ({ brokerId: id, brokerEpoch: this.epochOf(id) }));
    const item = { topicId: 'id-t', partition, leaderEpoch, partitionEpoch, newIsr };
    const by = { brokerId: leader, brokerEpoch: this.epochOf(leader), partitions: [item] };
    this.run(decideAlterPartition(this.image, by, this.context));
  }
}
