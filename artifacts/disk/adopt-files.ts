import {closeSync} from 'node:fs';
import {err, ok, type Result} from '../../schemas/result.ts';
import {AT_ONCE, flushAndClose, TouchedDirectories} from '../files/durable-directory.ts';
import {openOutput} from '../files/open-regular-file.ts';
import {closeQuietly, removeQuietly} from '../files/temporary-file.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import type {AdoptedFile, FileToAdopt} from '../store.ts';
import {nameObject, type ObjectDisk} from './objects.ts';
import {type Batch, stageFile} from './stage-file.ts';

/**
 * The write protocol for many files at once: every file is hashed and flushed under a temporary name,
 * then all get their names, then each directory is flushed once, then the caller is told.
 */
export async function adoptFiles(
  disk: ObjectDisk,
  files: readonly FileToAdopt[],
): Promise<Result<readonly AdoptedFile[], IngestFailure>> {
  const touched = new TouchedDirectories(disk.directories);
  const batch: AdoptionBatch = {disk, touched, staged: [], adopted: [], unflushed: []};
  try {
    const failure = await stageAll(batch, files);
    if (failure !== undefined) return err(failure);
    for (const object of batch.staged) await nameObject(disk, object, touched);
    await touched.flush();
    for (const {digest} of batch.adopted) disk.verified.flushed.add(digest);
    return ok(batch.adopted);
  } finally {
    for (const descriptor of batch.unflushed) closeQuietly(descriptor);
    for (const object of batch.staged) removeQuietly(object.temporary);
  }
}

interface AdoptionBatch extends Batch {
  readonly adopted: AdoptedFile[];
}

async function stageAll(
  batch: AdoptionBatch,
  files: readonly FileToAdopt[],
): Promise<IngestFailure | undefined> {
  for (const file of files) {
    const failure = await stage(batch, file);
    if (failure !== undefined) return failure;
    if (batch.unflushed.length >= AT_ONCE) await flush(batch);
  }
  await flush(batch);
  return undefined;
}

async function flush(batch: AdoptionBatch): Promise<void> {
  const descriptors = batch.unflushed;
  batch.unflushed = [];
  const outcomes = await Promise.allSettled(descriptors.map(flushAndClose));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function stage(batch: AdoptionBatch, file: FileToAdopt): Promise<IngestFailure | undefined> {
  const opened = openOutput(file.path, file.name);
  if (!opened.ok) return opened.error;
  const {descriptor, stat} = opened.value;
  try {
    const digest = await stageFile(batch, file, opened.value);
    if (digest === 'changed') return {code: 'changed', path: file.name ?? ''};
    batch.adopted.push({digest, size: stat.size, executable: (stat.mode & 0o111) !== 0});
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
