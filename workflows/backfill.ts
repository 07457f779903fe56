import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  advanceBackfill,
  assertNever,
  type Backfill,
  type BackfillCommand,
  type BackfillDate,
  type BackfillEvent,
  type BackfillInput,
  backfillLabel,
  backfillListing,
  backfillPage,
  controlWorkflowId,
  isoInstant,
  type QueuedRun,
  runWorkflowId,
  startBackfill,
} from '../engine/interpreter';
import { ignoreGone } from './gone';
import { houseActivities } from './house-activities';
import {
  admitBackfillSignal,
  backfillQuery,
  cancelBackfillUpdate,
  pauseBackfillUpdate,
  resumeBackfillUpdate,
  stopSignal,
} from './messages';
import { showDetails } from './show-details';
import { startRunWorkflow } from './start-run';

/** Past this many events a backfill lets its active runs end and goes on in a fresh history. */
const maxHistoryEvents = 4_000;

/** The memo is written when a twentieth more of the dates is over: each writing is an event of the history. */
const memoSteps = 20;

/**
 * Runs a DAG for many dates in a window of its own. It tells the DAG's control of its runs before it starts them, so
 * that they are on the DAG's page and have their place in its past. All decisions are in `engine/backfill`.
 */
export async function backfill(input: BackfillInput): Promise<Backfill> {
  return await CancellationScope.nonCancellable(() => new BackfillDriver(input).drive());
}

class BackfillDriver {
  private backfill: Backfill | null;
  private readonly inbox: BackfillEvent[] = [];
  private draining = false;
  private starting = 0;
  private memo = '';

  constructor(private readonly input: BackfillInput) {
    this.backfill = input.backfill;
    setHandler(backfillQuery, () => this.backfill);
    setHandler(pauseBackfillUpdate, (request) => this.tell({ kind: 'paused', by: asker(request), at: now() }));
    setHandler(resumeBackfillUpdate, () => this.tell({ kind: 'resumed', at: now() }));
    setHandler(cancelBackfillUpdate, (request) => this.tell({ kind: 'cancelled', by: asker(request), at: now() }));
    const root = CancellationScope.current().parent ?? CancellationScope.current();
    root.cancelRequested.catch(() => this.tell({ kind: 'cancelled', by: 'a cancellation in Temporal', at: now() }));
  }

  async drive(): Promise<Backfill> {
    let current = this.backfill ?? (await this.plan());
    if (this.input.backfill !== null)
      this.tell({ kind: 'window_changed', window: current.request.maxActive, at: now() });
    this.show(current);
    while (current.endedAt === null) {
      await condition(() => this.inbox.length > 0);
      for (const event of this.inbox.splice(0)) current = this.take(advanceBackfill(current, event));
      this.show(current);
      await this.boundHistory(current);
    }
    await condition(() => allHandlersFinished() && this.starting === 0);
    return current;
  }

  private tell(event: BackfillEvent): void {
    this.inbox.push(event);
  }

  private async plan(): Promise<Backfill> {
    const { request, intervals } = this.input;
    const known = await houseActivities.knownRuns({ dagId: request.dagId });
    return this.take(startBackfill(request, intervals, known, now()));
  }

  private take({
    state,
    commands,
  }: {
    readonly state: Backfill;
    readonly commands: readonly BackfillCommand[];
  }): Backfill {
    this.backfill = state;
    for (const command of commands) this.perform(state, command);
    return state;
  }

  private perform(state: Backfill, command: BackfillCommand): void {
    const { dagId } = state.request;
    switch (command.kind) {
      case 'start_runs':
        this.starting += 1;
        void this.start(command.dates.map((date) => runOf(state, date))).finally(() => {
          this.starting -= 1;
        });
        break;
      case 'stop_run':
        getExternalWorkflowHandle(runWorkflowId(dagId, command.runId))
          .signal(stopSignal, { by: command.by })
          .catch(ignoreGone);
        break;
      default:
        assertNever(command);
    }
  }

  /** The control hears of the runs first: what they ask it then has an answer. */
  private async start(runs: readonly QueuedRun[]): Promise<void> {
    const control = getExternalWorkflowHandle(controlWorkflowId(this.input.request.dagId));
    await control.signal(admitBackfillSignal, { runs }).catch(ignoreGone);
    for (const run of runs) void this.follow(run);
  }

  /** Never rejects: however a run ends, the backfill hears of it. */
  private async follow(run: QueuedRun): Promise<void> {
    const { runId } = run;
    try {
      const handle = await startRunWorkflow(run, this.input);
      const { state, label } = await handle.result();
      this.tell({ kind: 'run_ended', runId, state: state === 'success' ? 'success' : 'failed', label, at: now() });
    } catch (error) {
      const label =
        error instanceof WorkflowExecutionAlreadyStartedError
          ? 'refused: a run with this id was started before'
          : 'ended outside the engine; look at it in Temporal';
      this.tell({ kind: 'run_ended', runId, state: 'failed', label, at: now() });
    }
  }

  private show(current: Backfill): void {
    showDetails(() => backfillPage(current));
    const { counts } = backfillListing(current);
    const over = current.dates.length - counts.pending - counts.running;
    const step = Math.floor((over * memoSteps) / Math.max(1, current.dates.length));
    const memo = `${current.status} ${step}`;
    if (memo === this.memo) return;
    this.memo = memo;
    const { dagId, backfillId } = current.request;
    upsertMemo({
      summary: `${dagId} backfill ${backfillId}: ${current.status}\n${backfillLabel(current)}`,
      listing: backfillListing(current),
      isDryRun: current.request.isDryRun,
    });
  }

  /** Lets active runs end, since their results would not reach a new history, and then goes on in one. */
  private async boundHistory(current: Backfill): Promise<void> {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (current.endedAt !== null || (historyLength < maxHistoryEvents && !continueAsNewSuggested)) return;
    if (!this.draining) {
      this.draining = true;
      this.tell({ kind: 'window_changed', window: 0, at: now() });
    }
    const isBusy = this.starting > 0 || current.dates.some((date) => date.state === 'running');
    if (isBusy || this.inbox.length > 0) return;
    await condition(allHandlersFinished);
    if (this.inbox.length > 0) return;
    await continueAsNew<typeof backfill>({ ...this.input, intervals: [], backfill: current });
  }
}

/** Temporal's UI sends an update without an argument when none is typed. */
function asker(request: { readonly by?: string } | undefined): string {
  return request?.by ?? 'somebody in the Temporal UI';
}

function runOf({ request }: Backfill, { runId, interval }: BackfillDate): QueuedRun {
  const triggeredBy = `backfill ${request.backfillId} by ${request.by}`;
  return { runId, runType: 'backfill', interval, params: request.params, triggeredBy, queuedAt: now() };
}

function now(): string {
  return isoInstant(Date.now());
}
