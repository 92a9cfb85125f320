/** How the logs of a round become durable. */
export interface RoundPlan<Log> {
  /** By one entry each in the journal. */
  readonly journalled: readonly Log[];
  /** By a sync of their segments. */
  readonly direct: readonly Log[];
  /** They are so already. */
  readonly idle: readonly Log[];
}

export interface RoundLimits {
  /** With fewer, their own syncs are as quick, and leave nothing to be settled later. */
  readonly minLogs: number;
  readonly maxBytes: number;
}

/**
 * Chooses between one sync of the journal and one a log. `entryBytes` is undefined for a log whose
 * segments must be synced themselves.
 */
export const decideRound = <
  Log extends { readonly flushing: { readonly entryBytes: number | undefined } },
>(
  due: readonly Log[],
  mustSettle: ReadonlySet<Log>,
  limits: RoundLimits,
): RoundPlan<Log> => {
  const isOwn = (log: Log): boolean => mustSettle.has(log) || log.flushing.entryBytes === undefined;
  const direct = due.filter(isOwn);
  const fit = due.filter((log) => !isOwn(log));
  const idle = fit.filter(({ flushing }) => flushing.entryBytes === 0);
  const fresh = fit.filter(({ flushing }) => flushing.entryBytes !== 0);
  const bytes = fresh.reduce((total, { flushing }) => total + (flushing.entryBytes ?? 0), 0);
  const isWorthIt = fresh.length >= limits.minLogs && bytes <= limits.maxBytes;
  return isWorthIt
    ? { journalled: fresh, direct, idle }
    : { journalled: [], direct: [...direct, ...fresh], idle };
};

/** Of the file that fills, by when all that the other one holds is to be settled. */
const SETTLED_BY = 0.75;

/**
 * How many logs of the full file to settle in this round, so that it is free when the other is
 * full, and no round has many of them.
 */
export const decideSettling = (file: {
  /** Of the file that fills, 0 to 1. */
  readonly filledShare: number;
  /** Logs of the full file that were not settled when it was full, and those that are not yet. */
  readonly logCount: number;
  readonly leftCount: number;
}): number => {
  const { filledShare, logCount, leftCount } = file;
  const mayBeLeft = Math.floor(logCount * Math.max(0, 1 - filledShare / SETTLED_BY));
  return Math.max(0, leftCount - mayBeLeft);
};
