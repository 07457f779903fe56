import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findInFolder, findOnPath, inspectExecutable, type TemporalExecutable } from './executable';
import { runLong } from './run-long';

/** The newest CLI whose Go module can be installed: later ones have a `replace` in their go.mod. */
const cliModule = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
/** A download that is slow but moves is waited for; one that stands still is not. */
const downloadStandsStillMs = 20_000;
const downloadLongestMs = 5 * 60_000;
/** Two minutes on two cores with a cold cache; a small machine with a slow line may need many times that. */
const buildLongestMs = 30 * 60_000;

export interface InstallNeeds {
  /** The cache folder that the program ends up in. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

/** Lets Temporal's SDK download its dev server into the cache. Answers with a reason when it cannot. */
export async function installBySdk({ folder, env, report }: InstallNeeds): Promise<TemporalExecutable | string> {
  mkdirSync(folder, { recursive: true });
  let [seenBytes, movedAtMs] = [0, 0];
  const outcome = await runLong({
    name: 'the download',
    command: process.execPath,
    args: [fileURLToPath(new URL('./sdk-download.cjs', import.meta.url)), folder],
    cwd: folder,
    env,
    report,
    describe: () => `  downloading Temporal's dev server: ${(seenBytes / 1e6).toFixed(0)} MB so far`,
    giveUp: (elapsedMs) => {
      const bytes = downloadedBytes(folder);
      if (bytes > seenBytes) [seenBytes, movedAtMs] = [bytes, elapsedMs];
      if (elapsedMs - movedAtMs > downloadStandsStillMs) return `no data came for ${downloadStandsStillMs / 1000} s`;
      return elapsedMs > downloadLongestMs ? `not done after ${downloadLongestMs / 60_000} minutes` : null;
    },
  });
  if (outcome.reason !== null) {
    removeUnfinished(folder);
    return shortReason(outcome.reason, outcome.printed);
  }
  const found = findInFolder(folder)[0];
  return found === undefined ? 'the SDK ended well and left no program in its folder' : inspectExecutable(found);
}

/** Builds the pinned CLI with Go into the cache. Answers with a reason when it cannot. */
export async function installWithGo({ folder, env, report }: InstallNeeds): Promise<TemporalExecutable | string> {
  const go = findOnPath('go', env)[0];
  if (go === undefined) return 'no "go" on the PATH';
  mkdirSync(folder, { recursive: true });
  const building = mkdtempSync(join(folder, '.building-'));
  // Outside of any Go module or workspace, so that nobody's go.mod or go.work has a say.
  const cwd = mkdtempSync(join(tmpdir(), 'tidemill-go-'));
  report(`Building Temporal's CLI once with Go (${cliModule}); about two minutes, kept in the cache afterwards.`);
  try {
    const outcome = await runLong({
      name: 'go install',
      command: go,
      args: ['install', cliModule],
      cwd,
      env: { ...env, GOBIN: building },
      report,
      describe: describeBuild,
      giveUp: (elapsedMs) => (elapsedMs > buildLongestMs ? `not done after ${buildLongestMs / 60_000} minutes` : null),
    });
    if (outcome.reason !== null) return shortReason(outcome.reason, outcome.printed);
    const name = readdirSync(building)[0];
    if (name === undefined) return 'go install ended well and left no program';
    const path = join(folder, name);
    renameSync(join(building, name), path); // In one step: nobody sees half a program.
    report(`Built in ${Math.round(outcome.elapsedMs / 1000)} s.`);
    return inspectExecutable(path);
  } finally {
    rmSync(building, { recursive: true, force: true });
    rmSync(cwd, { recursive: true, force: true });
  }
}

function describeBuild(printed: string, elapsedMs: number): string {
  const downloads = printed.split('\n').filter((line) => line.startsWith('go: downloading ')).length;
  const fetched = downloads === 0 ? '' : `, ${downloads} modules fetched`;
  return `  go install: ${Math.round(elapsedMs / 1000)} s${fetched}`;
}

/** What the command said last is nearer to the cause than its exit code. */
function shortReason(reason: string, printed: string): string {
  const lines = printed.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('go: downloading ')).slice(-3);
  return said.length === 0 ? reason : `${reason}: ${said.join(' | ').slice(0, 500)}`;
}

function downloadedBytes(folder: string): number {
  return unfinished(folder).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** A download that was cut off would make the next one wait for it. */
function removeUnfinished(folder: string): void {
  for (const file of unfinished(folder)) rmSync(file, { force: true });
}

function unfinished(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.downloading'));
  return names.map((name) => join(folder, name));
}
