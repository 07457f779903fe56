import { TaskError } from '../../engine/errors';
import { checkTypes } from '../duckdb/column-types';
import { type Comparison, compareFingerprints, filesFingerprint } from '../duckdb/fingerprint';
import { tableFolder } from '../duckdb/quote';
import type { Column, DataFile, Fingerprint, TableChange } from '../types';
import { daysOf, isInRange, monthOf } from './days';
import {
  type DayEntry,
  type PartitionRef,
  type PartitionStore,
  type StagedPartition,
  wholePartition,
} from './partitions';
import type { ReleasedTable } from './record';
import { schemaChange } from './schema-change';

type SliceChange = Extract<TableChange, { kind: 'slice' }>;
type WholeChange = Extract<TableChange, { kind: 'whole' }>;

/** What the planning of a table may ask of the warehouse. */
export interface PlanTools {
  readonly partitions: PartitionStore;
  /** How the running DuckDB hashes. */
  readonly probe: string;
  /** Fingerprints files anew, with the running DuckDB. */
  refingerprint(columns: readonly Column[], files: readonly DataFile[]): Promise<Fingerprint>;
}

/** The content that a table will have. */
export interface TableContent {
  readonly definition: 'new' | 'changed' | 'kept';
  readonly partitions: readonly PartitionRef[];
  /** Manifests to write; none when nothing changed, not even which days are covered. */
  readonly staged: readonly StagedPartition[];
  readonly removed: readonly DataFile[];
  readonly added: readonly DataFile[];
}

/** Refuses files that could not be published as this table. */
export function checkChange(change: TableChange, base: ReleasedTable | undefined): 'new' | 'changed' | 'kept' {
  checkTypes(change.table, change.columns, 'published');
  const folder = `${tableFolder(change.table)}/`;
  const keys = new Set<string>();
  for (const { key } of change.files) {
    const isOurs = key.startsWith(folder) && !key.slice(folder.length).includes('/');
    if (!isOurs || keys.has(key)) throw badFile(change.table, key, isOurs ? 'given twice' : `not in ${folder}`);
    keys.add(key);
  }
  if (base === undefined) return 'new';
  if (base.kind !== change.kind) throw kindChanged(change.table, base.kind, change.kind);
  return schemaChange(change.table, base.columns, change.columns) === 'kept' ? 'kept' : 'changed';
}

/** A slice table after its days were replaced. Days with equal rows keep their files. */
export async function planSlice(
  tools: PlanTools,
  change: SliceChange,
  base: ReleasedTable | undefined,
): Promise<TableContent> {
  const definition = checkChange(change, base);
  const replaced = daysOf(change.replaces);
  const newFiles = groupByDay(change);
  const refs = new Map(base?.partitions.map((ref) => [ref.partition, ref]));
  const staged: StagedPartition[] = [];
  const removed: DataFile[] = [];
  const added: DataFile[] = [];
  for (const [month, days] of groupBy(replaced, monthOf)) {
    const ref = refs.get(month);
    const entries = new Map((ref === undefined ? [] : (await tools.partitions.load(ref)).days).map((e) => [e.day, e]));
    for (const day of days) {
      const old = entries.get(day);
      const files = newFiles.get(day) ?? [];
      const isSame = old !== undefined && (await compareFiles(tools, change.columns, old.files, files)) === 'equal';
      if (!isSame) removed.push(...(old?.files ?? []));
      if (!isSame) added.push(...files);
      entries.set(day, { day, sources: change.sources ?? old?.sources ?? [], files: isSame ? old.files : files });
    }
    const sorted = [...entries.values()].sort(byDay);
    const next = tools.partitions.stage(change.table, change.columns, { partition: month, days: sorted }, tools.probe);
    if (next.ref.manifest === ref?.manifest) continue;
    refs.set(month, next.ref);
    staged.push(next);
  }
  const partitions = [...refs.values()].sort((a, b) => (a.partition < b.partition ? -1 : 1));
  return { definition, partitions, staged, removed, added };
}

/** A whole table after it was rebuilt. Equal rows keep their files. */
export async function planWhole(
  tools: PlanTools,
  change: WholeChange,
  base: ReleasedTable | undefined,
): Promise<TableContent> {
  const definition = checkChange(change, base);
  const ref = base?.partitions[0];
  const old = ref === undefined ? [] : (await tools.partitions.load(ref)).days.flatMap((entry) => entry.files);
  const isSame = definition === 'kept' && (await compareFiles(tools, change.columns, old, change.files)) === 'equal';
  if (isSame) return { definition, partitions: base?.partitions ?? [], staged: [], removed: [], added: [] };
  const days = [{ day: null, sources: [], files: change.files }];
  const next = tools.partitions.stage(change.table, change.columns, { partition: wholePartition, days }, tools.probe);
  return { definition, partitions: [next.ref], staged: [next], removed: old, added: change.files };
}

/** Files hashed by another DuckDB version are hashed again: an upgrade must not look like a change. */
async function compareFiles(
  tools: PlanTools,
  columns: readonly Column[],
  old: readonly DataFile[],
  next: readonly DataFile[],
): Promise<Comparison> {
  if (old.length === 0 && next.length === 0) return 'equal';
  const sameColumns = (files: readonly DataFile[], reference: string) =>
    files.every((file) => file.fingerprint.columns === reference);
  const [first] = next;
  if (first !== undefined && !sameColumns(old, first.fingerprint.columns)) return 'different';
  const fingerprint = filesFingerprint(columns, next, tools.probe);
  const verdict = compareFingerprints(filesFingerprint(columns, old, tools.probe), fingerprint);
  if (verdict !== 'unknown') return verdict;
  return compareFingerprints(await tools.refingerprint(columns, old), await tools.refingerprint(columns, next));
}

function groupByDay(change: SliceChange): ReadonlyMap<string, readonly DataFile[]> {
  for (const { key, day } of change.files) {
    const isCovered = day !== null && change.replaces.some((range) => isInRange(day, range));
    if (!isCovered) throw badFile(change.table, key, `of the day ${day}, which this change does not replace`);
  }
  return groupBy(change.files, (file) => file.day ?? '');
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function byDay(a: DayEntry, b: DayEntry): number {
  return (a.day ?? '') < (b.day ?? '') ? -1 : 1;
}

function badFile(table: string, key: string, reason: string): TaskError {
  return new TaskError({
    code: 'bad_file',
    message: `The file "${key}" cannot be published in ${table}: it is ${reason}.`,
    details: { table, key, reason },
  });
}

function kindChanged(table: string, published: string, offered: string): TaskError {
  return new TaskError({
    code: 'schema_change_refused',
    message: `${table} is published as a ${published} table and cannot become a ${offered} table. Give the changed table a new name.`,
    details: { table, published, offered },
  });
}
