import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  advanceControl,
  assertNever,
  type Control,
  type ControlCommand,
  type ControlEvent,
  controlPage,
  controlSummary,
  dagListing,
  isoInstant,
  newControl,
  runWorkflowId,
  shownRuns,
} from '../engine/interpreter';
import { ignoreGone } from './gone';
import { houseActivities } from './house-activities';
import {
  admitBackfillSignal,
  askPastSignal,
  assetUpdatedSignal,
  cancelQueuedUpdate,
  controlQuery,
  deployUpdate,
  dueSignal,
  noteUpdate,
  pastSignal,
  pauseUpdate,
  retireUpdate,
  runEndedSignal,
  type TriggerInput,
  tellPastSignal,
  triggerUpdate,
  unpauseUpdate,
} from './messages';
import { showDetails } from './show-details';
import { startRunWorkflow } from './start-run';

/** Small enough that a replay is quick, large enough that a burst of signals does not outrun it. */
const maxHistoryEvents = 1_500;

/**
 * How often active runs are looked at: for their cells on the status page, and because a run that was terminated
 * by hand never says that it ended. Longer would show a page that is too old, shorter would fill the history.
 */
const lookAtRunsEvery = '15 seconds';

/** A run that seems to be lost is looked at again: what it has told arrives meanwhile. */
const lookAgainAfter = '3 seconds';

export interface DagControlInput {
  readonly dagId: string;
  /** The state to go on from, after continue-as-new. */
  readonly control: Control | null;
}

/**
 * One per DAG, for as long as the DAG is deployed: admits runs, starts them, remembers, and shows the
 * DAG's status page. All decisions are in `engine/control`; this performs them.
 */
export async function dagControl(input: DagControlInput): Promise<void> {
  await new ControlDriver(input).drive();
}

class ControlDriver {
  private control: Control;
  private readonly commands: ControlCommand[] = [];
  private retired = false;
  private memo = '';
  private memoIsOld = false;
  private looking = false;
  /** Admitted runs whose workflow is not started yet: the server does not know them, and yet they are not lost. */
  private readonly unstarted = new Set<string>();
  /** Runs that were over at the last look: their own word may be under way, so only the next look is believed. */
  private suspected: ReadonlySet<string> = new Set();

  constructor(private readonly input: DagControlInput) {
    // An older version's state lacks what was added since.
    this.control = { ...newControl(input.dagId), ...input.control };
    this.handleRequests();
    this.handleNews();
  }

  async drive(): Promise<void> {
    this.show();
    this.keepLooking().catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    while (!this.retired) {
      this.writeMemo();
      await condition(() => this.commands.length > 0 || this.memoIsOld || this.retired || this.isLong());
      for (const command of this.commands.splice(0)) await this.perform(command);
      if (this.isLong()) await this.goOn();
    }
    await condition(allHandlersFinished);
  }

  private apply(event: ControlEvent): void {
    const step = advanceControl(this.control, event);
    this.control = step.state;
    this.commands.push(...step.commands);
    for (const command of step.commands) if (command.kind === 'start_run') this.unstarted.add(command.run.runId);
    this.show();
  }

  /** What people and tools ask for; each answers at once. */
  private handleRequests(): void {
    setHandler(controlQuery, () => this.control, { description: 'the state of this DAG' });
    setHandler(deployUpdate, ({ spec, versions, folder, by, startsPaused, nextRunAt }) => {
      const deployment = { spec, versions, folder, deployedAt: now(), deployedBy: by };
      this.apply({ kind: 'deployed', deployment, startsPaused, nextRunAt, at: now() });
      return { paused: this.control.paused !== null };
    });
    setHandler(
      triggerUpdate,
      ({ requests, by }) => {
        const before = new Set([...this.control.queued, ...this.control.active].map((run) => run.runId));
        this.apply({ kind: 'triggered', requests, by, at: now() });
        const after = [...this.control.active, ...this.control.queued].map((run) => run.runId);
        return after.filter((runId) => !before.has(runId)).sort();
      },
      { validator: (_input: TriggerInput) => this.checkDeployed() },
    );
    setHandler(pauseUpdate, (request) => {
      this.apply({ kind: 'paused', by: request?.by ?? 'somebody in the Temporal UI', at: now() });
    });
    setHandler(unpauseUpdate, () => this.apply({ kind: 'unpaused', at: now() }));
    setHandler(cancelQueuedUpdate, ({ runId, by }) => {
      const isQueued = this.control.queued.some((run) => run.runId === runId);
      if (isQueued) this.apply({ kind: 'queued_run_cancelled', runId, by, at: now() });
      return isQueued;
    });
    setHandler(noteUpdate, (note) => this.apply({ kind: 'noted', ...note, at: now() }));
    setHandler(retireUpdate, () => {
      this.retired = true;
    });
  }

