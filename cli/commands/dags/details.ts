import type { Command } from 'commander';
import type { Json } from '../../../engine';
import { isEngineError } from '../../../engine/errors';
import { scheduleText } from '../../../engine/interpreter';
import { addDagsOption, addServerOptions, loadDags, type PlaceFlags, shownPath, withClient } from '../../connect';
import { docsLines } from '../../docs-text';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { load } from '../../load';
import { addOutputOption, type ListFormat, print, printList } from '../../output';
import { printParamHelp } from '../../params';

interface DetailsFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill dags details DAG`: every property of a DAG, and how it is deployed. */
export function addDetailsCommand(dags: Command): void {
  const command = dags
    .command('details')
    .description('print every property of a DAG, and whether the deployed one is that of the file')
    .argument('<dag>', 'id of the DAG');
  addOutputOption(addDagsOption(addServerOptions(command))).action((dagId: string, flags: DetailsFlags) =>
    details(dagId, flags),
  );
  addExamples(command, [['tidemill dags details retail_daily', 'limits, parameters, versions, file']]);
}

async function details(dagId: string, flags: DetailsFlags): Promise<void> {
  const dag = await findDag(await loadDags(flags), dagId);
  const { spec, versions } = dag;
  const facts: readonly (readonly [string, Json])[] = [
    ['dag_id', spec.dagId],
    ['description', spec.description],
    ['docs', spec.docs ?? null],
    ['owner', spec.owner],
    ['tags', spec.tags],
    ['schedule', scheduleText(spec)],
    ['start_date', spec.startDate],
    ['end_date', spec.endDate],
    ['catchup', spec.catchup],
    ['max_active_runs', spec.maxActiveRuns],
    ['max_active_tasks', spec.maxActiveTasks],
    ['dag_run_timeout_ms', spec.dagRunTimeoutMs],
    ['task_count', spec.tasks.length],
    ['params', spec.params],
    ['version', load.engine().dagVersion(versions)],
    ['spec_version', versions.spec],
    ['code_version', versions.code],
    ['file', shownPath(dag.file)],
    ...(await deploymentFacts(dagId, flags, versions)),
  ];
  const rows = facts.map(([property, value]) => ({ property, value }));
  const columns = [
    { name: 'property', value: (row: (typeof rows)[number]) => row.property },
    {
      name: 'value',
      value: (row: (typeof rows)[number]) => (typeof row.value === 'number' ? String(row.value) : row.value),
      canShrink: true,
    },
  ];
  const isObject = flags.output === 'json' || flags.output === 'yaml';
  if (flags.output === 'table') {
    await printList(
      rows.filter(({ property }) => property !== 'params' && property !== 'docs'),
      columns,
      {
        format: 'table',
        empty: '',
      },
    );
    print('\nParameters:');
    await printParamHelp(dagId, spec.params, 'table');
    return docsLines(spec.docs).forEach(print);
  }
  if (!isObject) return await printList(rows, columns, { format: flags.output, empty: '' });
  const properties = facts.map(([name, value]) => ({ name, value: () => value }));
  await printList([null], properties, { format: flags.output, empty: '' });
}

/** What the server says of it; why it says nothing, where nobody answers. */
async function deploymentFacts(
  dagId: string,
  flags: PlaceFlags,
  versions: { readonly spec: string; readonly code: string },
): Promise<readonly (readonly [string, Json])[]> {
  try {
    return await withClient(flags, async (client) => {
      const { deployment, paused, nextRunAt, freshUntil } = await client.control(dagId);
      const deployed = deployment?.versions;
      const isSame = deployed?.spec === versions.spec && deployed.code === versions.code;
      return [
        ['deployed', deployed === undefined ? 'no' : isSame ? 'yes, as in the file' : 'yes, another version'],
        ['deployed_at', deployment?.deployedAt ?? null],
        ['deployed_by', deployment?.deployedBy ?? null],
        ['paused', paused === null ? 'no' : `by ${paused.by} at ${paused.at}`],
        ['next_run', nextRunAt],
        ['fresh_until', freshUntil],
      ] as const;
    });
  } catch (error) {
    if (isEngineError(error) && error.code === 'unknown_dag') return [['deployed', 'no']];
    if (isEngineError(error) && error.retryable) return [['deployed', `not known: ${error.message}`]];
    throw error;
  }
}
