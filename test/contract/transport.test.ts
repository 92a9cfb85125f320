import { SystemClock } from '../../src/platform/system-clock.ts';
import { MemoryNetwork } from '../support/memory-transport.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { transportContract } from './transport.contract.ts';

transportContract('a network in memory', async () => {
  const network = new MemoryNetwork({ clock: new SystemClock(), random: new SeededRandom(7) });
  return {
    server: network.transportFor('server'),
    client: network.transportFor('client'),
    host: 'memory',
    deadAddress: 'memory:1',
  };
});
