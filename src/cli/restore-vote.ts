import { resolveConfig } from '../app/config.ts';
import { restoreVote } from '../app/restore-vote.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { levelStores } from '../platform/level-store.ts';
import { environment, writeOut } from '../platform/process.ts';
import { readConfigFile } from './config-file.ts';

export interface RestoreVoteVerb {
  readonly config: string;
  readonly X?: readonly string[];
  readonly acceptLoss?: boolean;
  readonly json?: boolean;
}

export const runRestoreVote = async (options: RestoreVoteVerb): Promise<void> => {
  const disk = new FileDisk();
  const config = resolveConfig({
    file: readConfigFile(disk, options.config),
    environment: environment(),
    overrides: options.X ?? [],
  });
  const given = await restoreVote({ disk, stores: levelStores }, config, {
    acceptsLoss: options.acceptLoss ?? false,
  });
  if (options.json === true) {
    await writeOut(`${JSON.stringify({ nodeId: config.nodeId, ...given })}\n`);
    return;
  }
  const text = given.isNew
    ? `node ${config.nodeId} has its vote back, with the metadata log up to entry ${given.lastIndex}`
    : `node ${config.nodeId} has its vote: nothing to do`;
  await writeOut(`${text}\n`);
};
