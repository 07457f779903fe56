import type { Command } from 'commander';
import type { DagSpec, FieldChange, SpecDiff } from '../../../engine';
import { isEngineError } from '../../../engine/errors';
import { isJsonObject } from '../../../engine/json';
import type { KeptVersion, Warehouse } from '../../../warehouse';
import {
  addDagsOption,
  addServerOptions,
  addWarehouseOption,
  loadDags,
  type PlaceFlags,
  placeOf,
  withClient,
  withWarehouse,
} from '../../connect';
import { findDag } from '../../find-dag';
import { findKeptVersion, noVersions } from '../../find-version';
import { addExamples } from '../../help';
import { load } from '../../load';
import {
  addOutputOption,
  countText,
  instantText,
  type ListColumn,
  type ListFormat,
  print,
  printList,
  textOf,
} from '../../output';
import { type Paint, paintFor } from '../../style';

interface VersionsFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill dags versions DAG`: what was deployed, and what is. */
export function addVersionsCommand(dags: Command): void {
  const command = dags
    .command('versions')
    .description("list a DAG's versions that the warehouse keeps, newest first, and mark the deployed one")
    .argument('<dag>', 'id of the DAG');
  addOutputOption(addWarehouseOption(addServerOptions(command))).action((dagId: string, flags: VersionsFlags) =>
    versions(dagId, flags),
  );
  addExamples(command, [['tidemill dags versions retail_daily', 'every version that was deployed or served']]);
}

async function versions(dagId: string, flags: VersionsFlags): Promise<void> {
  const place = await placeOf(flags);
  const kept = await withWarehouse(place.warehouse, ({ store }) => load.warehouse().listVersions(store, dagId));
  if (kept.length === 0) throw noVersions(dagId, place.warehouse);
  const deployed = await deployedVersion(dagId, flags);
  const columns: readonly ListColumn<KeptVersion>[] = [
    { name: 'version', value: (one) => one.version },
    {
      name: 'deployed',
      value: (one) => (deployed === null ? null : one.version === deployed),
      text: (one) => (deployed === null ? 'not known' : one.version === deployed ? 'yes' : ''),
    },
    { name: 'kept_at', value: (one) => one.kept_at, text: (one) => `${instantText(one.kept_at)} UTC` },
    { name: 'task_count', heading: 'tasks', value: (one) => specOf(one).tasks.length },
    { name: 'spec_version', heading: 'spec', value: (one) => one.spec_version },
    { name: 'code_version', heading: 'code', value: (one) => one.code_version },
    { name: 'file', value: (one) => one.file, isDetail: true },
  ];
  await printList(kept, columns, { format: flags.output, empty: '' });
}

function specOf(version: KeptVersion): DagSpec {
  return version.spec as unknown as DagSpec;
}

/** Null when nobody answers who could tell. */
async function deployedVersion(dagId: string, flags: PlaceFlags): Promise<string | null> {
  try {
    const { deployment } = await withClient(flags, (client) => client.control(dagId));
    return deployment === null ? '' : load.engine().dagVersion(deployment.versions);
  } catch (error) {
    if (isEngineError(error) && error.code === 'unknown_dag') return '';
    if (isEngineError(error) && error.retryable) return null;
    throw error;
  }
}

interface DiffFlags extends PlaceFlags {
  readonly output: 'text' | 'json';
}

/** `tidemill dags diff DAG [V1] [V2]`: what an author has changed. */
export function addDiffCommand(dags: Command): void {
  const command = dags
    .command('diff')
    .description('say what differs between two versions of a DAG: its tasks, its options, its code')
    .argument('<dag>', 'id of the DAG')
    .argument('[before]', 'a version or its first digits; without it the one before the newest')
    .argument('[after]', 'a version, or "file" for the DAG file as it is now; without it the newest')
    .option('--json', 'print the difference as JSON');
  addDagsOption(addWarehouseOption(command)).action(
    (dagId: string, before: string | undefined, after: string | undefined, flags: DiffFlags & { json?: boolean }) =>
      diff({ dagId, before, after }, { ...flags, output: flags.json === true ? 'json' : 'text' }),
  );
  addExamples(command, [
    ['tidemill dags diff retail_daily', 'the newest version against the one before it'],
    ['tidemill dags diff retail_daily 3f2a', 'a version against the newest'],
    ['tidemill dags diff retail_daily 3f2a file', 'a version against the file, before it is deployed'],
  ]);
}

/** What is compared: the spec, and the code of the handlers. */
interface Side {
  readonly version: string;
  readonly spec: DagSpec;
  readonly code: string;
}

async function diff(
  { dagId, before, after }: { dagId: string; before: string | undefined; after: string | undefined },
  flags: DiffFlags,
): Promise<void> {
  const { warehouse } = await placeOf(flags);
  const [a, b] = await withWarehouse(warehouse, async ({ store }) => {
    const kept = await load.warehouse().listVersions(store, dagId);
    const [newest, previous] = kept;
    if (newest === undefined) throw noVersions(dagId, warehouse);
    const side = async (name: string | undefined, otherwise: KeptVersion): Promise<Side> => {
      if (name === 'file') return await fileSide(dagId, flags);
      return await keptSide(store, name === undefined ? otherwise : findKeptVersion(dagId, kept, name));
    };
    return [await side(before, previous ?? newest), await side(after, newest)];
  });
  const difference = load.engine().diffSpecs(a.spec, b.spec);
  const files = load.runner().changedFiles(a.code, b.code);
  if (flags.output === 'json') return print(JSON.stringify(diffFacts(a, b, difference, files), null, 2));
  print(`${dagId}  ${a.version} to ${b.version}`);
  for (const line of diffLines(difference, files, paintFor(process.stdout))) print(line);
}

async function keptSide(store: Warehouse['store'], kept: KeptVersion): Promise<Side> {
  return { version: kept.version, spec: specOf(kept), code: (await store.get(kept.bundle)).toString('utf8') };
}

async function fileSide(dagId: string, flags: PlaceFlags): Promise<Side> {
  const { spec, bundle, versions: both } = await findDag(await loadDags(flags), dagId);
  return { version: `file (${load.engine().dagVersion(both)})`, spec, code: bundle };
}

function diffLines({ header, added, removed, changed }: SpecDiff, files: readonly string[], paint: Paint): string[] {
  const count = header.length + added.length + removed.length + changed.length + files.length;
  if (count === 0) return ['No difference.'];
  return [
    ...added.map((taskId) => paint.green(`+ ${taskId}`)),
    ...removed.map((taskId) => paint.red(`- ${taskId}`)),
    ...changed.flatMap(({ taskId, fields }) => [paint.yellow(`~ ${taskId}`), ...fields.map(fieldLine)]),
    ...(header.length === 0 ? [] : [paint.yellow('~ the DAG'), ...header.map(fieldLine)]),
    files.length === 0
      ? 'The code of the handlers is the same.'
      : `${paint.yellow('~ the code of the handlers')}, in ${countText(files.length, 'file')}: ${files.join(', ')}`,
  ];
}

function fieldLine({ field, before, after }: FieldChange): string {
  const text = (value: FieldChange['before']): string => {
    if (value === null || value === '') return 'none';
    return isJsonObject(value) ? JSON.stringify(value) : textOf(value);
  };
  return `    ${field}: ${text(before)} -> ${text(after)}`;
}

function diffFacts(a: Side, b: Side, { header, added, removed, changed }: SpecDiff, files: readonly string[]) {
  return {
    before: a.version,
    after: b.version,
    header,
    added,
    removed,
    changed: changed.map(({ taskId, fields }) => ({ task_id: taskId, fields })),
    changed_files: files,
  };
}
