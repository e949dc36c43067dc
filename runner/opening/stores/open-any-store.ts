import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Bucket, ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openBucket, openReadableBucket} from '../../../artifacts/open/open-bucket.ts';
import {openStore} from '../../../artifacts/open/open-store.ts';
import {fromBucket} from '../../../artifacts/remote/bucket-trouble.ts';
import {openRemote, type RemoteStore} from '../../../artifacts/remote/open-remote.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {localFolderOf} from '../../stores/choose-stores.ts';
import {type FoundStore, findStore} from '../../stores/find-store.ts';
import {directories} from '../world/directories.ts';
import type {World} from '../world/world.ts';

/** A store that a command looks after: one that stages run in, or one that is shared. */
export type AnyStore =
  | {readonly kind: 'disk'; readonly name: string; readonly store: OpenStore}
  | {readonly kind: 'bucket'; readonly name: string; readonly remote: RemoteStore};

/** By a word as in --store; the user's own by default. */
export async function openAnyStore(
  word: string | undefined,
  world: World,
  purpose: 'read' | 'write' = 'read',
): Promise<Result<AnyStore, Diagnostic>> {
  const place = addressOf(word, world);
  if (!place.ok) return place;
  const folder = localFolderOf(place.value);
  if (folder !== undefined && !isShared(folder)) {
    return ok({kind: 'disk', name: folder, store: await openStore({directory: folder, owner: world.owner})});
  }
  if (purpose === 'write' && place.value.access === 'read-only') return err(readOnly(word ?? ''));
  const bucket = purpose === 'write' ? await writableBucket(place.value) : await readableBucket(place.value);
  return ok({kind: 'bucket', name: bucket.name, remote: openRemote(bucket)});
}

/** A place that runs can be pushed to. */
export async function openShared(word: string, world: World): Promise<Result<RemoteStore, Diagnostic>> {
  const place = findStore(word, world);
  if (!place.ok) return place;
  if (place.value.access === 'read-only') return err(readOnly(word));
  const folder = localFolderOf(place.value);
  if (folder !== undefined && isStageStore(folder)) return err(stageStore(word));
  return ok(openRemote(await writableBucket(place.value)));
}

export async function closeStore(opened: AnyStore): Promise<void> {
  await (opened.kind === 'disk' ? opened.store.close() : opened.remote.close());
}

function addressOf(word: string | undefined, world: World): Result<FoundStore, Diagnostic> {
  if (word !== undefined && word !== 'local') return findStore(word, world);
  return ok({url: directories('.', world.variables, world.directory).store, access: 'read-write'});
}

/** What stages run in has a folder for half-written files; what is pushed to a folder does not. */
function isStageStore(folder: string): boolean {
  return existsSync(join(folder, 'tmp')) && existsSync(join(folder, 'objects', 'v1'));
}

function isShared(folder: string): boolean {
  if (isStageStore(folder)) return false;
  return ['packs', 'publications', 'names'].some((part) => existsSync(join(folder, part)));
}

async function writableBucket(place: FoundStore): Promise<Bucket> {
  try {
    return await openBucket(place);
  } catch (error) {
    throw fromBucket(error, place.url);
  }
}

async function readableBucket(place: FoundStore): Promise<ReadableBucket> {
  try {
    return await openReadableBucket(place);
  } catch (error) {
    throw fromBucket(error, place.url);
  }
}

function readOnly(word: string): Diagnostic {
  return problem(
    'read-only-store',
    `${word} is only to be read`,
    'to write, name it by s3://bucket/prefix or a folder; `access: read-only` in stores.yaml forbids it too',
  );
}

function stageStore(word: string): Diagnostic {
  return problem(
    'stage-store',
    `${word} is a store that stages run in, and those don't know packs of small files`,
    'share through another folder or a bucket; to run with this one, give it as --store',
  );
}
