import { describe, expect, test } from '@jest/globals';
import { advanceHub, type HubEvent, newHub } from '../../../../engine/assets/hub';
import { newAssetEvents, outletsOf } from '../../../../engine/run/asset-events';
import { inputOf } from '../../../../engine/run/input';
import { anEvent } from '../../../support/assets';
import { aDay, anIdentity, aPlan, aRun } from '../../../support/builders';
import { codeOf } from '../../../support/errors';

describe('the events of a run', () => {
  const plan = aPlan({ make: { policy: { outlets: ['a', 'b'] } }, other: ['make'] });
  const outlets = outletsOf(plan);
  const made = aRun({ make: { state: 'success', tryNumber: 2, endedAt: '2010-12-02T03:00:00Z' } });

  test('are those of tasks that have just succeeded', () => {
    const events = newAssetEvents(outlets, aRun({ make: 'running' }), made);
    expect(events).toEqual(
      ['a', 'b'].map((asset) => ({
        id: `shop/scheduled__${aDay.start}/make#2/${asset}`,
        asset,
        partition: aDay.start,
        interval: aDay,
        at: '2010-12-02T03:00:00Z',
        source: `shop/scheduled__${aDay.start}/make`,
      })),
    );
    expect(newAssetEvents(outlets, made, made)).toEqual([]);
    expect(newAssetEvents(outlets, aRun(), aRun({ make: 'success' }))[0]?.at).toBe(made.startedAt);
  });

  test.each(['failed', 'skipped', 'upstream_failed', 'up_for_retry'] as const)(
    'a task that is %s makes none',
    (state) => {
      expect(newAssetEvents(outlets, aRun({ make: 'running' }), aRun({ make: state }))).toEqual([]);
    },
  );

  test('a task can be given those that its run stands for', () => {
    const asking = aPlan({ ask: { input: { $ref: ['run', 'asset_events'] } } });
    const assetEvents = [anEvent('a', 1)];
    expect(inputOf(asking, aRun({}, { identity: anIdentity({ assetEvents }) }), 'ask')).toEqual(assetEvents);
    expect(inputOf(asking, aRun(), 'ask')).toEqual([]);
  });
});

describe('the hub of an asset', () => {
  const told = (...events: readonly HubEvent[]) =>
    events.reduce((step, event) => advanceHub(step.state, event), { state: newHub('a'), commands: [] } as ReturnType<
      typeof advanceHub
    >);
  const declared = (dagId: string, produces: boolean, consumes: boolean): HubEvent => ({
    kind: 'declared',
    dagId,
    produces,
    consumes,
  });
  const event = anEvent('a', 1);

  test('hands an event to all who wait for the asset, once', () => {
    const waiting = [declared('x', false, true), declared('w', true, true), declared('v', true, false)];
    const first = told(...waiting, { kind: 'happened', event });
    expect(first.state).toMatchObject({ producers: ['v', 'w'], consumers: ['w', 'x'] });
    expect(first.commands).toEqual(['w', 'x'].map((dagId) => ({ kind: 'hand_over', dagId, event })));
    expect(told(...waiting, { kind: 'happened', event }, { kind: 'happened', event }).commands).toEqual([]);
  });

  test('an event for which nobody waits is kept, handed to nobody', () => {
    const gone = told(declared('x', false, true), declared('x', false, false), { kind: 'happened', event });
    expect(gone.state.events).toEqual([{ event, consumers: [] }]);
    expect(gone.commands).toEqual([]);
  });

  test('an unknown event is a bug of the engine', () => {
    expect(codeOf(() => advanceHub(newHub('a'), { kind: 'lunar' } as unknown as HubEvent))).toBe('engine_bug');
  });
});
