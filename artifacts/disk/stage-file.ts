import {
  closeSync,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import {dirname} from 'node:path';
import type {Digest} from '../../schemas/digest.ts';
import type {TouchedDirectories} from '../files/durable-directory.ts';
import {type OpenFile, openOutput} from '../files/open-regular-file.ts';
import {createTemporary, removeQuietly, temporaryName, writeFully} from '../files/temporary-file.ts';
import {digestOfBytes, digestPatiently} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import type {FileToAdopt} from '../store.ts';
import {errnoOf} from '../store-error.ts';
import {inspectObject, type ObjectDisk, type StagedObject} from './objects.ts';

/** Files on their way into the store. */
export interface Batch {
  readonly disk: ObjectDisk;
  readonly touched: TouchedDirectories;
  readonly staged: StagedObject[];
  /** Descriptors of staged files, and of objects that were there before; a few, flushed together. */
  unflushed: number[];
}

/** Hashes an open file and stages it, by link or copy, unless the store has its bytes already. */
export async function stageFile(batch: Batch, file: FileToAdopt, source: OpenFile): Promise<Staged> {
  if (file.mode === 'link' && isLinkable(batch.disk, source.stat)) return stageLink(batch, file.path, source);
  return source.stat.size <= SHORT ? stageShort(batch, source) : stageCopy(batch, source);
}

/** `changed`: what was read is not what the file was when it was opened. */
type Staged = Digest | 'changed';

const SHORT = 2 ** 20;

/** Ours alone: on the store's file system, under no second name, and owned by whoever owns the store. */
function isLinkable(disk: ObjectDisk, stat: Stats): boolean {
  const store = lstatSync(disk.layout.temporary, {throwIfNoEntry: false});
  return stat.nlink === 1 && store !== undefined && store.dev === stat.dev && store.uid === stat.uid;
}

/** The file itself becomes the object: read-only, and under a temporary name as if it had been copied. */
async function stageLink(batch: Batch, path: string, source: OpenFile): Promise<Staged> {
  fchmodSync(source.descriptor, 0o444);
  const {digest, size} = await digestPatiently(source.descriptor);
  const stat = fstatSync(source.descriptor);
  if (size !== source.stat.size || stat.mtimeMs !== source.stat.mtimeMs) return 'changed';
  if (await isThere(batch, digest)) return digest;
  const temporary = temporaryName(batch.disk);
  if (!tryLink(path, temporary)) return stageCopyOf(batch, path);
  batch.staged.push({temporary, digest, stat});
  // Another file may have been moved to this path since it was opened; it was not the one hashed.
  if (lstatSync(temporary).ino !== stat.ino) return 'changed';
  batch.unflushed.push(openSync(temporary, 'r'));
  return digest;
}

function tryLink(path: string, temporary: string): boolean {
  try {
    linkSync(path, temporary);
    return true;
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

async function stageCopyOf(batch: Batch, path: string): Promise<Staged> {
  const opened = openOutput(path);
  if (!opened.ok) return 'changed';
  try {
    return await stageCopy(batch, opened.value);
  } finally {
    closeSync(opened.value.descriptor);
  }
}

/** Hashed before it is written: most outputs of a repeated stage are there already. */
async function stageShort(batch: Batch, source: OpenFile): Promise<Staged> {
  const bytes = readFileSync(source.descriptor);
  if (bytes.length !== source.stat.size) return 'changed';
  const digest = digestOfBytes(bytes);
  if (await isThere(batch, digest)) return digest;
  await stageWritten(batch, async (write) => {
    write(bytes);
    return digest;
  });
  return digest;
}

/** What is written is what is hashed, whatever happens to the source meanwhile. */
async function stageCopy(batch: Batch, source: OpenFile): Promise<Staged> {
  let copied = 0;
  const digest = await stageWritten(batch, async (write) => {
    const hashed = await digestPatiently(source.descriptor, write);
    copied = hashed.size;
    return hashed.digest;
  });
  return copied === source.stat.size ? digest : 'changed';
}

/** Bytes into a temporary file that the batch flushes, names and removes. */
async function stageWritten(
  batch: Batch,
  write: (chunk: (bytes: Uint8Array) => void) => Promise<Digest>,
): Promise<Digest> {
  const {path: temporary, descriptor} = createTemporary(batch.disk);
  batch.unflushed.push(descriptor);
  try {
    const digest = await write((bytes) => writeFully(descriptor, bytes));
    batch.staged.push({temporary, digest, stat: fstatSync(descriptor)});
    return digest;
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** As `stands`, with the flush left to the batch. */
async function isThere(batch: Batch, digest: Digest): Promise<boolean> {
  const {disk, touched, unflushed} = batch;
  if ((await inspectObject(disk, digest)) !== 'sound') return false;
  if (disk.verified.flushed.has(digest)) return true;
  const path = objectPath(disk.layout, digest);
  unflushed.push(openSync(path, 'r'));
  touched.add(dirname(path));
  return true;
}
