import type { AssetCondition, AssetSchedule } from '../assets/condition';
import { DefinitionError } from '../errors';
import type { CustomTimetable } from '../time/custom-timetable';
import { parseBound } from '../time/parse-interval';
import { type TimetableSpec, timezoneOf } from '../time/timetable-spec';
import { badSchedule, type CustomSchedule, noSchedule } from '../time/timetables';
import type { AssetOrTime, DagOptions } from './authoring';
import type { DagHeader } from './spec';

const defaultMaxActiveRuns = 16;

type ScheduleFacts = Pick<DagHeader, 'timetable' | 'assets' | 'startDate' | 'endDate' | 'catchup' | 'maxActiveRuns'>;

interface ScheduleParts {
  readonly time: TimetableSpec | CustomSchedule;
  readonly assets: AssetSchedule | null;
}

/** Reads when a DAG runs, and checks what its timetable asks of the options beside it. */
export function readSchedule(options: DagOptions<unknown>): ScheduleFacts {
  const { time, assets } = partsOf(options);
  const timetable = isCustom(time) ? time.spec : time;
  const where = `DAG ${options.id}`;
  const bound = (text: string | undefined, name: string): string | null =>
    text === undefined ? null : parseBound(text, `${where}: ${name}`, timezoneOf(timetable));
  const facts = {
    timetable,
    ...(assets === null ? {} : { assets }),
    startDate: bound(options.startDate, 'startDate'),
    endDate: bound(options.endDate, 'endDate'),
    catchup: options.catchup ?? false,
    maxActiveRuns: positive(
      options.maxActiveRuns ?? (timetable.kind === 'continuous' ? 1 : defaultMaxActiveRuns),
      `${where}: maxActiveRuns`,
    ),
  };
  if (timetable.kind === 'continuous') checkContinuous(where, facts);
  return facts;
}

/** The author's functions of a timetable of their own; null for the built-in ones. */
export function customOf(options: DagOptions<unknown>): CustomTimetable | null {
  const { time } = partsOf(options);
  return isCustom(time) ? time.timetable : null;
}

/** A DAG file is run without a compiler: what is no timetable is refused by name. */
function partsOf({ id, schedule = noSchedule }: DagOptions<unknown>): ScheduleParts {
  if (typeof schedule === 'string') {
    throw badSchedule(`DAG ${id}: the schedule is the text "${schedule}"; write schedule: cron('${schedule}')`);
  }
  if ('time' in schedule) return { time: schedule.time, assets: assetSchedule(schedule.assets) };
  if (isAssets(schedule)) return { time: noSchedule, assets: assetSchedule(schedule) };
  return { time: schedule, assets: null };
}

function isAssets(
  schedule: Exclude<NonNullable<DagOptions<unknown>['schedule']>, AssetOrTime>,
): schedule is AssetCondition | AssetSchedule {
  return 'condition' in schedule || 'of' in schedule || ('kind' in schedule && schedule.kind === 'asset');
}

function assetSchedule(given: AssetCondition | AssetSchedule): AssetSchedule {
  return 'condition' in given ? given : { condition: given, eachPartition: false };
}

function isCustom(schedule: TimetableSpec | CustomSchedule): schedule is CustomSchedule {
  return 'timetable' in schedule;
}

function checkContinuous(where: string, { startDate, maxActiveRuns }: ScheduleFacts): void {
  if (startDate === null) {
    throw badSchedule(`${where}: continuous() needs a startDate, where the interval of its first run begins`);
  }
  if (maxActiveRuns !== 1) {
    throw badSchedule(
      `${where}: continuous() runs one after the other; maxActiveRuns is ${maxActiveRuns}, leave it out`,
    );
  }
}

/** A limit of at least one; `bad_limit` names the option. */
export function positive(value: number, option: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new DefinitionError({
    code: 'bad_limit',
    message: `${option} is ${value}; give at least 1.`,
    details: { option, value },
  });
}
