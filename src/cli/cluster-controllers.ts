import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printLine } from './output.ts';

type Verb = 'add' | 'remove';

interface ControllerVerb extends ClusterVerb {
  /** Of `remove`: the voter with this directory, and no other. */
  readonly directoryId?: string;
}

export const run = (verb: Verb, nodeId: number, options: ControllerVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { quorum } = client.admin();
    const { directoryId } = options;
    const which = directoryId === undefined ? {} : { directoryId };
    const { isChanged, voters } =
      verb === 'add'
        ? await quorum.addController(nodeId)
        : await quorum.removeController(nodeId, which);
    if (options.json === true) return await printJson({ isChanged, voters });
    const ids = voters.map((voter) => voter.nodeId).toSorted((a, b) => a - b);
    await printLine(`${describeOutcome(verb, nodeId, isChanged)}; voters: ${ids.join(', ')}`);
  });

/** Repeated after a lost answer it is no error; a number that no voter has may be a slip, too. */
export const describeOutcome = (verb: Verb, nodeId: number, isChanged: boolean): string => {
  if (isChanged) return `controller ${nodeId} is ${verb === 'add' ? 'a voter' : 'no voter'} now`;
  return verb === 'add'
    ? `controller ${nodeId} was a voter already: nothing was changed`
    : `no voter has the number ${nodeId}: nothing was changed`;
};
