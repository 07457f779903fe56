import type { Deployable, DeployPlan, TidemillClient } from '../client';
import type { Project } from '../runner';
import { load } from './load';
import type { ListColumn } from './output';

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

const changeColors = { new: 'green', changed: 'yellow', removed: 'red', unchanged: 'dim' } as const;
const scheduleColors = { create: 'green', change: 'yellow', remove: 'red', keep: 'dim', none: 'dim' } as const;

export const deployColumns: readonly ListColumn<DeployRow>[] = [
  { name: 'dag_id', heading: 'dag', value: (row) => row.dagId },
  { name: 'change', value: (row) => row.dag, paint: (row, paint) => paint[changeColors[row.dag]] },
  { name: 'schedule', value: (row) => row.schedule, paint: (row, paint) => paint[scheduleColors[row.schedule]] },
  {
    name: 'version',
    value: (row) => row.version,
    paint: (_row, paint) => paint.dim,
  },
];

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
