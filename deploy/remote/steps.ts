import type { HostPlan } from './plan.ts';
import type { DeployRequest } from './request.ts';

/** Something done on a host by its shell. Each may be done again after it was cut short. */
export interface Step {
  readonly title: string;
  readonly script: string;
  /** Bytes for its standard input, and what they are. */
  readonly input?: { readonly name: string; readonly read: () => Promise<Uint8Array | string> };
}

/** Of the node's own user, where one is to be had. */
const USER = 'ottla';
const AS_USER = `setpriv --reuid=${USER} --regid=${USER} --init-groups `;
const END_OF_FILE = 'END_OF_CONFIGURATION';

type Archive = () => Promise<Uint8Array>;

const lines = (...all: readonly (string | undefined)[]): string =>
  all.filter((line) => line !== undefined).join('\n');

/**
 * Puts program, configuration and a formatted directory there; what runs is not touched. A release
 * or a version appears under its name in one step, when it is whole.
 */
export const prepareSteps = (plan: HostPlan, request: DeployRequest, archive: Archive): Step[] => {
  const { facts, version, format } = plan;
  const hasRelease = facts.releases.includes(version.release);
  const hasVersion = facts.versions.includes(version.id);
  const hasFurther = request.furtherDirectories.length > 0;
  return [
    ...(hasVersion && format === 'none' ? [] : [directories(plan, request)]),
    ...(hasRelease ? [] : [release(plan, request, archive)]),
    ...(hasVersion ? [] : [configuration(plan, request), runner(plan, request)]),
    // A directory that was added is formatted, and those that are there stay as they are.
    ...(format === 'none' && !(hasFurther && !hasVersion) ? [] : [formatting(plan, request)]),
  ];
};

const directories = ({ facts }: HostPlan, request: DeployRequest): Step => {
  const { directory, dataDirectory } = request;
  const useradd = `useradd --system --user-group --no-create-home --home-dir ${dataDirectory}`;
  return {
    title: facts.isRoot ? `user ${USER}, and directories` : 'directories',
    script: lines(
      facts.isRoot
        ? `id ${USER} >/dev/null 2>&1 || ${useradd} --shell /usr/sbin/nologin ${USER}`
        : undefined,
      `mkdir -p ${directory}/releases ${directory}/versions ${dataDirectory}`,
      facts.isRoot ? `chown ${USER}:${USER} ${dataDirectory}` : undefined,
      `chmod 0750 ${dataDirectory}`,
      ...request.furtherDirectories.map((path) => furtherDirectory(path, facts.isRoot)),
    ),
  };
};

/** One that is there stays untouched: its disk may have failed, and the node runs without. */
const furtherDirectory = (path: string, isRoot: boolean): string =>
  isRoot
    ? `[ "$(stat -c %U ${path} 2>/dev/null)" = ${USER} ] || ` +
      `{ mkdir -p ${path}; chown ${USER}:${USER} ${path}; chmod 0750 ${path}; }`
    : `[ -d ${path} ] || { mkdir -p ${path}; chmod 0750 ${path}; }`;

const release = ({ version }: HostPlan, { directory }: DeployRequest, read: Archive): Step => {
  const target = `${directory}/releases/${version.release}`;
  const partial = `${directory}/releases/.partial`;
  return {
    title: `program ${version.release} with its packages`,
    script: lines(
      `rm -rf ${partial} && mkdir ${partial}`,
      `tar -xzf - -C ${partial} --no-same-owner`,
      `chmod -R a+rX ${partial}`,
      // On disk before it has its name: after a power cut it is whole, or sent again.
      'sync',
      `mv -T ${partial} ${target}`,
    ),
    input: { name: 'the bundle', read },
  };
};

const pathOf = ({ version }: HostPlan, { directory }: DeployRequest): string =>
  `${directory}/versions/${version.id}`;

