import {
  type CalendarSpec,
  type Client,
  MONTHS,
  type Month,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import { tickWorkflowId, type Wake, workflowNames } from '../engine';
import type { DesiredSchedule } from './desired';
import type { ActualSchedule, ScheduleAction } from './plan';

/** Wake-ups that were missed while the server was down are made up for within this time. */
const catchupWindow = '365 days';

/** The schedules of ours that the server has. */
export async function actualSchedules(client: Client): Promise<readonly ActualSchedule[]> {
  const found: ActualSchedule[] = [];
  for await (const schedule of client.schedule.list()) {
    if (!schedule.scheduleId.startsWith('tidemill/')) continue;
    const desired = schedule.memo?.tidemill as DesiredSchedule | undefined;
    found.push({ scheduleId: schedule.scheduleId, desired: desired ?? null });
  }
  return found;
}

/** Performs a plan. Safe to repeat: a half-applied plan is completed by the next one. */
export async function applySchedules(
  client: Client,
  actions: readonly ScheduleAction[],
  options: { readonly taskQueue: string; readonly isPaused: (dagId: string) => boolean },
): Promise<void> {
  for (const action of actions) {
    switch (action.kind) {
      case 'create':
        await create(client, action.desired, options);
        break;
      case 'change':
        // A memo can only be set when a schedule is made, and ours holds nothing that is not in the DAG file.
        await client.schedule.getHandle(action.desired.scheduleId).delete();
        await create(client, action.desired, options);
        break;
      case 'remove':
        await client.schedule.getHandle(action.scheduleId).delete();
        break;
      case 'keep':
        break;
    }
  }
}

async function create(
  client: Client,
  desired: DesiredSchedule,
  { taskQueue, isPaused }: { readonly taskQueue: string; readonly isPaused: (dagId: string) => boolean },
): Promise<void> {
  const options: ScheduleOptions = {
    scheduleId: desired.scheduleId,
    spec: scheduleSpec(desired),
    action: {
      type: 'startWorkflow',
      workflowType: workflowNames.dagTick,
      workflowId: tickWorkflowId(desired.dagId),
      taskQueue,
      args: [{ dagId: desired.dagId }],
      workflowRunTimeout: '10 minutes',
    },
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow },
    memo: { tidemill: desired },
    state: { note: desired.note, paused: isPaused(desired.dagId) },
  };
  await client.schedule.create(options);
}

function scheduleSpec({ wakes, note }: DesiredSchedule): ScheduleSpec {
  const comment = note.slice(0, 200);
  return {
    calendars: wakes.flatMap((wake) => (wake.kind === 'every' ? [] : [{ ...calendar(wake), comment }])),
    intervals: wakes.flatMap((wake) => (wake.kind === 'every' ? [{ every: wake.everyMs, offset: wake.offsetMs }] : [])),
  };
}

function calendar(wake: Exclude<Wake, { kind: 'every' }>): CalendarSpec {
  if (wake.kind === 'daily') return { hour: [...wake.hours], minute: [...wake.minutes], second: wake.seconds };
  const at = new Date(wake.at);
  return {
    year: at.getUTCFullYear(),
    month: MONTHS[at.getUTCMonth()] as Month,
    dayOfMonth: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}
