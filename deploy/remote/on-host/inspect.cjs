// Tells what is on a host, as JSON; changes nothing. It is given to the host's own `node` on its
// standard input, whatever version that is: hence the plain language. Its one word is the question,
// in JSON: { directory, dataDirectory, listeners: { NAME: 'host:port' } }.

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const READY_TIMEOUT_MS = 1000;
/** How a listener on every address is reached from the same host. */
const LOCAL = { '0.0.0.0': '127.0.0.1', '::': '::1' };

const question = JSON.parse(process.argv[2]);
const home = question.directory;

const read = (name) => {
  try {
    return fs.readFileSync(name, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ESRCH') return null;
    throw error;
  }
};

const list = (name) => {
  try {
    return fs.readdirSync(name);
  } catch {
    return [];
  }
};

const linkOf = (name) => {
  try {
    return path.basename(fs.readlinkSync(name));
  } catch {
    return null;
  }
};

const run = (program, words) => {
  try {
    return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
};

/** The nearest directory that is there, and may not be written to. */
const unwritable = (name) => {
  let at = name;
  while (!fs.existsSync(at)) at = path.dirname(at);
  try {
    fs.accessSync(at, fs.constants.W_OK);
    return null;
  } catch {
    return at;
  }
};

const identity = () => {
  const text = read(path.join(question.dataDirectory, 'meta.json'));
  if (text === null) return null;
  try {
    const meta = JSON.parse(text);
    return { nodeId: meta.nodeId, clusterId: meta.clusterId };
  } catch {
    return { nodeId: 0, clusterId: 'damaged' };
  }
};

const started = () => {
  const text = read(path.join(home, 'started'));
  if (text === null) return null;
  const words = text.trim().split(' ');
  return { nodeId: Number(words[0]), clusterId: words[1] };
};

const isRoot = process.getuid ? process.getuid() === 0 : false;
/** Only root may install a unit. */
const usesSystemd = isRoot && fs.existsSync('/run/systemd/system');

const systemdProperty = (name) => {
  const text = run('systemctl', ['show', '--property', name, '--value', 'ottla']);
  return text === null ? 0 : Number(text.trim()) || 0;
};

/** The process of the node; its working directory is the version that it runs. */
const running = () => {
  const pid = usesSystemd
    ? systemdProperty('MainPID')
    : Number(read(path.join(home, 'node.pid')) || 0);
  if (!(pid > 0)) return null;
  const command = read(`/proc/${pid}/cmdline`);
  if (command === null || !command.includes(`${home}/current/server.properties`)) return null;
  return { pid, version: linkOf(`/proc/${pid}/cwd`) };
};

/** How often the node ended by itself since it was started. */
const hasFailed = () =>
  usesSystemd ? systemdProperty('NRestarts') > 0 : read(path.join(home, 'failed')) !== null;

/** The last line that the node wrote. */
const lastWords = () => {
  const text = usesSystemd
    ? run('journalctl', ['-u', 'ottla', '_COMM=node', '-n', '1', '-o', 'cat', '--no-pager'])
    : read(path.join(home, 'log'));
  const lines = (text || '').trimEnd().split('\n');
  return lines.filter((line) => !line.startsWith('run.sh: ')).pop() || '';
};

const split = (address) => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: address.slice(colon + 1) };
};

/** Undefined where a listener can be opened, else the code of the error. */
const tryListener = (address) =>
  new Promise((resolve) => {
    const { host, port } = split(address);
    const server = net.createServer();
    server.on('error', (error) => resolve(error.code));
    server.listen(Number(port), host, () => server.close(() => resolve(undefined)));
  });

const refusedListeners = async () => {
  const refused = {};
  for (const [name, address] of Object.entries(question.listeners)) {
    const code = await tryListener(address);
    if (code !== undefined) refused[name] = code;
  }
  return refused;
};

/** What /readyz of the running node says; nothing where it does not answer. */
const readiness = (config) =>
  new Promise((resolve) => {
    const found = /^listeners=.*ADMIN:\/\/([^,\s]+)/m.exec(config || '');
    if (found === null) return resolve(null);
    const { host, port } = split(found[1]);
    const at = { host: LOCAL[host] || host, port, path: '/readyz' };
    const request = http.get(Object.assign({ timeout: READY_TIMEOUT_MS }, at), (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });

const main = async () => {
  const { header } = process.report ? process.report.getReport() : { header: {} };
  const current = linkOf(path.join(home, 'current'));
  const config = current === null ? null : read(path.join(home, 'current', 'server.properties'));
  const found = running();
  const facts = {
    platform: {
      system: process.platform,
      architecture: process.arch,
      libc: header.glibcVersionRuntime === undefined ? 'musl' : 'glibc',
    },
    nodeVersion: process.version,
    nodePath: process.execPath,
    isRoot,
    usesSystemd,
    unwritable: unwritable(home) || unwritable(question.dataDirectory),
    releases: list(path.join(home, 'releases')),
    versions: list(path.join(home, 'versions')),
    current,
    config,
    started: started(),
    identity: identity(),
    running: found,
    isReady: found !== null && (await readiness(config)) === true,
    hasFailed: hasFailed(),
    lastWords: lastWords(),
    refusedListeners: await refusedListeners(),
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
};

void main();
