import {inParallel} from '../../artifacts/at-a-time.ts';
import {describeIngestFailure} from '../../artifacts/ingest-failure.ts';
import {encodeManifest, manifestOf, treeOf} from '../../artifacts/trees/manifest.ts';
import type {BlobArtifact, TreeArtifact, TreeEntry} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {checkList} from './check-list.ts';
import {download, LISTED, NOT_AS_LISTED} from './download.ts';
import {startTally, type Tally} from './download-progress.ts';
import type {FetchContext} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {gitBlobOf} from './git-blob.ts';
import type {PartialFile} from './partial-file.ts';
import type {RemoteFile} from './remote-file.ts';

/** As many as keep a connection busy while another one waits for its answer. */
const AT_ONCE = 8;

interface DownloadedFile {
  readonly path: string;
  readonly file: PartialFile;
  readonly digest: Digest;
  readonly size: number;
}

/** One file into the store, once its bytes are those that the pin names. @throws FetchError, StoreError */
export async function fetchBlob(
  remote: RemoteFile,
  pin: Digest | undefined,
  context: FetchContext,
): Promise<BlobArtifact> {
  const {listed} = remote;
  if (pin !== undefined && listed?.by === 'sha256' && listed.digest !== pin) {
    throw new FetchError(
      'wrong-bytes',
      `${remote.origin.name} is listed as ${listed.digest}, and its pin says ${pin}`,
    );
  }
  const [fetched] = await fetchAll([remote], pin, context);
  if (fetched === undefined) throw new Error('one file was asked for');
  await adopt([fetched], context);
  return {type: 'blob', digest: fetched.digest, size: fetched.size};
}

/** Many files into the store as one tree. None of them enters before all are here and the tree is the pinned one. */
export async function fetchTree(
  remotes: readonly RemoteFile[],
  pin: Digest | undefined,
  context: FetchContext,
): Promise<TreeArtifact> {
  checkList(remotes, context.limit);
  const fetched = await fetchAll(remotes, undefined, context);
  const manifest = manifestOf(fetched.map(entryOf));
  const tree = treeOf(manifest);
  if (pin !== undefined && tree.digest !== pin) {
    for (const {file} of fetched) file.release();
    throw new FetchError(
      'wrong-bytes',
      `its ${fetched.length} files are together ${tree.digest}, and its pin says ${pin}`,
    );
  }
  await adopt(fetched, context);
  await context.store.write(encodeManifest(manifest));
  return tree;
}

function entryOf({path, size, digest}: DownloadedFile): TreeEntry {
  return {path, size, executable: false, digest};
}

/** In the order given. When one can't be had the others are left for the next time. */
async function fetchAll(
  remotes: readonly RemoteFile[],
  pin: Digest | undefined,
  context: FetchContext,
): Promise<readonly DownloadedFile[]> {
  const done: DownloadedFile[] = [];
  const tally = startTally(context.progress, context.pace.now);
  const known = remotes.reduce((sum, {size = 0}) => sum + size, 0);
  if (known > 0) tally.expect(known);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const fetch = async ([at, remote]: readonly [number, RemoteFile]) => {
    signal.throwIfAborted();
    try {
      done[at] = await fetchOne(remote, pin, {...context, signal}, tally);
    } catch (error) {
      // The first failure is the one to tell; the others fail because of it.
      failed.abort(error);
      throw signal.reason;
    }
  };
  try {
    await inParallel(remotes.entries(), AT_ONCE, fetch);
    signal.throwIfAborted();
    tally.end();
    return done;
  } catch (error) {
    for (const {file} of Object.values(done)) file.release();
    throw error;
  }
}

async function fetchOne(
  remote: RemoteFile,
  pin: Digest | undefined,
  context: FetchContext,
  tally: Tally,
): Promise<DownloadedFile> {
  const {path, origin, key, size, listed} = remote;
  const sha256 = listed?.by === 'sha256' ? listed.digest : undefined;
  const wanted = {
    key,
    size,
    digest: pin ?? sha256,
    saidBy: pin === undefined ? LISTED : 'its pin',
    limit: context.limit,
  };
  let expected = size !== undefined;
  const {file, digest} = await download(origin, wanted, {
    ...context,
    grew: tally.grew,
    sized(bytes) {
      if (!expected) tally.expect(bytes);
      expected = true;
    },
  });
  checkGitBlob(remote, file);
  return {path, file, digest, size: file.size};
}

function checkGitBlob({listed, origin}: RemoteFile, file: PartialFile): void {
  if (listed?.by !== 'git') return;
  const found = gitBlobOf(file.path, file.size);
  if (found === listed.oid) return;
  file.discard();
  throw new FetchError(
    'wrong-bytes',
    `${origin.name} is the git blob ${found}, and ${LISTED} says ${listed.oid}`,
    {help: NOT_AS_LISTED},
  );
}

/** Finished files become objects by a link: nothing is copied, and nobody else can hold them open. */
async function adopt(fetched: readonly DownloadedFile[], {store}: FetchContext): Promise<void> {
  try {
    const adopted = await store.adopt(
      fetched.map(({file, path}) => ({path: file.path, name: path, mode: 'link'})),
    );
    if (!adopted.ok) throw new FetchError('malformed', describeIngestFailure(adopted.error));
    const changed = fetched.find(({digest}, at) => adopted.value[at]?.digest !== digest);
    if (changed !== undefined)
      throw new FetchError('wrong-bytes', `${changed.path} changed after it was fetched`);
  } finally {
    for (const {file} of fetched) file.discard();
  }
}
