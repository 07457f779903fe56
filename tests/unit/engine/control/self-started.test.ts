import { describe, expect, test } from '@jest/globals';
import { controlPage } from '../../../../engine/control/status-page';
import type { DagSpec } from '../../../../engine/dag/spec';
import { continuous, cron, once } from '../../../../engine/time/timetables';
import {
  aControl,
  aSummary,
  type ControlMachine,
  deployed,
  due,
  paused,
  second,
  unpaused,
} from '../../../support/control';

const startDate = '2010-12-01T00:00:00Z';

const aDeploy = (facts: Partial<DagSpec>, { startsPaused = false } = {}) => {
  const event = deployed({ startsPaused, maxActiveRuns: 1 });
  if (event.kind !== 'deployed') throw new Error('no deployment');
  return { ...event, deployment: { ...event.deployment, spec: { ...event.deployment.spec, ...facts } } };
};

const endedAt = (runId: string, at: string) =>
  ({ kind: 'run_ended', summary: aSummary(runId, { endedAt: at }), at }) as const;

const started = ({ commands }: ControlMachine) =>
  commands.flatMap((command) => (command.kind === 'start_run' ? [command.run] : []));

describe('continuous', () => {
  const timetable = continuous();

  test('its page says when the next one starts', () => {
    const page = controlPage(aControl(aDeploy({ timetable, startDate })).control);
    expect(page).toContain('next run when the last has ended');
  });

  test('the next run starts when the last has ended, for the time since', () => {
    const first = aControl(aDeploy({ timetable, startDate }));
    const next = first.send(endedAt('scheduled__2010-12-01T00:00:00Z', second(60)));

    expect(started(first)[0]).toMatchObject({
      runId: 'scheduled__2010-12-01T00:00:00Z',
      interval: { start: startDate, end: '2010-12-05T00:00:00Z' },
    });
    expect(started(next)[0]).toMatchObject({
      runId: 'scheduled__2010-12-05T00:00:00Z',
      interval: { start: '2010-12-05T00:00:00Z', end: second(60) },
    });
  });

  test('none starts beside another one, and none while paused', () => {
    const running = aControl(aDeploy({ timetable, startDate }));
    expect(running.send(aDeploy({ timetable, startDate })).commands).toEqual([]);
    const stopped = running.send(paused()).send(endedAt('scheduled__2010-12-01T00:00:00Z', second(60)));
    expect(stopped.commands).toEqual([]);
    expect(started(stopped.send({ ...unpaused(), at: second(90) }))[0]?.interval.end).toBe(second(90));
  });

  test('it begins at its start date, ends at its end date, and moves on with the clock alone', () => {
    const later = aControl(aDeploy({ timetable, startDate: '2010-12-06T00:00:00Z' }));
    expect(later.commands).toEqual([]);
    expect(later.send(due([], '2010-12-06T00:00:01Z')).commands).toHaveLength(1);
    const bounded = aControl(aDeploy({ timetable, startDate, endDate: '2010-12-02T00:00:00Z' }));
    expect(started(bounded)[0]?.interval.end).toBe('2010-12-02T00:00:00Z');
    expect(bounded.send(endedAt('scheduled__2010-12-01T00:00:00Z', second(60))).commands).toEqual([]);
    expect(aControl(aDeploy({ timetable, startDate: null })).commands).toEqual([]);
  });
});

describe('once', () => {
  const timetable = once();

  test('runs once and never again', () => {
    const control = aControl(aDeploy({ timetable }, { startsPaused: true }));
    expect(control.commands).toEqual([]);
    const begun = control.send(unpaused());
    expect(started(begun).map((run) => run.runId)).toEqual(['scheduled__2010-12-05T00:00:00Z']);
    const again = begun.send(endedAt('scheduled__2010-12-05T00:00:00Z', second(60)));
    expect(again.commands).toEqual([]);
    expect(again.send(aDeploy({ timetable })).commands).toEqual([]);
  });

  test('waits for its start date', () => {
    const control = aControl(aDeploy({ timetable, startDate: '2010-12-06T00:00:00Z' }));
    expect(control.commands).toEqual([]);
    const begun = control.send(due([], '2010-12-06T00:00:00Z'));
    expect(started(begun)[0]?.interval).toEqual({ start: '2010-12-06T00:00:00Z', end: '2010-12-06T00:00:00Z' });
  });
});

describe('since when a timetable is active', () => {
  const daily = { timetable: cron('@daily') };

  test('from the deploy that brought it, also as another one, or from unpausing', () => {
    const control = aControl(aDeploy(daily));
    expect(control.control.activeSince).toBe('2010-12-05T00:00:00Z');
    expect(control.send({ ...aDeploy(daily), at: second(9) }).control.activeSince).toBe('2010-12-05T00:00:00Z');
    const other = control.send({ ...aDeploy({ timetable: cron('@hourly') }), at: second(9) });
    expect(other.control.activeSince).toBe(second(9));
    const stopped = other.send(paused());
    const back = stopped.send({ ...unpaused(), at: second(11) });
    expect(back.control.activeSince).toBe(second(11));
    expect(back.send({ ...unpaused(), at: second(12) }).control.activeSince).toBe(second(11));
  });
});
