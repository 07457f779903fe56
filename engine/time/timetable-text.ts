import { durationText } from './duration';
import type { BusinessCalendar, CronRule, FireRule, TimetableSpec } from './timetable-spec';

/** A timetable in one short text: `0 0 * * * UTC, 2h after`. */
export function timetableText(timetable: TimetableSpec): string {
  switch (timetable.kind) {
    case 'none':
      return 'by trigger only';
    case 'once':
      return 'once';
    case 'continuous':
      return 'continuous, one run after the other';
    case 'custom':
      return `${timetable.name} (of its own)${delayText(timetable.delayMs)}`;
    case 'interval':
      return `${rulePlace(timetable.fires, timetable.timezone)}${delayText(timetable.delayMs)}`;
    case 'trigger': {
      const interval = `, for the ${durationText(timetable.intervalMs)} before`;
      return `${rulePlace(timetable.fires, timetable.timezone)}${interval}${delayText(timetable.delayMs)}`;
    }
  }
}

function rulePlace(rule: FireRule, timezone: string): string {
  switch (rule.kind) {
    case 'cron':
      return `${rule.crons.join(' or ')} ${timezone}${policyText(rule)}`;
    case 'delta':
      return `every ${durationText(rule.everyMs)}`;
    case 'dates':
      return `on ${rule.instants.length} ${rule.instants.length === 1 ? 'date' : 'dates'}`;
  }
}

/** What is not as usual. */
function policyText({ gap, fold, calendar }: CronRule): string {
  return [
    calendar === null ? '' : `, ${calendarText(calendar)}`,
    gap === 'skip' ? ', gap skipped' : '',
    fold === null ? '' : `, fold ${fold}`,
  ].join('');
}

function calendarText({ holidays, roll }: BusinessCalendar): string {
  const rolled = roll === 'skip' ? '' : `, else the ${roll} one`;
  return `on business days (${holidays.length} holidays)${rolled}`;
}

function delayText(delayMs: number): string {
  return delayMs === 0 ? '' : `, ${durationText(delayMs)} after`;
}
