import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  type Backfill,
  type BackfillInput,
  type BackfillListing,
  type BackfillRequest,
  backfillIntervals,
  backfillMessages,
  backfillWorkflowId,
  type Control,
  checkDirection,
  checkParams,
  type DataInterval,
  didYouMean,
  isoInstantMs,
  type Json,
  mostBackfillDates,
  parseInterval,
  type Reprocess,
  RequestError,
  reprocessPolicies,
  TaskError,
  timezoneOf,
  workflowNames,
} from '../engine';
import { isUnavailable, type ServerConnection } from './connection';

export interface BackfillOptions {
  readonly dagId: string;
  /** Date or instant. */
  readonly from: string;
  /** Date or instant, left out itself, as the end of every interval. */
  readonly to: string;
  /** Default `none`: only dates without a run. */
  readonly reprocess?: Reprocess;
  readonly backwards?: boolean;
  /** Default: the DAG's `maxActiveRuns`. */
  readonly maxActive?: number;
  /** One run over the whole range. */
  readonly singleRun?: boolean;
  readonly params?: Json;
}

const tagKey = defineSearchAttributeKey('TidemillDag', 'KEYWORD');
const retryMs = 500;
/** A plan reads the records of all runs that the DAG ever had. */
const planTimeoutMs = 60_000;

/** Backfills of the deployed DAGs: `client.backfills`. Throws as {@link TidemillClient} does. */
export class Backfills {
  constructor(
    private readonly server: ServerConnection,
    private readonly controlOf: (dagId: string) => Promise<Control>,
    /** What the timetable of a DAG has in a range; null when it has no intervals. */
    private readonly intervalsIn: (
      dagId: string,
      range: DataInterval,
      count: number,
    ) => Promise<readonly DataInterval[] | null>,
  ) {}

  /** Starts a backfill and gives its id. It runs although the DAG is paused, in a window of its own. */
  async create(options: BackfillOptions): Promise<string> {
    const input = await this.input(options, false);
    await this.start(input);
    return input.request.backfillId;
  }

  /** What a backfill would do: every date, run or skipped, with the reason. Changes nothing. */
  async plan(options: BackfillOptions): Promise<Backfill> {
    const input = await this.input(options, true);
    await this.start(input);
    const { dagId, backfillId } = input.request;
    return await this.result(dagId, backfillId, planTimeoutMs);
  }

  /** How a backfill stands; null while it is being planned. */
  async show(dagId: string, backfillId: string): Promise<Backfill | null> {
    try {
      return await this.server.look(backfillWorkflowId(dagId, backfillId), backfillMessages.backfill);
    } catch (error) {
      throw await this.translated(error, dagId, backfillId);
    }
  }

  /** Backfills as the server lists them, the newest first; works without a worker. Plans alone are left out. */
  async list(dagId?: string): Promise<readonly BackfillListing[]> {
    const terms = [`WorkflowType = '${workflowNames.backfill}'`, "ExecutionStatus != 'ContinuedAsNew'"];
    if (dagId !== undefined) terms.push(`TidemillDag = '${dagId.replaceAll("'", "''")}'`);
    const found: BackfillListing[] = [];
    for await (const { memo } of this.server.temporal.workflow.list({ query: terms.join(' AND ') })) {
      const listing = memo?.listing as BackfillListing | undefined;
      if (listing !== undefined && memo?.isDryRun !== true) found.push(listing);
    }
    return found.sort((a, b) => (a.backfillId < b.backfillId ? 1 : -1));
  }

  /** Starts no further run; active ones go on. */
  async pause(dagId: string, backfillId: string): Promise<void> {
    await this.ask(dagId, backfillId, backfillMessages.pause);
  }

  async resume(dagId: string, backfillId: string): Promise<void> {
    await this.ask(dagId, backfillId, backfillMessages.resume);
  }

  /** Stops active runs; dates that have not begun never will. */
  async cancel(dagId: string, backfillId: string): Promise<void> {
    await this.ask(dagId, backfillId, backfillMessages.cancel);
  }

  /** Waits for the end, through workers and servers that are restarted meanwhile. */
  async result(dagId: string, backfillId: string, withinMs = Number.POSITIVE_INFINITY): Promise<Backfill> {
    const handle = this.server.temporal.workflow.getHandle(backfillWorkflowId(dagId, backfillId));
    for (;;) {
      try {
        return (await this.server.within(withinMs, () => handle.result())) as Backfill;
      } catch (error) {
        if (!isUnavailable(error)) throw await this.translated(error, dagId, backfillId);
        await sleep(retryMs);
      }
    }
  }