  private handleNews(): void {
    setHandler(dueSignal, ({ runs, nextRunAt }) => this.apply({ kind: 'due', runs, nextRunAt, at: now() }));
    setHandler(admitBackfillSignal, ({ runs }) => this.apply({ kind: 'backfill_admitted', runs, at: now() }));
    setHandler(askPastSignal, (question) => this.apply({ kind: 'past_asked', ...question, at: now() }));
    setHandler(tellPastSignal, (news) => this.apply({ kind: 'tasks_settled', ...news, at: now() }));
    setHandler(assetUpdatedSignal, (event) => this.apply({ kind: 'asset_updated', event, at: now() }));
    setHandler(runEndedSignal, (summary) => this.apply({ kind: 'run_ended', summary, at: now() }));
  }

  private checkDeployed(): void {
    if (this.control.deployment !== null) return;
    throw ApplicationFailure.nonRetryable(
      `DAG ${this.input.dagId} is not deployed. Run: tidemill deploy`,
      'dag_not_deployed',
    );
  }

  private async perform(command: ControlCommand): Promise<void> {
    switch (command.kind) {
      case 'start_run':
        await this.start(command);
        this.unstarted.delete(command.run.runId);
        return;
      case 'tell_past':
        return await this.tellPast(command);
      default:
        return assertNever(command);
    }
  }

  /** A run that ended meanwhile has nothing to hear. */
  private async tellPast({ runId, past }: Extract<ControlCommand, { kind: 'tell_past' }>): Promise<void> {
    const handle = getExternalWorkflowHandle(runWorkflowId(this.input.dagId, runId));
    await handle.signal(pastSignal, past).catch(ignoreGone);
  }

  private async start({ run, deployment }: Extract<ControlCommand, { kind: 'start_run' }>): Promise<void> {
    const { startedAt: _startedAt, ...asked } = run;
    try {
      await startRunWorkflow(asked, deployment);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      this.apply({
        kind: 'run_lost',
        runId: run.runId,
        how: 'refused: a run with this id was started before',
        at: now(),
      });
    }
  }

  /** Beside the other work, with one timer a look, however much goes on meanwhile. */
  private async keepLooking(): Promise<void> {
    while (!this.retired) {
      await condition(() => this.control.active.length > 0);
      await sleep(this.suspected.size > 0 ? lookAgainAfter : lookAtRunsEvery, {
        summary: 'next look at the active runs',
      });
      if (this.control.active.length === 0 || this.retired) continue;
      this.looking = true;
      await this.lookAtRuns();
      this.looking = false;
    }
  }

  private async lookAtRuns(): Promise<void> {
    const { dagId } = this.input;
    const runIds = this.control.active.map((run) => run.runId).filter((runId) => !this.unstarted.has(runId));
    const known = this.control.progress;
    const { lost, seen } = await houseActivities.lookAtRuns({ dagId, runIds, shown: shownRuns, known });
    const sure = lost.filter(({ runId }) => this.suspected.has(runId));
    this.suspected = new Set(lost.map(({ runId }) => runId));
    for (const { runId, how } of sure) this.apply({ kind: 'run_lost', runId, how, at: now() });
    if (seen.length > 0) this.apply({ kind: 'runs_seen', seen, at: now() });
  }

  private show(): void {
    showDetails(() => controlPage(this.control));
    this.memoIsOld = true;
  }

  /** Once for all that came at one time: each writing is an event of the history. */
  private writeMemo(): void {
    this.memoIsOld = false;
    const memo = {
      summary: controlSummary(this.control),
      folder: this.control.deployment?.folder ?? null,
      dag: dagListing(this.control),
      notes: this.control.notes,
    };
    const text = JSON.stringify(memo);
    if (text === this.memo) return;
    this.memo = text;
    upsertMemo(memo);
  }

  private isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return historyLength > maxHistoryEvents || continueAsNewSuggested;
  }

  /** A handler may still be answering, and may leave commands: they are performed before the history is left. */
  private async goOn(): Promise<void> {
    await condition(() => allHandlersFinished() && !this.looking);
    if (this.commands.length > 0 || this.retired) return;
    await continueAsNew<typeof dagControl>({ dagId: this.input.dagId, control: this.control });
  }
}

function now(): string {
  return isoInstant(Date.now());
}
