import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestError } from '../engine/errors';
import { identify, isSame, type ProcessIdentity } from './process-tree.cjs';

/** A server whose command was killed is ended by its guard within 2 s: whoever comes right after waits for that. */
const waitForLeavingMs = 3500;
const lookEveryMs = 100;

interface ClaimFile extends ProcessIdentity {
  readonly address: string;
}

/** The right to run a server on a folder. */
export interface FolderClaim {
  /** Passes the claim on from this process to the server that it has started. */
  handOver(pid: number, address: string): void;
  release(): void;
}

/**
 * Claims a folder for one server: two on one SQLite file destroy it. The claim names a process and ends with it, so a
 * kill -9 leaves none behind. Rejects with `temporal_folder_in_use`.
 */
export async function claimFolder(folder: string): Promise<FolderClaim> {
  const file = join(folder, 'server.json');
  const deadline = performance.now() + waitForLeavingMs;
  while (!tryClaim(file)) {
    const holder = readClaim(file);
    if (holder === null || !isSame(holder)) {
      rmSync(file, { force: true });
    } else if (performance.now() > deadline) {
      throw inUse(folder, holder);
    } else {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
  return {
    handOver: (pid, address) => {
      writeFileSync(`${file}.new`, claimText(pid, address));
      renameSync(`${file}.new`, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

function tryClaim(file: string): boolean {
  try {
    writeFileSync(file, claimText(process.pid, 'starting'), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function claimText(pid: number, address: string): string {
  const claim: ClaimFile = { ...(identify(pid) ?? { pid, startedAt: null }), address };
  return `${JSON.stringify(claim)}\n`;
}

function readClaim(file: string): ClaimFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClaimFile;
  } catch {
    return null;
  }
}

function inUse(folder: string, { pid, address }: ClaimFile): RequestError {
  return new RequestError({
    code: 'temporal_folder_in_use',
    message:
      `A Temporal server (process ${pid}, ${address}) already uses the folder ${folder}. Stop the command that ` +
      `started it, use it with TEMPORAL_ADDRESS=${address}, or set TIDEMILL_HOME to another folder.`,
    details: { folder, pid, address },
  });
}
