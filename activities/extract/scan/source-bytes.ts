import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TaskError } from '../../../engine';

const chunkBytes = 1 << 20;

/**
 * The content of a file, unpacked when its first bytes say gzip (whatever its name says).
 *
 * Throws `source_truncated` when gzipped data ends too early, `source_corrupt` when it is damaged.
 */
export async function openSource({
  path,
  name,
}: {
  readonly path: string;
  readonly name: string;
}): Promise<AsyncIterable<Buffer>> {
  const isGzip = await beginsWithGzip(path, name);
  return readContent(path, name, isGzip);
}

async function* readContent(path: string, name: string, isGzip: boolean): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const content = isGzip ? pipeline(file, createGunzip({ chunkSize: chunkBytes }), () => undefined) : file;
  try {
    for await (const chunk of content) yield chunk as Buffer;
  } catch (error) {
    throw describe(error, name);
  } finally {
    file.destroy();
  }
}

async function beginsWithGzip(path: string, name: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw describe(error, name);
  }
}

/** Thrown for a file with no text in it. */
export function emptySource(name: string): TaskError {
  return new TaskError({
    code: 'source_empty',
    message: `${name} is empty: not even a header. Deliver it again, or remove it.`,
    details: { file: name },
  });
}

/** Thrown for a file whose beginning is no header of a text file. */
export function notText(name: string, problem: string): TaskError {
  return new TaskError({
    code: 'source_header',
    message: `${name}, line 1: ${problem}. Expected UTF-8 text with a header and commas.`,
    details: { file: name, line: 1 },
  });
}

function describe(error: unknown, name: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (code === 'Z_BUF_ERROR') {
    return new TaskError({
      code: 'source_truncated',
      message: `${name} ends in the middle of its gzipped data. Deliver the whole file again; nothing of it was loaded.`,
      details: { file: name },
      cause: error,
    });
  }
  if (code.startsWith('Z_')) {
    return new TaskError({
      code: 'source_corrupt',
      message: `${name} holds damaged gzip data (${code}). Deliver it again; nothing of it was loaded.`,
      details: { file: name, zlib: code },
      cause: error,
    });
  }
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM') {
    return new TaskError({
      code: code === 'ENOENT' ? 'source_missing' : 'source_unreadable',
      message: code === 'ENOENT' ? `${name} is gone.` : `${name} may not be read by this process (${code}).`,
      details: { file: name },
      cause: error,
    });
  }
  return error;
}
