import { resolveConfig } from '../app/config.ts';
import type { NodeFormatResult } from '../app/format-node.ts';
import { formatNode } from '../app/format-node.ts';
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
  const formatted = await formatNode(
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
      metadataDir: config.metadataDir,
      // A node that is no broker holds no replicas.
      logDirs: config.isBroker ? config.logDirs : [],
      nodeId: config.nodeId,
      ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
      ignoreFormatted: options.ignoreFormatted ?? false,
    },
  );
  await writeOut(options.json === true ? asJson(formatted) : asText(formatted));
};

const asJson = ({ directories: [first, ...further], missing }: NodeFormatResult): string => {
  const others = further.map(({ identity: { directoryId }, path, isNew }) => ({
    path,
    directoryId,
    isNew,
  }));
  const rest = { ...(others.length > 0 ? { further: others } : {}) };
  const lost = missing.length > 0 ? { missing } : {};
  return `${JSON.stringify({ ...first?.identity, isNew: first?.isNew, ...rest, ...lost })}\n`;
};

const asText = ({ directories, missing }: NodeFormatResult): string => {
  const lines = directories.map(({ path, isNew, identity: { nodeId, clusterId } }) => {
    const verb = isNew ? 'formatted' : 'was formatted already';
    return `${path} ${verb} for node ${nodeId} of cluster ${clusterId}`;
  });
  const absent = missing.map(
    (path) =>
      `${path} is left alone: it held replicas and is not there; mount its disk, or give it up ` +
      'by starting once without it in log.dirs',
  );
  return [...lines, ...absent, ''].join('\n');
};