  /** The id of a backfill by what people type: `latest`, or the id itself. */
  async resolve(dagId: string, typed: string): Promise<string> {
    if (typed !== 'latest') return typed;
    const [newest] = await this.list(dagId);
    if (newest === undefined) throw await this.unknown(dagId, typed);
    return newest.backfillId;
  }

  private async input(options: BackfillOptions, isDryRun: boolean): Promise<BackfillInput> {
    const { dagId, reprocess = 'none', backwards = false, singleRun = false } = options;
    const { deployment } = await this.controlOf(dagId);
    if (deployment === null)
      throw new RequestError({
        code: 'dag_not_deployed',
        message: `DAG ${dagId} is not deployed. Run: tidemill deploy`,
        details: { dag: dagId },
      });
    const { spec, versions } = deployment;
    checkDirection(spec, backwards);
    checkReprocess(reprocess);
    const range = parseInterval(`${options.from}/${options.to}`, timezoneOf(spec.timetable));
    // One more than may be, to tell that they are too many.
    const scheduled = singleRun ? [range] : await this.intervalsIn(dagId, range, mostBackfillDates + 1);
    const intervals = backfillIntervals(spec, range, scheduled);
    const request: BackfillRequest = {
      dagId,
      backfillId: isoInstantMs(Date.now()),
      range,
      reprocess,
      backwards,
      maxActive: checkMaxActive(options.maxActive ?? spec.maxActiveRuns),
      params: checkParams(dagId, spec.params, options.params ?? {}),
      by: this.server.user,
      isDryRun,
    };
    return { request, intervals, spec, versions, backfill: null };
  }

  private async start(input: BackfillInput): Promise<void> {
    const { dagId, backfillId, isDryRun } = input.request;
    await this.server.temporal.workflow.start(workflowNames.backfill, {
      workflowId: backfillWorkflowId(dagId, backfillId),
      taskQueue: this.server.taskQueue,
      workflowTaskTimeout: '5 seconds',
      args: [input],
      memo: { isDryRun },
      staticSummary: `${dagId}, ${input.request.range.start} to ${input.request.range.end}`,
      typedSearchAttributes: [{ key: tagKey, value: dagId }],
    });
  }

  /** Looks first: a change that no worker would take is not asked for. */
  private async ask(dagId: string, backfillId: string, name: string): Promise<void> {
    const seen = await this.show(dagId, backfillId);
    if (seen?.status === 'ended') {
      throw new RequestError({
        code: 'backfill_ended',
        message: `Backfill ${backfillId} of ${dagId} has ended. Look at it: tidemill backfill show ${dagId} ${backfillId}`,
        details: { dag: dagId, backfill: backfillId },
      });
    }
    const handle = this.server.temporal.workflow.getHandle(backfillWorkflowId(dagId, backfillId));
    await this.server.answered(() => handle.executeUpdate<void, [unknown]>(name, { args: [{ by: this.server.user }] }));
  }

  private async translated(error: unknown, dagId: string, backfillId: string): Promise<unknown> {
    if (error instanceof WorkflowNotFoundError) return await this.unknown(dagId, backfillId);
    if (!(error instanceof WorkflowFailedError)) return error;
    return new TaskError({
      code: 'backfill_broken',
      message: `Backfill ${backfillId} of ${dagId} ended outside the engine: ${error.cause?.message ?? error.message}. Its runs are not touched by that; what is missing can be backfilled anew.`,
      details: { dag: dagId, backfill: backfillId },
      cause: error,
    });
  }

  private async unknown(dagId: string, backfillId: string): Promise<RequestError> {
    const known = (await this.list(dagId)).map((one) => one.backfillId);
    return new RequestError({
      code: 'unknown_backfill',
      message: `Backfill "${backfillId}" of ${dagId} is unknown.${didYouMean(backfillId, known)} List them: tidemill backfill list ${dagId}`,
      details: { dag: dagId, backfill: backfillId, known },
    });
  }
}

function checkReprocess(reprocess: Reprocess): void {
  if (reprocessPolicies.includes(reprocess)) return;
  throw new RequestError({
    code: 'bad_reprocess',
    message: `There is no way to reprocess "${reprocess}".${didYouMean(reprocess, reprocessPolicies)} Known: ${reprocessPolicies.join(', ')}.`,
    details: { reprocess, known: reprocessPolicies },
  });
}

function checkMaxActive(maxActive: number): number {
  if (Number.isInteger(maxActive) && maxActive > 0) return maxActive;
  throw new RequestError({
    code: 'bad_limit',
    message: `A backfill's maximum of active runs is ${maxActive}; give at least 1.`,
    details: { option: 'maxActive', value: maxActive },
  });
}
