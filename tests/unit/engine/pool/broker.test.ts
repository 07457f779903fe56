import { describe, expect, test } from '@jest/globals';
import {
  advancePools,
  noPools,
  type PoolEvent,
  type Pools,
  patienceMs,
  type SlotsAsk,
} from '../../../../engine/pool/broker';
import { poolsPage, poolViews, usersOf, waitText } from '../../../../engine/pool/look';
import { isoInstant } from '../../../../engine/time/instant';

const at = (seconds: number): string => isoInstant(Date.UTC(2026, 0, 1) + seconds * 1_000);

function anAsk(lease: string, slots = 1, more: Partial<SlotsAsk> = {}): SlotsAsk {
  const wants = [{ limit: 'pool/etl', slots, capacity: null }];
  return { holder: { workflowId: `run/${lease}`, execution: 'e1' }, lease, wants, priority: 1, ...more };
}

/** What follows from events, one a second: the state, and each answer as `granted a` or `waits a`. */
function after(events: readonly object[], before: Pools = noPools): { state: Pools; told: readonly string[] } {
  let state = before;
  const told: string[] = [];
  events.forEach((event, index) => {
    const step = advancePools(state, { at: at(index), ...event } as PoolEvent);
    state = step.state;
    told.push(...step.commands.map(({ kind, ask }) => `${kind} ${ask.lease}`));
  });
  return { state, told };
}

const etl = (slots: number): object => ({ kind: 'pool_set', name: 'etl', slots, description: 'loads | all\nday' });
const asks = (...all: readonly SlotsAsk[]): object => ({ kind: 'asked', asks: all });
const returned = (lease: string, holder = `run/${lease}`): object => ({
  kind: 'returned',
  holder: { workflowId: holder, execution: 'e1' },
  leases: [lease],
});

describe('the broker', () => {
  test('grants what there is room for, in the order of asking, and the rest as slots come back', () => {
    const { told } = after([etl(2), asks(anAsk('a')), asks(anAsk('b'), anAsk('c')), returned('a')]);
    expect(told).toEqual(['granted a', 'granted b', 'waits c', 'granted c']);
  });

  test('serves a larger priority first', () => {
    const { told } = after([
      etl(1),
      asks(anAsk('a')),
      asks(anAsk('low'), anAsk('high', 1, { priority: 9 })),
      returned('a'),
    ]);
    expect(told.at(-1)).toBe('granted high');
  });

  test('lets room gather for a wide request: small ones behind it wait, small ones before it do not', () => {
    const { told } = after([
      etl(3),
      asks(anAsk('a'), anAsk('b')),
      asks(anAsk('wide', 3)),
      asks(anAsk('small')),
      asks(anAsk('urgent', 1, { priority: 9 })),
      returned('a'),
      returned('b'),
      returned('urgent'),
      returned('wide'),
    ]);
    expect(told).toEqual([
      ...['granted a', 'granted b', 'waits wide', 'waits small'],
      ...['granted urgent', 'granted wide', 'granted small'],
    ]);
  });

  test('a request that can never be met stops nobody', () => {
    const { told, state } = after([etl(2), asks(anAsk('huge', 3)), asks(anAsk('a', 2))]);
    expect(told).toEqual(['waits huge', 'granted a']);
    expect(waitText(state, anAsk('huge'), at(9))).toBe('it needs 3 slots of pool etl, which has 2');
  });

  test('who has been patient goes before larger priorities, and keeps free all that it needs', () => {
    const late = patienceMs / 1_000 + 10;
    const both = (lease: string, priority: number): SlotsAsk =>
      anAsk(lease, 1, {
        priority,
        wants: [
          { limit: 'pool/etl', slots: 1, capacity: null },
          { limit: 'dag/shop', slots: 1, capacity: 1 },
        ],
      });
    const { state } = after([
      etl(1),
      asks(anAsk('a')),
      asks(anAsk('cap', 1, { wants: [{ limit: 'dag/shop', slots: 1, capacity: 1 }] })),
      asks(both('patient', 1)),
    ]);
    const { told } = after(
      [
        { ...asks(anAsk('urgent', 1, { priority: 99 })), at: at(late) },
        { ...returned('cap'), at: at(late + 1) },
        {
          ...asks(anAsk('cap2', 1, { priority: 99, wants: [{ limit: 'dag/shop', slots: 1, capacity: 1 }] })),
          at: at(late + 2),
        },
        { ...returned('a'), at: at(late + 3) },
        { ...returned('patient'), at: at(late + 4) },
      ],
      state,
    );
    expect(told).toEqual(['waits urgent', 'waits cap2', 'granted patient', 'granted urgent', 'granted cap2']);
  });

  test('answers again who asks again, and gives nothing twice', () => {
    const { told, state } = after([etl(1), asks(anAsk('a')), asks(anAsk('a')), asks(anAsk('b')), asks(anAsk('b'))]);
    expect(told).toEqual(['granted a', 'granted a', 'waits b', 'waits b']);
    expect(poolViews(state)).toMatchObject([{ used: 1, waiting: 1 }]);
  });

  test('takes back what gone holders had and asked for, and nothing of the same workflow in another execution', () => {
    const again = anAsk('a', 1, { holder: { workflowId: 'run/a', execution: 'e2' } });
    const gone = { kind: 'holders_gone', holders: [{ workflowId: 'run/a', execution: 'e1' }] };
    const { told, state } = after([etl(1), asks(anAsk('a')), asks(again), gone]);
    expect(told).toEqual(['granted a', 'waits a', 'granted a']);
    expect(usersOf(state, 'etl').map(({ holder }) => holder.execution)).toEqual(['e2']);
  });

  test('gives back is also how a request is withdrawn; what nobody knows changes nothing', () => {
    const { state } = after([etl(1), asks(anAsk('a')), asks(anAsk('b')), returned('b'), returned('c')]);
    expect(poolViews(state)).toMatchObject([{ name: 'etl', slots: 1, used: 1, waiting: 0 }]);
  });

  test('a pool that grows serves who waits, one that shrinks takes nothing away, one that is gone serves nobody', () => {
    const { told, state } = after([
      etl(1),
      asks(anAsk('a')),
      asks(anAsk('b')),
      etl(2),
      etl(1),
      returned('a'),
      asks(anAsk('c')),
      { kind: 'pool_deleted', name: 'etl' },
      returned('b'),
      { kind: 'time_passed' },
    ]);
    expect(told).toEqual(['granted a', 'waits b', 'granted b', 'waits c']);
    expect(waitText(state, anAsk('c'), at(99))).toBe('pool etl does not exist; tidemill pools set etl SLOTS');
  });
});

