import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printLine } from './output.ts';

export const run = (verb: 'add' | 'remove', nodeId: number, options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { quorum } = client.admin();
    const { isChanged, voters } =
      verb === 'add' ? await quorum.addController(nodeId) : await quorum.removeController(nodeId);
    if (options.json === true) return await printJson({ isChanged, voters });
    const state = verb === 'add' ? 'a voter' : 'no voter';
    const ids = voters.map((voter) => voter.nodeId).toSorted((a, b) => a - b);
    const since = isChanged ? 'now' : 'already';
    await printLine(`controller ${nodeId} is ${state} ${since}; voters: ${ids.join(', ')}`);
  });
