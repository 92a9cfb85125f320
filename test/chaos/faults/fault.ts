import type { Admin } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import type { Recorder } from '../load/recorder.ts';
import type { FaultDone } from './fault-record.ts';

/** What a fault may use. */
export interface FaultContext {
  readonly cluster: ChaosCluster;
  readonly admin: Admin;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  readonly onFailure: (text: string) => void;
}

export type Fault = (context: FaultContext) => Promise<FaultDone>;
