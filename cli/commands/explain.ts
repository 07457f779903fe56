import type { Command } from 'commander';
import type { TidemillClient } from '../../client';
import type { Control, Run, RunView } from '../../engine';
import {
  isTerminal,
  pendingText,
  plannedTask,
  planOf,
  scheduleText,
  shortDuration,
  taskOf,
  waitingReason,
} from '../../engine/interpreter';
import { addServerOptions, type PlaceFlags, withClient } from '../connect';
import { controlFacts, isQuiet, rowOf, runFacts } from '../explain-facts';
import { addExamples } from '../help';
import { nameOf, taskTable } from '../live-grid';
import { addOutputOption, countText, instantText, intervalText, type ListFormat, print, printFacts } from '../output';
import { resolveRunId } from '../run-ref';
import { watchedRun } from '../run-watch';
import { type Paint, paintFor } from '../style';

interface ExplainFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill explain DAG [RUN [TASK]]`: why things stand as they stand. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description('say why a DAG, a run or a task stands where it stands: what waits, for what, and what failed')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins')
    .argument('[task]', 'id of the task');
  addOutputOption(addServerOptions(command)).action(
    (dagId: string, run: string | undefined, task: string | undefined, flags: ExplainFlags) =>
      explain({ dagId, run, task }, flags),
  );
  addExamples(command, [
    ['tidemill explain retail_daily', 'pause, queued and active runs, recent refusals'],
    ['tidemill explain retail_daily latest', 'every unfinished or failed task of a run'],
    ['tidemill explain retail_daily latest release', 'one task: tries, upstream, errors'],
    ['tidemill explain retail_daily latest -o json', 'for a program'],
  ]);
}

interface Question {
  readonly dagId: string;
  readonly run: string | undefined;
  readonly task: string | undefined;
}

async function explain({ dagId, run, task }: Question, flags: ExplainFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const paint = paintFor(process.stdout);
    if (run === undefined) {
      const control = await client.control(dagId);
      const views = await Promise.all(
        control.active.map((active) => client.run(dagId, active.runId).catch(() => null)),
      );
      if (flags.output !== 'table') return await printFacts(controlFacts(control), flags.output);
      return printLines(
        explainDag(
          control,
          views.filter((view) => view !== null),
          paint,
        ),
      );
    }
    const waiting = await waitingRun(client, dagId, run);
    if (waiting !== null) return await tellWaiting(waiting, flags.output);
    const view = await client.run(dagId, await resolveRunId(client, dagId, run));
    if (flags.output !== 'table') return await printFacts(runFacts(view, task), flags.output);
    printLines(task === undefined ? explainRun(view, paint) : explainTaskOf(view, task, paint));
  });
}

interface WaitingRun {
  readonly dag_id: string;
  readonly run_id: string;
  readonly state: 'queued';
  readonly queued_at: string;
  readonly reason: string;
}

/** A run that is not admitted has no workflow yet: its DAG's control knows what it waits for. */
async function waitingRun(client: TidemillClient, dagId: string, wanted: string): Promise<WaitingRun | null> {
  const control = await client.control(dagId);
  const begins = Date.parse(wanted);
  const run = control.queued.find(
    ({ runId, interval }) => runId === wanted || (!wanted.includes('__') && Date.parse(interval.start) === begins),
  );
  if (run === undefined) return null;
  const reason = waitingReason(control, run)?.message ?? 'about to start';
  return { dag_id: dagId, run_id: run.runId, state: 'queued', queued_at: run.queuedAt, reason };
}

async function tellWaiting(run: WaitingRun, format: ListFormat): Promise<void> {
  if (format === 'table') return print(`${run.run_id}  queued since ${instantText(run.queued_at)} UTC: ${run.reason}`);
  const names = ['dag_id', 'run_id', 'state', 'queued_at', 'reason'] as const;
  const columns = names.map((name) => ({ name, value: (row: WaitingRun) => row[name] }));
  await printFacts({ object: { ...run }, rows: [run], columns }, format);
}

function printLines(lines: readonly string[]): void {
  for (const line of lines) print(line);
}

function explainDag(control: Control, views: readonly RunView[], paint: Paint): readonly string[] {
  const { dagId, deployment, paused, queued, active, recent, refused, notes, nextRunAt, freshUntil } = control;
  const next = nextRunAt === null ? 'by trigger only' : `${instantText(nextRunAt)} UTC`;
  const lines = [
    `${paint.bold(dagId)}  ${paused === null ? paint.green('active') : paint.yellow(`paused by ${paused.by}, ${instantText(paused.at)} UTC${paused.reason === undefined ? '' : `: ${paused.reason}`}`)}`,
    `schedule    ${deployment === null ? 'not deployed' : scheduleText(deployment.spec)}`,
    `next run    ${next}${paused !== null && nextRunAt !== null ? ', not started while paused' : ''}`,
    ...pendingLines(control),
    `fresh until ${freshUntil === null ? 'not known' : `${instantText(freshUntil)} UTC`}`,
    `last run    ${recent[0] === undefined ? 'none' : `${recent[0].runId}: ${recent[0].label}`}`,
  ];
  for (const { runId, text, by } of notes.slice(0, 5)) lines.push(`note        ${runId}: ${text} (${by})`);
  for (const view of views) lines.push('', ...explainRun(view, paint));
  if (active.length > views.length) lines.push('', `${countText(active.length - views.length, 'run')} about to start`);
  if (queued.length > 0) lines.push('', paint.bold(`${countText(queued.length, 'run')} queued`));
  for (const run of queued.slice(0, 20)) {
    lines.push(
      `  ${intervalText(run.interval)}  ${run.runId}: ${waitingReason(control, run)?.message ?? 'about to start'}`,
    );
  }
  if (queued.length > 20) lines.push(`  and ${queued.length - 20} more`);
  if (refused.length > 0) lines.push('', paint.bold('Not run'));
  for (const { at, what, reason } of refused) lines.push(`  ${instantText(at)}  ${what}: ${reason.message}`);
  if (active.length + queued.length === 0) lines.push('', 'Nothing runs and nothing waits.');
  return lines;
}

function pendingLines({ deployment, mailbox }: Control): readonly string[] {
  const assets = deployment?.spec.assets;
  const text = assets === undefined ? null : pendingText(assets, mailbox);
  return text === null ? [] : [`assets      ${text}`];
}

/** The events of assets that a run stands for, the newest last. */
function eventLines({ run }: RunView): readonly string[] {
  const { assetEvents = [] } = run.identity;
  const shown = assetEvents
    .slice(-5)
    .map(({ asset, at, source }) => `  ${asset}, ${instantText(at)} UTC, by ${source}`);
  return shown.length === 0 ? [] : [`for ${countText(assetEvents.length, 'event')} of its assets:`, ...shown];
}

function explainRun(view: RunView, paint: Paint): readonly string[] {
  const run = watchedRun(view);
  const open = run.rows.filter((row) => !isQuiet(row));
  const heading = `${paint.bold(run.runId)}  ${nameOf(run)}  ${paint.state(run.state, run.label)}`;
  const done = run.rows.length - open.length;
  const rest = `${done} of ${countText(run.rows.length, 'task')} ended well or were skipped`;
  const why = [...(run.reason === '' ? [] : [run.reason]), ...eventLines(view)];
  if (open.length === 0) return [heading, ...why, rest];
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  const errors = run.failures.flatMap(({ taskId, code, message }) => ['', `${paint.red(taskId)} (${code})`, message]);
  return [heading, ...why, rest, '', ...taskTable(open, { width }, paint), ...errors];
}

function explainTaskOf(view: RunView, taskId: string, paint: Paint): readonly string[] {
  const plan = planOf(view.spec);
  const row = rowOf(view, taskId);
  const { policyOfTask, upstream, kind } = plannedTask(plan, taskId);
  const task = taskOf(view.run, taskId);
  const wake = task.wakeAt === null || isTerminal(task.state) ? [] : [`next at     ${instantText(task.wakeAt)} UTC`];
  const lines = [
    `${paint.bold(taskId)}  ${kind}  ${paint.state(row.state, row.state === 'none' ? 'waits' : row.state)}`,
    `why         ${row.reason === '' ? 'its state speaks for itself' : row.reason}`,
    `tries       ${row.tryNumber} of ${row.maxTries}`,
    ...wake,
    `rule        ${policyOfTask.triggerRule}${upstream.length === 0 ? ', nothing before it' : ''}`,
  ];
  for (const id of upstream) lines.push(`  after     ${id}: ${paint.state(taskOf(view.run, id).state)}`);
  for (const attempt of attemptsOf(view.run, taskId)) lines.push(...attempt);
  return lines;
}

function attemptsOf(run: Run, taskId: string): readonly (readonly string[])[] {
  return run.attempts
    .filter((attempt) => attempt.taskId === taskId && attempt.state !== 'waiting')
    .map(({ tryNumber, attempt, state, startedAt, endedAt, errorCode, errorMessage, worker }) => {
      const took = shortDuration(Date.parse(endedAt) - Date.parse(startedAt));
      const which = `try ${tryNumber}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
      const error = errorMessage === null ? '' : `: ${errorMessage} (${errorCode})`;
      return [
        '',
        `${which}  ${instantText(startedAt)}  ${took}  ${state}${error}${worker === null ? '' : `  [${worker}]`}`,
      ];
    });
}
