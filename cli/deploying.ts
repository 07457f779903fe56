import type { Deployable, DeployPlan, TidemillClient } from '../client';
import type { Project } from '../runner';
import { load } from './load';
import type { Paint } from './style';
import { tableLines } from './table';

/** What a deploy will do with one DAG and its schedule, for people. */
export interface DeployRow {
  readonly dagId: string;
  readonly dag: 'new' | 'changed' | 'unchanged' | 'removed';
  readonly schedule: 'create' | 'change' | 'remove' | 'keep' | 'none';
  readonly version: string | null;
}

/** One row per DAG of a plan, schedules beside their DAGs. */
export function deployRows(plan: DeployPlan): readonly DeployRow[] {
  const schedules = new Map(
    plan.schedules.map((action) => [action.kind === 'remove' ? action.dagId : action.desired.dagId, action.kind]),
  );
  const rows = plan.dags.map(({ kind, dagId, versions }) => ({
    dagId,
    dag: kind,
    schedule: schedules.get(dagId) ?? ('none' as const),
    version: versions === null ? null : load.engine().dagVersion(versions),
  }));
  return rows.sort((a, b) => (a.dagId < b.dagId ? -1 : 1));
}

/** True when applying the plan would change nothing. */
export function isUnchanged(rows: readonly DeployRow[]): boolean {
  return rows.every((row) => row.dag === 'unchanged' && (row.schedule === 'keep' || row.schedule === 'none'));
}

export function deployTable(rows: readonly DeployRow[], paint: Paint): readonly string[] {
  const columns = ['dag', 'change', 'schedule', 'version'].map((heading) => ({
    heading,
    align: 'left' as const,
    canShrink: false,
  }));
  const colors = { new: paint.green, changed: paint.yellow, removed: paint.red, unchanged: paint.dim };
  const schedules = { create: paint.green, change: paint.yellow, remove: paint.red, keep: paint.dim, none: paint.dim };
  return tableLines(
    columns,
    rows.map((row) => [
      { text: row.dagId },
      { text: row.dag, paint: colors[row.dag] },
      { text: row.schedule, paint: schedules[row.schedule] },
      { text: row.version ?? '', paint: paint.dim },
    ]),
    { paint },
  );
}

export interface Deployment {
  readonly rows: readonly DeployRow[];
  /** DAGs and whether they are paused now. */
  readonly results: ReadonlyMap<string, { readonly paused: boolean }>;
}

/**
 * Deploys all good DAGs of a project. What a folder no longer has is removed only when every file of
 * it could be read: a DAG whose file is broken for now is not gone.
 */
export async function deployProject(
  client: TidemillClient,
  project: Pick<Project, 'dags' | 'broken' | 'folders'>,
  options: { readonly startPaused: boolean },
): Promise<Deployment> {
  const plan = await planProject(client, project.dags, project.broken.length === 0 ? project.folders : []);
  return { rows: deployRows(plan), results: await client.applyDeploy(project.dags, plan, options) };
}

export async function planProject(
  client: TidemillClient,
  dags: readonly Deployable[],
  folders: readonly string[],
): Promise<DeployPlan> {
  return await client.planDeploy(dags, folders);
}
