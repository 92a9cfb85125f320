import { resolveConfig } from '../app/config.ts';
import { formatDirectory } from '../app/format.ts';
import { OttlaError } from '../base/errors.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { environment, writeOut } from '../platform/process.ts';
import { systemRandom } from '../platform/system-random.ts';
import { initialiseRaftStore } from '../raft/raft-store.ts';
import { readConfigFile } from './config-file.ts';

export interface FormatVerb {
  readonly config: string;
  readonly X?: readonly string[];
  readonly clusterId?: string;
  readonly ignoreFormatted?: boolean;
  readonly rejoin?: boolean;
  readonly json?: boolean;
}

export const runFormat = async (options: FormatVerb): Promise<void> => {
  const disk = new FileDisk();
  const config = resolveConfig({
    file: readConfigFile(disk, options.config),
    environment: environment(),
    overrides: options.X ?? [],
  });
  if (options.rejoin === true && options.clusterId === undefined) {
    throw new OttlaError(
      'CONFIG',
      "--rejoin needs the cluster's id: name it with --cluster-id, as meta.json of another node has it",
    );
  }
  const { identity, isNew } = await formatDirectory(
    {
      disk,
      random: systemRandom,
      // Only controllers vote: the directory of another node must never look as if it could. One
      // that has lost what it promised could vote a second time, for a shorter log: a new directory
      // votes only once the quorum has taken it for the voter that it is.
      initialiseRaft: async (directory, directoryId) => {
        const isNewcomer = options.rejoin === true;
        const store = { isNewcomer, directoryId };
        if (config.isController) await initialiseRaftStore(disk, directory, store);
      },
    },
    {
      logDir: config.logDir,
      nodeId: config.nodeId,
      ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
      ignoreFormatted: options.ignoreFormatted ?? false,
    },
  );
  if (options.json === true) {
    await writeOut(`${JSON.stringify({ ...identity, isNew })}\n`);
    return;
  }
  const verb = isNew ? 'formatted' : 'was formatted already';
  await writeOut(
    `${config.logDir} ${verb} for node ${identity.nodeId} of cluster ${identity.clusterId}\n`,
  );
};
