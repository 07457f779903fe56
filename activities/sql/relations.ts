import { type DatasetRef, didYouMean, TaskError } from '../../engine';
import type { AttemptManifest, ReleaseReader, SqlSession } from '../../warehouse';
import type { TaskContext } from '../context';

export interface BindRequest {
  readonly context: TaskContext;
  readonly session: SqlSession;
  /** Who reads, for messages. */
  readonly model: string;
  readonly reads: readonly string[];
  /** Datasets of this run, by the name under which the SQL reads them. */
  readonly given: { readonly [name: string]: DatasetRef | null };
}

export interface BoundInputs {
  readonly manifests: readonly AttemptManifest[];
  /** The release that was read for what this run did not make; null when nothing was. */
  readonly release: number | null;
}

/**
 * Makes everything that a SQL text reads readable: this run's own files where they are given, else the
 * tables of the release that the run is pinned to.
 *
 * Throws `unknown_input` for a dataset that the SQL does not read, `input_missing` for a table that
 * neither the run nor the release has.
 */
export async function bindInputs(request: BindRequest): Promise<BoundInputs> {
  const { context, session, model, reads, given } = request;
  refuseUnread(model, reads, Object.keys(given));
  const manifests: AttemptManifest[] = [];
  let release: ReleaseReader | null = null;
  for (const name of reads) {
    const ref = given[name];
    if (ref === null) throw failedInput(model, name);
    if (ref !== undefined) {
      const manifest = await context.warehouse.manifest(ref);
      await session.bind({ name, columns: manifest.columns, files: manifest.files });
      manifests.push(manifest);
      continue;
    }
    release ??= await context.warehouse.pinnedRelease(context.identity);
    await bindPublished(session, model, release, name);
  }
  return { manifests, release: release?.release ?? null };
}

async function bindPublished(session: SqlSession, model: string, release: ReleaseReader, name: string): Promise<void> {
  const table = release.tables[name];
  if (table === undefined) throw missingInput(model, name, release);
  await session.bind({ name, columns: table.columns, files: await release.files(name) });
}

export function missingInput(model: string, name: string, release: ReleaseReader): TaskError {
  const known = Object.keys(release.tables);
  const where =
    release.release === 0 ? 'nothing has been published yet' : `release ${release.release} does not hold it`;
  return new TaskError({
    code: 'input_missing',
    message: `${model} reads ${name}, which this run did not make, and ${where}.${didYouMean(name, known)} Run the DAG that publishes it first.`,
    details: { model, table: name, release: release.release },
  });
}

/** What was published earlier must not stand in for what this run failed to make. */
function failedInput(model: string, name: string): TaskError {
  return new TaskError({
    code: 'input_missing',
    message: `${model} reads ${name}, whose task did not succeed in this run. Correct that task and trigger the run again.`,
    details: { model, table: name },
  });
}

function refuseUnread(model: string, reads: readonly string[], names: readonly string[]): void {
  const unread = names.find((name) => !reads.includes(name));
  if (unread === undefined) return;
  throw new TaskError({
    code: 'unknown_input',
    message: `${model} is given ${unread}, which its SQL does not read.${didYouMean(unread, reads)} It reads: ${reads.join(', ')}.`,
    details: { model, given: unread, reads },
  });
}
