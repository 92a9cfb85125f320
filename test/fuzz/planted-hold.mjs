import { Server } from 'node:net';

/**
 * Loaded into a node before its program, to see that the judge finds it: every so many new
 * connections the event loop is held, as a frame would that costs too much.
 */

const EVERY = 30;
const { PLANTED_HOLD_MS = '0' } = process.env;
const { emit } = Server.prototype;
let count = 0;

/** Of work, not of time: on a busy machine that is more. */
const hold = (workMs) => {
  const before = process.cpuUsage();
  for (let used = { user: 0, system: 0 }; used.user + used.system < workMs * 1000; ) {
    used = process.cpuUsage(before);
  }
};

Server.prototype.emit = function (event, ...args) {
  if (event === 'connection') {
    count += 1;
    if (count % EVERY === 0) hold(Number(PLANTED_HOLD_MS));
  }
  return emit.call(this, event, ...args);
};