describe('why a request waits', () => {
  const cap = (limit: string): SlotsAsk['wants'] => [{ limit, slots: 1, capacity: 1 }];

  test('is said with the limit, the place in its queue, and how full it is', () => {
    const { state } = after([etl(1), asks(anAsk('a')), asks(anAsk('b')), asks(anAsk('c'))]);
    expect(waitText(state, anAsk('c'), at(9))).toBe('pool etl: place 2 of 2, 1 of 1 slots in use');
    expect(waitText(state, anAsk('a'), at(9))).toBeNull();
  });

  test.each([
    ['dag/shop', 'maxActiveTasksOverRuns of its DAG: place 1 of 1, 1 of 1 slots in use'],
    ['task/shop/sell', 'maxActive of the task: place 1 of 1, 1 of 1 slots in use'],
  ])('names the cap %s', (limit, text) => {
    const { state } = after([asks(anAsk('a', 1, { wants: cap(limit) })), asks(anAsk('b', 1, { wants: cap(limit) }))]);
    expect(waitText(state, anAsk('b'), at(9))).toBe(text);
  });

  test('names the place also of one that waits only because another is before it', () => {
    const { state } = after([etl(3), asks(anAsk('a')), asks(anAsk('wide', 3)), asks(anAsk('small'))]);
    expect(waitText(state, anAsk('small'), at(9))).toBe('pool etl: place 2 of 2, 1 of 3 slots in use');
  });

  test('is on the page, pools by name', () => {
    const { state } = after([etl(1), { ...etl(2), name: 'api' }, asks(anAsk('a')), asks(anAsk('b'))]);
    expect(poolsPage(state).split('\n').slice(0, 5)).toEqual([
      '**Pools** · 1 leases, 1 requests wait',
      '',
      '| pool | slots in use | waiting | |',
      '|---|---|--:|---|',
      '| api | 0 of 2 | 0 | loads \\| all day |',
    ]);
  });
});
