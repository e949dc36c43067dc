import {closeSync} from 'node:fs';
import type {BlobArtifact, TreeManifest} from '../../schemas/artifact.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Bucket, ReadableBucket} from '../bucket/bucket.ts';
import {objectKey} from '../bucket/bucket-layout.ts';
import {openOutput} from '../files/open-regular-file.ts';
import {digestOfBytes, digestPatiently} from '../hashing.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import {
  type AdoptedFile,
  type ArtifactStore,
  DEFAULT_READ_LIMIT,
  type FileToAdopt,
  type Placed,
  type PlacedLink,
  type Placement,
} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {asStore} from './bucket-trouble.ts';
import {whereabouts} from './find-object.ts';
import {missingRemote} from './missing-remote.ts';
import type {ObjectSupply} from './object-supply.ts';
import {PackIndex} from './pack-index.ts';
import {placeRemote} from './place-remote.ts';
import {readChecked, streamSound} from './read-checked.ts';

/**
 * The objects in a bucket. Small files of a tree lie in packs there, which are found by the tree's manifest: whoever
 * reads one tells this store by `learn`. What is written here is written alone; `push` makes packs.
 */
export class RemoteArtifacts implements ArtifactStore {
  readonly #bucket: ReadableBucket;
  readonly #packs = new PackIndex();

  constructor(bucket: ReadableBucket) {
    this.#bucket = bucket;
  }

  learn(manifest: TreeManifest): void {
    this.#packs.learn(manifest);
  }

  /** For fetching many at a time. */
  origin(options: Pick<ObjectSupply, 'signal' | 'onBytes'> = {}): ObjectSupply {
    return {bucket: this.#bucket, packs: this.#packs, ...options};
  }

  missing(wanted: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    return missingRemote(this.#bucket, this.#packs, wanted);
  }

  async read(digest: Digest, limit: number = DEFAULT_READ_LIMIT): Promise<Uint8Array> {
    return readChecked(this.#bucket, whereabouts(this.#packs, digest, limit), limit);
  }

  stream(digest: Digest): AsyncIterable<Uint8Array> {
    return streamSound(this.#bucket, whereabouts(this.#packs, digest));
  }

  async write(bytes: Uint8Array): Promise<BlobArtifact> {
    // Its own copy: the caller may change theirs while this is on its way.
    const own = Uint8Array.from(bytes);
    const digest = digestOfBytes(own);
    const bucket = this.#writable(digest);
    await asStore(digest, () => bucket.put(objectKey(digest), own, {ifAbsent: false}));
    return {type: 'blob', digest, size: own.length};
  }

  async adopt(files: readonly FileToAdopt[]): Promise<Result<readonly AdoptedFile[], IngestFailure>> {
    const adopted: AdoptedFile[] = [];
    for (const file of files) {
      const hashed = await hashOutput(file);
      if (!hashed.ok) return hashed;
      adopted.push(hashed.value);
      const outcome = await this.#putFile(file, hashed.value);
      if (!outcome.ok) return outcome;
    }
    return ok(adopted);
  }

  place(placements: readonly Placement[]): Promise<Placed> {
    return placeRemote(this.origin(), placements);
  }

  /** There are no links, so nobody wrote through one. */
  async verifyUnchanged(_links: readonly PlacedLink[]): Promise<readonly Digest[]> {
    return [];
  }

  async close(): Promise<void> {
    await this.#bucket.close();
  }

  async #putFile(file: FileToAdopt, hashed: AdoptedFile): Promise<Result<undefined, IngestFailure>> {
    const {digest, size} = hashed;
    const bucket = this.#writable(digest);
    try {
      const bytes = {path: file.path, size, sha256: hexOf(digest)};
      await asStore(digest, () => bucket.putFile(objectKey(digest), bytes));
      return ok(undefined);
    } catch (error) {
      // The bucket found other bytes in it than were hashed a moment ago.
      if (error instanceof StoreError && error.code === 'corrupt') {
        return err({code: 'changed', path: file.name ?? ''});
      }
      throw error;
    }
  }

  #writable(subject: string): Bucket {
    return writable(this.#bucket, subject);
  }
}

/** @throws StoreError `denied` for one that can only be read. */
export function writable(bucket: ReadableBucket, subject: string): Bucket {
  if ('put' in bucket) return bucket as Bucket;
  throw new StoreError('denied', subject, `${bucket.name} can only be read`);
}

async function hashOutput(file: FileToAdopt): Promise<Result<AdoptedFile, IngestFailure>> {
  const opened = openOutput(file.path, file.name);
  if (!opened.ok) return opened;
  const {descriptor, stat} = opened.value;
  try {
    const {digest, size} = await digestPatiently(descriptor);
    if (size !== stat.size) return err({code: 'changed', path: file.name ?? ''});
    return ok({digest, size, executable: (stat.mode & 0o111) !== 0});
  } finally {
    closeSync(descriptor);
  }
}