const configuration = (plan: HostPlan, request: DeployRequest): Step => {
  const { release: name, config } = plan.version;
  const partial = `${request.directory}/versions/.partial`;
  return {
    title: 'configuration',
    script: lines(
      `rm -rf ${partial} && mkdir ${partial}`,
      `ln -s ../../releases/${name} ${partial}/program`,
      `cat >${partial}/server.properties <<'${END_OF_FILE}'`,
      config.trimEnd(),
      END_OF_FILE,
    ),
  };
};

const runner = (plan: HostPlan, request: DeployRequest): Step => {
  const { file, text } = plan.version.runner;
  const partial = `${request.directory}/versions/.partial`;
  return {
    title: file,
    script: lines(
      `cat >${partial}/${file}`,
      `chmod -R a+rX ${partial}`,
      'sync',
      `mv -T ${partial} ${pathOf(plan, request)}`,
    ),
    input: { name: `${file} with the paths of this host`, read: async () => text },
  };
};

const formatting = (plan: HostPlan, request: DeployRequest): Step => {
  const { facts, clusterId, format, place } = plan;
  const at = pathOf(plan, request);
  const words = `format --config ${at}/server.properties --cluster-id ${clusterId}`;
  return {
    title:
      format === 'rejoin'
        ? `an empty directory for node ${place.node.nodeId}, whose data is lost`
        : `${directoryWords(request)} for node ${place.node.nodeId} of cluster ${clusterId}`,
    script: lines(
      `cd ${at}`,
      `${facts.isRoot ? AS_USER : ''}${facts.nodePath} program/bin/ottla ${words} ` +
        (format === 'rejoin' ? '--rejoin' : '--ignore-formatted'),
    ),
  };
};

const directoryWords = ({ furtherDirectories }: DeployRequest): string =>
  furtherDirectories.length === 0 ? 'a directory' : `${furtherDirectories.length + 1} directories`;

/** Lets a version run: that of the plan, in place of what runs. */
export const activationStep = (plan: HostPlan, request: DeployRequest): Step => {
  const { facts, version, clusterId, place } = plan;
  const { directory } = request;
  const isNew = facts.current !== version.id;
  return {
    title: facts.running === null ? 'start' : 'restart',
    script: lines(
      `cd ${directory}`,
      // On disk before the node can vote: from then on lost data is never taken for a new directory.
      facts.started === null
        ? `echo '${place.node.nodeId} ${clusterId}' >started.new && mv started.new started && sync`
        : undefined,
      isNew && facts.current !== null ? 'ln -sfn "$(readlink current)" previous' : undefined,
      isNew ? `ln -sfn versions/${version.id} current.new && mv -T current.new current` : undefined,
      ...restart(plan, request),
    ),
  };
};

/** Back to the version that ran before. */
export const returnStep = (plan: HostPlan, request: DeployRequest): Step => ({
  title: `return to ${plan.facts.current}`,
  script: lines(
    `cd ${request.directory}`,
    'ln -sfn "$(readlink previous)" current.new && mv -T current.new current',
    ...restart(plan, request),
  ),
});

const restart = ({ facts }: HostPlan, { directory }: DeployRequest): string[] =>
  facts.usesSystemd
    ? [
        'cp current/ottla.service /etc/systemd/system/ottla.service',
        'systemctl daemon-reload',
        'systemctl reset-failed ottla 2>/dev/null || true',
        'systemctl enable --quiet ottla',
        'systemctl restart ottla',
      ]
    : [`sh ${directory}/current/run.sh restart`];

/** Removes what neither the current nor the previous version needs. */
export const pruneStep = (request: DeployRequest): Step => ({
  title: 'remove what is not used any more',
  script: lines(
    `cd ${request.directory}`,
    'keep=" $(readlink current) $(readlink previous || true) "',
    'for it in versions/*; do case "$keep" in *" $it "*) ;; *) rm -rf "$it" ;; esac; done',
    'used=" $(for it in versions/*; do readlink "$it/program"; done | tr "\\n" " ") "',
    'for it in releases/*; do case "$used" in *" ../../$it "*) ;; *) rm -rf "$it" ;; esac; done',
  ),
});
