import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import Module, { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { DefinitionError } from '../engine';
import { installationFolder } from './installation';

export interface DagFileBundle {
  readonly file: string;
  readonly code: string;
  /** The same with our own files in it and no source map: what is kept of it, and loads when they have changed. */
  readonly whole: string;
  /** Hash of `whole`: its version. */
  readonly version: string;
}

/**
 * Bundles a DAG file with the files that it imports by path. `tidemill`, packages, and files of this
 * installation stay outside: the first resolves to this installation wherever the file lies, packages
 * as the file would find them. The version covers all that the file imports by path, ours included.
 */
export async function bundleDagFile(file: string): Promise<DagFileBundle> {
  try {
    const [code, whole] = await Promise.all([
      bundle(file, [tidemillIsExternal, installationIsExternal(dirname(file))], 'inline'),
      bundle(file, [tidemillIsExternal, installationFolders], false),
    ]);
    return { file, code, whole, version: createHash('sha256').update(whole).digest('hex').slice(0, 16) };
  } catch (cause) {
    throw new DefinitionError({
      code: 'dag_file_broken',
      message: `${file} cannot be compiled: ${firstMessage(cause)}`,
      details: { file },
      cause,
    });
  }
}

/** Of what a tsconfig.json may say, all that changes what the bundler writes. */
const ownTsconfig = { compilerOptions: { strict: true, target: 'es2023', verbatimModuleSyntax: true } } as const;

async function bundle(file: string, plugins: Plugin[], sourcemap: 'inline' | false): Promise<string> {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    plugins,
    logLevel: 'silent',
    sourcemap,
    sourcesContent: false,
    // A project's own tsconfig.json is part of its source. Ours is not read where we are an installed package.
    ...(file.startsWith(installationFolder + sep) ? { tsconfigRaw: ownTsconfig } : {}),
    // Paths in the output are relative to the file's folder, so the version does not depend on the place.
    absWorkingDir: dirname(file),
  });
  return result.outputFiles[0]?.text ?? '';
}

/** What Node's modules have and its types leave out. */
type LoadableModule = Omit<NodeModule, 'require'> & {
  require: (id: string) => unknown;
  _compile(code: string, file: string): void;
};

/** Runs a bundled DAG file, as if it lay at `file`, and gives its exports. */
export function evaluateDagFile(bundle: Pick<DagFileBundle, 'file' | 'code'>): { readonly [name: string]: unknown } {
  const requireThere = createRequire(bundle.file);
  const requireHere = createRequire(join(installationFolder, 'index.ts'));
  const requireFor = (id: string): unknown => {
    if (id === 'tidemill') return requireHere(join(installationFolder, 'index'));
    if (id.startsWith(ownFolder)) return join(installationFolder, id.slice(ownFolder.length));
    if (id.startsWith(ownFile)) return requireHere(join(installationFolder, id.slice(ownFile.length)));
    try {
      return requireThere(id);
    } catch (error) {
      // A DAG of ours, or one without packages of its own, uses what Tidemill brings along.
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      return requireHere(id);
    }
  };
  const module = new Module(bundle.file) as LoadableModule;
  module.filename = bundle.file;
  module.require = requireFor;
  try {
    // Node's own way to load code: it reads the source map, so that stacks name the author's lines.
    module._compile(bundle.code, bundle.file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'retryable' in cause) throw cause;
    throw new DefinitionError({
      code: 'dag_file_broken',
      message: `${bundle.file} threw while it was loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      details: { file: bundle.file },
      cause,
    });
  }
  return module.exports as { readonly [name: string]: unknown };
}

const tidemillIsExternal: Plugin = {
  name: 'tidemill',
  setup: (builder) => {
    builder.onResolve({ filter: /^tidemill$/ }, () => ({ path: 'tidemill', external: true }));
  },
};

/** Marks an import of a file of this installation in a bundle. */
const ownFile = 'tidemill:';

/** Marks a folder of this installation in a bundle that is kept. */
const ownFolder = 'tidemill-folder:';

/** In a bundle, files of ours that look for others beside them would look beside the DAG file. */
const installationFolders: Plugin = {
  name: 'installation-folders',
  setup: (builder) => {
    builder.onResolve({ filter: new RegExp(`^${ownFolder}`) }, ({ path }) => ({ path, external: true }));
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(installationFolder + sep)) return null;
      const text = await readFile(path, 'utf8');
      if (!text.includes('__dirname')) return null;
      const place = `require(${JSON.stringify(ownFolder + relative(installationFolder, dirname(path)))})`;
      return { contents: text.replaceAll('__dirname', place), loader: 'ts' };
    });
  },
};

/** Our own DAGs share the modules of the process, so that there is one instance of each. */
function installationIsExternal(dagFolder: string): Plugin {
  return {
    name: 'installation',
    setup: (builder) => {
      builder.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
        const target = join(resolveDir, path);
        const isOurs = target.startsWith(installationFolder + sep) && !target.startsWith(dagFolder + sep);
        return isOurs ? { path: ownFile + relative(installationFolder, target), external: true } : null;
      });
    },
  };
}

function firstMessage(cause: unknown): string {
  const errors = (
    cause as { errors?: readonly { text: string; location: { file: string; line: number; column: number } | null }[] }
  ).errors;
  const first = errors?.[0];
  if (first === undefined) return cause instanceof Error ? cause.message : String(cause);
  return first.location === null
    ? first.text
    : `line ${first.location.line}, column ${first.location.column + 1}: ${first.text}`;
}
