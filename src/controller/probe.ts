import { OttlaError } from '../base/errors.ts';
import type { Transport } from '../env/transport.ts';
import { ReplicaService } from '../gen/ottla.ts';
import type { BrokerRegistration } from '../metadata/image.ts';

/**
 * `dead`: nothing listens there any more, or another process does. `unknown`: no answer in time,
 * which a broker that is only slow gives as well; its session decides.
 */
export type ProbeVerdict = 'alive' | 'dead' | 'unknown';

export interface ProbeOptions {
  readonly transport: Transport;
  readonly deadlineMs: number;
}

/**
 * Asks a broker for its identity. A connection that breaks, or that broke before and is not there
 * again yet, says nothing of the process behind it: the question is put once more, over one made
 * for it, which is refused where nothing listens. Never rejects.
 */
export const probeBroker = async (
  broker: BrokerRegistration,
  options: ProbeOptions,
): Promise<ProbeVerdict> => {
  const first = await ask(broker, options, { isConnectionNew: false });
  const answer = first === 'broken' ? await ask(broker, options, { isConnectionNew: true }) : first;
  return answer === 'broken' ? 'dead' : answer;
};

const ask = async (
  broker: BrokerRegistration,
  { transport, deadlineMs }: ProbeOptions,
  { isConnectionNew }: { readonly isConnectionNew: boolean },
): Promise<ProbeVerdict | 'broken'> => {
  try {
    const answer = await transport.call(broker.peerAddress, ReplicaService.ping, {
      request: { brokerId: broker.brokerId },
      deadlineMs,
      lane: 'control',
      isConnectionNew,
    });
    const isSame =
      answer.brokerId === broker.brokerId && answer.incarnationId === broker.incarnationId;
    return isSame ? 'alive' : 'dead';
  } catch (error) {
    const isBroken = error instanceof OttlaError && error.code === 'NETWORK_EXCEPTION';
    return isBroken ? 'broken' : 'unknown';
  }
};
