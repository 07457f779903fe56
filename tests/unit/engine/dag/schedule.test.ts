import { describe, expect, test } from '@jest/globals';
import { customOf, readSchedule } from '../../../../engine/dag/schedule';
import type { TimetableSpec } from '../../../../engine/time/timetable-spec';
import { continuous, cron, customTimetable } from '../../../../engine/time/timetables';
import { codeOf, thrownBy } from '../../../support/errors';

describe('when a DAG runs', () => {
  test('continuous runs one after the other, from a start date on', () => {
    const schedule = continuous();
    expect(readSchedule({ id: 'a', schedule, startDate: '2026-01-01' })).toMatchObject({ maxActiveRuns: 1 });
    expect(readSchedule({ id: 'a', schedule, startDate: '2026-01-01', maxActiveRuns: 1 })).toMatchObject({
      maxActiveRuns: 1,
    });
    expect(codeOf(() => readSchedule({ id: 'a', schedule }))).toBe('bad_schedule');
    expect(codeOf(() => readSchedule({ id: 'a', schedule, startDate: '2026-01-01', maxActiveRuns: 2 }))).toBe(
      'bad_schedule',
    );
  });

  test('text is no schedule, and the error says what to write', () => {
    const error = thrownBy(() => readSchedule({ id: 'a', schedule: '@daily' as unknown as TimetableSpec }));
    expect(error).toMatchObject({ code: 'bad_schedule', message: expect.stringContaining("schedule: cron('@daily')") });
  });

  test("an author's own timetable leaves its functions beside the header", () => {
    const schedule = customTimetable({ name: 'lunar', settings: null, next: () => null, last: () => null });
    expect(readSchedule({ id: 'a', schedule }).timetable).toBe(schedule.spec);
    expect(customOf({ id: 'a', schedule })).toBe(schedule.timetable);
    expect(customOf({ id: 'a', schedule: cron('@daily') })).toBeNull();
    expect(customOf({ id: 'a' })).toBeNull();
  });
});
