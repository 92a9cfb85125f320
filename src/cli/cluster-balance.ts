import type { BalanceState } from '../client/admin/balance-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import { sleep } from '../env/clock.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { formatBytes } from './byte-count.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { formatDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface ClusterBalanceVerb extends ClusterVerb {
  readonly plan?: boolean;
  readonly apply?: boolean;
  readonly status?: boolean;
  readonly cancel?: boolean;
  readonly wait?: boolean;
}

const POLL_MS = 500;

export const run = async (options: ClusterBalanceVerb): Promise<void> => {
  const { plan = false, apply = false, status = false, cancel = false, wait = false } = options;
  if ([plan, apply, status, cancel].filter(Boolean).length !== 1) {
    throw new UsageError('say what to do: give one of --plan, --apply, --status and --cancel');
  }
  if (wait && (plan || cancel)) throw new UsageError('--wait goes with --apply and --status');
  await withClient(options, async (client) => {
    const { balance } = client.admin();
    if (plan) return await showPlan(await balance.plan(), options);
    if (apply) await balance.apply();
    const cancelledCount = cancel ? await balance.cancel() : 0;
    if (cancel && options.json !== true) await printLine(`${cancelledCount} move(s) taken back`);
    await showStatus(wait ? await untilEven(client) : await balance.describe(), options);
  });
};

/** Without a limit: data and disks say how long it takes. Ctrl-C ends the wait, not the moves. */
const untilEven = async (client: OttlaClient): Promise<BalanceState> => {
  const clock = new SystemClock();
  for (;;) {
    const state = await client.admin().balance.describe();
    const { reason, underWay, planned } = state;
    if (reason === undefined && underWay.length === 0 && planned.length === 0) return state;
    await sleep(clock, POLL_MS);
  }
};

const showPlan = async (
  state: BalanceState,
  { json = false }: ClusterBalanceVerb,
): Promise<void> => {
  if (json) return await printJson(state);
  const { planned } = state;
  if (planned.length === 0) return await printLine('nothing to move: brokers are even');
  await printTable({
    headings: ['TOPIC', 'PARTITION', 'WHY', 'FROM', 'TO', 'COPY'],
    rows: planned.map(({ topic, partition, kind, from, to, copyBytes }) => [
      topic,
      partition,
      kind,
      from.join(','),
      to.join(','),
      copyBytes === undefined ? 'not known' : formatBytes(copyBytes),
    ]),
  });
  await printLine(`${planned.length} partition(s) would move; ${describeLeft(state)}`);
};

const showStatus = async (
  state: BalanceState,
  { json = false }: ClusterBalanceVerb,
): Promise<void> => {
  if (json) return await printJson(state);
  const { reason, planned, underWay, away, isAutomatic } = state;
  if (underWay.length > 0) await showMoves(state);
  await printLine(
    reason === undefined
      ? `brokers are not being made even (auto.balance.enable is ${isAutomatic})`
      : `brokers are being made even, because ${reason}`,
  );
  if (away.length > 0) await printLine(`away for long: broker(s) ${away.join(', ')}`);
  if (underWay.length > 0 || planned.length > 0) {
    await printLine(
      `${underWay.length} move(s) under way, ${planned.length} to begin; ${describeLeft(state)}`,
    );
  }
};

const showMoves = ({ underWay }: BalanceState): Promise<void> =>
  printTable({
    headings: ['TOPIC', 'PARTITION', 'WHY', 'TO', 'ADDING', 'COPIED', 'OF'],
    rows: underWay.map((it) => [
      it.topic,
      it.partition,
      it.kind,
      it.to.join(','),
      it.addingReplicas.join(',') || '-',
      formatBytes(it.copiedBytes),
      it.copyBytes === undefined ? 'not known' : formatBytes(it.copyBytes),
    ]),
  });

const describeLeft = (state: BalanceState): string => {
  const { leftBytes, leftMs, seenBytesPerSecond, isPlanWhole } = state;
  const more = isPlanWhole ? '' : '; more is planned once these have moved';
  const rate =
    seenBytesPerSecond === undefined
      ? 'at what brokers may take, or 50 MiB/s each'
      : `at ${formatBytes(seenBytesPerSecond)}/s as of late`;
  return `${formatBytes(leftBytes)} to copy, about ${formatDuration(leftMs)} ${rate}${more}`;
};
