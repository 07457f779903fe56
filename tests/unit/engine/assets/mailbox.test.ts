import { describe, expect, test } from '@jest/globals';
import { asset, assets, eachPartition } from '../../../../engine/assets/condition';
import { waitingReason } from '../../../../engine/control/advance';
import { dagListing } from '../../../../engine/control/listing';
import { controlPage } from '../../../../engine/control/status-page';
import { anEvent, deployedFor, updated } from '../../../support/assets';
import { aDay } from '../../../support/builders';
import { aControl, type ControlMachine, ended, paused, triggered, unpaused } from '../../../support/control';

const [a, b] = [asset('a'), asset('b')];
const both = { condition: assets.all(a, b), eachPartition: false };
const either = { condition: assets.any(a, b), eachPartition: false };

const started = ({ commands }: ControlMachine) =>
  commands.flatMap((command) => (command.kind === 'start_run' ? [command.run] : []));
/** What became of each event, by its number, oldest first. */
const outcomes = ({ control }: ControlMachine) =>
  [...control.mailbox.records].reverse().map(({ id, outcome }) => `${/run_(\d+)/.exec(id)?.[1]} ${outcome.kind}`);

test('a list of DAGs tells of the assets that they wait for', () => {
  expect(dagListing(aControl(deployedFor(both)).control).assets).toEqual(both);
  expect(dagListing(aControl(deployedFor(undefined)).control)).not.toHaveProperty('assets');
});

describe('events of assets', () => {
  test('start a run when the condition is met, for the hull of their intervals', () => {
    const half = aControl(deployedFor(both), updated(anEvent('a', 1, 1)), updated(anEvent('a', 2, 3)));
    expect(started(half)).toEqual([]);
    expect(controlPage(half.control)).toContain('has events of a (2); none yet of b');
    const whole = half.send(updated(anEvent('b', 3, 2)));
    expect(started(whole)).toMatchObject([
      {
        runId: 'asset_triggered__2010-12-05T00:00:03.000Z',
        runType: 'asset_triggered',
        interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-04T00:00:00Z' },
        params: { source: 'landing' },
        triggeredBy: 'assets',
        assetEvents: [anEvent('a', 1, 1), anEvent('a', 2, 3), anEvent('b', 3, 2)],
      },
    ]);
    expect(outcomes(whole)).toEqual(['1 merged', '2 consumed', '3 consumed']);
    expect(whole.control.mailbox.pending).toEqual([]);
    expect(controlPage(whole.control)).toContain('next run when a and b was updated');
  });

  test('that come while a run waits for its start join it, so that many make one run', () => {
    const begun = aControl(deployedFor(either, { maxActiveRuns: 1 }), updated(anEvent('a', 1)));
    const runId = started(begun)[0]?.runId ?? '';
    const first = begun.send(triggered([aDay]));
    const rest = [2, 3, 4, 5].reduce((machine, number) => machine.send(updated(anEvent('a', number, number))), first);
    expect(rest.control.queued.map((run) => run.runType)).toEqual(['manual', 'asset_triggered']);
    expect(outcomes(rest)).toEqual(['1 consumed', '2 consumed', '3 merged', '4 merged', '5 merged']);
    const manual = rest.send(ended(runId));
    const [second] = started(manual.send(ended(started(manual)[0]?.runId ?? '')));
    expect(second?.interval).toEqual({ start: '2010-12-02T00:00:00Z', end: '2010-12-06T00:00:00Z' });
    expect(second?.assetEvents).toHaveLength(4);
  });

  test('come once, however often they are told', () => {
    const event = anEvent('a', 1);
    const twice = aControl(deployedFor(either), updated(event), updated(event));
    expect(started(twice)).toEqual([]);
    expect(outcomes(twice)).toEqual(['1 consumed']);
  });

  test('are ignored while the DAG is paused, and where it does not wait for them, with the reason', () => {
    const control = aControl(
      deployedFor(either),
      paused(),
      updated(anEvent('a', 1)),
      unpaused(),
      updated(anEvent('z', 2)),
    );
    expect(started(control)).toEqual([]);
    expect(control.control.mailbox.records.map(({ outcome }) => outcome)).toEqual([
      { kind: 'ignored', why: 'this DAG does not wait for it' },
      { kind: 'ignored', why: 'paused by ada at 2010-12-05T00:00:00Z' },
    ]);
    expect(outcomes(aControl(deployedFor(undefined), updated(anEvent('a', 1))))).toEqual(['1 ignored']);
    expect(outcomes(aControl(updated(anEvent('a', 1))))).toEqual(['1 ignored']);
  });

  test('that wait for others are kept over a pause; a run that was queued before it waits', () => {
    const half = aControl(deployedFor(both, { maxActiveRuns: 1 }), updated(anEvent('a', 1)), paused(), unpaused());
    expect(started(half.send(updated(anEvent('b', 2))))).toHaveLength(1);
    const queued = aControl(
      deployedFor(either, { maxActiveRuns: 1 }),
      updated(anEvent('a', 1)),
      updated(anEvent('a', 2)),
    );
    const held = queued.send(paused()).send(ended('asset_triggered__2010-12-05T00:00:01.000Z'));
    expect(started(held)).toEqual([]);
    expect(held.control.queued.map((run) => waitingReason(held.control, run)?.code)).toEqual(['dag_paused']);
  });

  test('of a deploy that changes the condition meet the new one, or are let go', () => {
    const half = aControl(deployedFor(both), updated(anEvent('a', 1)));
    expect(started(half.send(deployedFor(either)))).toHaveLength(1);
    const gone = half.send(deployedFor({ condition: b, eachPartition: false }));
    expect(gone.control.mailbox).toMatchObject({ pending: [], records: [{ outcome: { kind: 'ignored' } }] });
    expect(outcomes(half.send(deployedFor(undefined)))).toEqual(['1 ignored']);
  });

  test('may count by partition: a run for each one in which the condition is met', () => {
    const each = aControl(deployedFor(eachPartition(assets.all(a, b)), { maxActiveRuns: 1 }));
    const split = each.send(updated(anEvent('a', 1, 1))).send(updated(anEvent('b', 2, 2)));
    expect(started(split)).toEqual([]);
    const first = split.send(updated(anEvent('b', 3, 1)));
    expect(started(first)).toMatchObject([{ partition: '2010-12-01T00:00:00Z' }]);
    const second = first
      .send(updated(anEvent('a', 4, 2)))
      .send(updated(anEvent('a', 5, 2)))
      .send(updated(anEvent('a', 6, 3)));
    expect(second.control.queued).toMatchObject([{ partition: '2010-12-02T00:00:00Z' }]);
    expect(outcomes(second)).toEqual(['1 consumed', '3 consumed', '2 consumed', '4 consumed', '5 merged']);
    expect(second.control.mailbox.pending).toHaveLength(1);
  });

  test('of the whole of an asset have no interval: the run begins and ends with them', () => {
    const event = { ...anEvent('a', 1), partition: null, interval: null };
    const [run] = started(aControl(deployedFor(either), updated(event)));
    expect(run?.interval).toEqual({ start: event.at, end: event.at });
  });
});
