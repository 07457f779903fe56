import { DefinitionError } from '../errors';
import type { CustomTimetable } from '../time/custom-timetable';
import { parseBound } from '../time/parse-interval';
import { type TimetableSpec, timezoneOf } from '../time/timetable-spec';
import { badSchedule, type CustomSchedule, noSchedule } from '../time/timetables';
import type { DagOptions } from './authoring';
import type { DagHeader } from './spec';

const defaultMaxActiveRuns = 16;

type ScheduleFacts = Pick<DagHeader, 'timetable' | 'startDate' | 'endDate' | 'catchup' | 'maxActiveRuns'>;

/** Reads when a DAG runs, and checks what its timetable asks of the options beside it. */
export function readSchedule(options: DagOptions<unknown>): ScheduleFacts {
  const timetable = readTimetable(options);
  const where = `DAG ${options.id}`;
  const bound = (text: string | undefined, name: string): string | null =>
    text === undefined ? null : parseBound(text, `${where}: ${name}`, timezoneOf(timetable));
  const facts = {
    timetable,
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
export function customOf({ schedule }: DagOptions<unknown>): CustomTimetable | null {
  return schedule !== undefined && isCustom(schedule) ? schedule.timetable : null;
}

/** A DAG file is run without a compiler: what is no timetable is refused by name. */
function readTimetable({ id, schedule = noSchedule }: DagOptions<unknown>): TimetableSpec {
  if (typeof schedule === 'string') {
    throw badSchedule(`DAG ${id}: the schedule is the text "${schedule}"; write schedule: cron('${schedule}')`);
  }
  return isCustom(schedule) ? schedule.spec : schedule;
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
