import type { Admin } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';

/** What a fault may use. */
export interface FaultContext {
  readonly cluster: ChaosCluster;
  readonly admin: Admin;
  readonly random: SeededRandom;
  readonly onFailure: (text: string) => void;
}

/** What a fault did, once it has healed again. */
export interface FaultDone {
  readonly detail: string;
  /**
   * The longest time without an acknowledgement that one partition may have had. On an idle
   * machine a third of it is the rule; the rest is for one that is shared.
   */
  readonly boundMs: number;
}

export type Fault = (context: FaultContext) => Promise<FaultDone>;
