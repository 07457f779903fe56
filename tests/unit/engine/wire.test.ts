import { expect, test } from '@jest/globals';
import * as engine from '../../../engine/index';
import * as interpreter from '../../../engine/interpreter';

test('ids that cross Temporal are what others rely on', () => {
  expect(engine.runWorkflowId('retail_daily', 'scheduled__2010-12-01T00:00:00Z')).toBe(
    'dag_run/retail_daily/scheduled__2010-12-01T00:00:00Z',
  );
  expect(engine.controlWorkflowId('retail_daily')).toBe('dag_control/retail_daily');
  expect(engine.backfillWorkflowId('retail_daily', '2026-11-20T08:15:30.042Z')).toBe(
    'backfill/retail_daily/2026-11-20T08:15:30.042Z',
  );
  expect(engine.tickWorkflowId('retail_daily')).toBe('dag_tick/retail_daily');
  expect(engine.scheduleId('retail_daily')).toBe('tidemill/retail_daily');
  expect(engine.activityName('retail_daily', 'core.fact_sales')).toBe('retail_daily.core.fact_sales');
  expect(engine.pathSafe('scheduled__2010-12-01T00:00:00Z')).toBe('scheduled__2010-12-01T00-00-00Z');
});

test('names of workflows, messages and search attributes are never renamed', () => {
  expect(engine.workflowNames).toEqual({
    dagRun: 'dagRun',
    dagControl: 'dagControl',
    dagTick: 'dagTick',
    assetHub: 'assetHub',
    taskMap: 'taskMap',
    backfill: 'backfill',
    pools: 'pools',
    notify: 'notify',
  });
  expect(Object.values(engine.controlMessages)).toEqual(
    expect.arrayContaining(['control', 'deploy', 'trigger', 'pause', 'unpause', 'cancel_queued', 'due', 'run_ended']),
  );
  expect(Object.values(engine.backfillMessages)).toEqual(['backfill', 'pause', 'resume', 'cancel']);
  expect(engine.runMessages).toMatchObject({ run: 'run', stop: 'stop' });
  expect(Object.keys(engine.searchAttributes).sort()).toEqual([
    'TidemillDag',
    'TidemillFailedTasks',
    'TidemillFreshUntil',
    'TidemillRetries',
    'TidemillRunType',
    'TidemillState',
  ]);
});

test('the interpreter is a part of the engine, and not the part for authors', () => {
  expect(Object.keys(engine)).toEqual(expect.arrayContaining(Object.keys(interpreter)));
  for (const authoring of ['defineDag', 'compile', 'cron', 'checkParams'])
    expect(interpreter).not.toHaveProperty(authoring);
});
