import {closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync} from 'node:fs';

/** The only way the loader sees files; a test gives it a map. */
export interface FileReader {
  /** At most `limit` bytes; more is `too-large`, and not read. */
  read(path: string, limit: number): Uint8Array | 'missing' | 'not-a-file' | 'too-large' | 'denied';
  kindOf(path: string): 'file' | 'directory' | 'missing';
  /** Names in a directory, for "did you mean"; empty when there is none. */
  list(path: string): readonly string[];
}

export const diskFiles: FileReader = {read, kindOf, list};

/** Reads from disk, and keeps what it read: a record names these bytes, not what an editor wrote since. */
export function rememberingFiles(): FileReader & {readonly texts: ReadonlyMap<string, Uint8Array>} {
  const texts = new Map<string, Uint8Array>();
  return {
    ...diskFiles,
    texts,
    read(path, limit) {
      const bytes = read(path, limit);
      if (bytes instanceof Uint8Array) texts.set(path, bytes);
      return bytes;
    },
  };
}

function read(path: string, limit: number): ReturnType<FileReader['read']> {
  let file: number;
  try {
    // A link is the user's own; a FIFO would hold us up for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return whyNot(error);
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return 'not-a-file';
    return status.size > limit ? 'too-large' : readAll(file, limit);
  } finally {
    closeSync(file);
  }
}

/** Not by the size that stat said: the file may grow meanwhile. */
function readAll(file: number, limit: number): Uint8Array | 'too-large' {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(1 << 20);
    const count = readSync(file, chunk);
    if (count === 0) return Buffer.concat(chunks);
    total += count;
    if (total > limit) return 'too-large';
    chunks.push(chunk.subarray(0, count));
  }
}

function kindOf(path: string): 'file' | 'directory' | 'missing' {
  const status = statSync(path, {throwIfNoEntry: false});
  if (!status) return 'missing';
  return status.isDirectory() ? 'directory' : 'file';
}

function list(path: string): readonly string[] {
  return kindOf(path) === 'directory' ? readdirSync(path).sort() : [];
}

function whyNot(error: unknown): 'missing' | 'denied' | 'not-a-file' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  if (code === 'EISDIR' || code === 'ELOOP' || code === 'ENXIO' || code === 'ENAMETOOLONG')
    return 'not-a-file';
  throw error;
}
