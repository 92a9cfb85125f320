import type { ClientContext } from '../context.ts';
import { raiseAlarm } from './alarm.ts';
import type { FailedRecord } from './failed-record.ts';
import { trailOf } from './failed-record.ts';
import type { DeadOutcome, DeadReport, FailureSettings } from './failure-policy.ts';
import { deadLetterTopic } from './failure-policy.ts';
import { addTrail } from './failure-trail.ts';
import type { SureSender } from './sure-sender.ts';

export interface LastResortDeps {
  readonly context: ClientContext;
  readonly sender: SureSender;
  readonly groupId: string;
  readonly settings: FailureSettings;
}

/** What is done with records whose attempts are used up, as the policy says. */
export class LastResort {
  readonly #deps: LastResortDeps;

  constructor(deps: LastResortDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with whether the record counts as finished; false: the run is to end with the error.
   * Where it does, and a dead letter was asked for, that is acknowledged; a crash before the offset
   * is committed has the record handled again. Rejects where the dead letter cannot be sent, or the
   * signal has fired.
   */
  async dispose(failed: FailedRecord, signal: AbortSignal): Promise<boolean> {
    const { settings } = this.#deps;
    const topic = deadLetterTopic(settings);
    if (topic === undefined) {
      const isSkipped = settings.giveUp === 'skip';
      await this.#tell(failed, isSkipped ? 'skipped' : 'stopped');
      return isSkipped;
    }
    const letter = await this.#sendLetter(topic, failed, signal);
    await this.#tell(failed, 'deadLettered', letter);
    return true;
  }

  async #sendLetter(
    topic: string,
    failed: FailedRecord,
    signal: AbortSignal,
  ): Promise<DeadReport['deadLetter']> {
    const { sender, groupId } = this.#deps;
    const { key, value, headers } = failed.stored;
    const letter = { key, value, headers: addTrail(headers, trailOf(failed, groupId)) };
    try {
      const { partition, offset } = await sender.send(topic, letter, signal);
      return { topic, partition, offset };
    } catch (error) {
      if (!signal.aborted) await this.#tell({ ...failed, error }, 'stopped');
      throw error;
    }
  }

  async #tell(
    failed: FailedRecord,
    outcome: DeadOutcome,
    deadLetter?: DeadReport['deadLetter'],
  ): Promise<void> {
    const { context, settings, groupId } = this.#deps;
    const { errorStack: _, ...trail } = trailOf(failed, groupId);
    const report = { ...trail, outcome, ...(deadLetter === undefined ? {} : { deadLetter }) };
    const { topic, partition, offset, attempts, errorMessage } = report;
    const fields = { groupId, topic, partition, offset, attempts, outcome, error: errorMessage };
    context.logger.warn('a record could not be handled', fields);
    await raiseAlarm(context, settings, { report, error: failed.error });
  }
}
