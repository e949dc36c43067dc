import {existsSync, lstatSync} from 'node:fs';
import type {BlobArtifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Result} from '../../schemas/result.ts';
import {Turnstile} from '../at-a-time.ts';
import {TouchedDirectories} from '../files/durable-directory.ts';
import {type Disk, removeQuietly} from '../files/temporary-file.ts';
import {writeTemporary} from '../files/write-once.ts';
import {digestOfBytes} from '../hashing.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import {objectPath} from '../layout.ts';
import {
  type AdoptedFile,
  type ArtifactStore,
  DEFAULT_READ_LIMIT,
  type FileToAdopt,
  type Placed,
  type PlacedLink,
  type Placement,
} from '../store.ts';
import {toStoreError} from '../store-error.ts';
import {adoptFiles} from './adopt-files.ts';
import {Intake} from './intake.ts';
import {nameObject, type ObjectDisk, stands} from './objects.ts';
import {changedLinks, placeFiles} from './place-files.ts';
import {readObject, streamObject} from './read-object.ts';
import {VerifiedObjects} from './verified-objects.ts';

/** A store in a folder of the local file system. Any number of processes may use one at a time, without locks. */
export class DiskStore implements ArtifactStore {
  readonly #disk: ObjectDisk;
  /** Each operation holds at most six descriptors. */
  readonly #turnstile = new Turnstile(4);

  constructor(disk: Disk) {
    this.#disk = {...disk, verified: new VerifiedObjects(disk.layout.verified)};
  }

  async missing(wanted: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    const {layout} = this.#disk;
    return new Set([...new Set(wanted)].filter((digest) => !existsSync(objectPath(layout, digest))));
  }

  read(digest: Digest, limit: number = DEFAULT_READ_LIMIT): Promise<Uint8Array> {
    return this.#inTurn(digest, () => readObject(this.#disk, digest, limit));
  }

  async *stream(digest: Digest): AsyncGenerator<Uint8Array, void> {
    try {
      yield* streamObject(this.#disk, digest);
    } catch (error) {
      throw toStoreError(error, digest);
    }
  }

  write(bytes: Uint8Array): Promise<BlobArtifact> {
    const digest = digestOfBytes(bytes);
    return this.#inTurn(digest, async () => {
      await this.#writeObject(digest, bytes);
      return {type: 'blob', digest, size: bytes.length};
    });
  }

  adopt(files: readonly FileToAdopt[]): Promise<Result<readonly AdoptedFile[], IngestFailure>> {
    return this.#inTurn(this.#disk.layout.root, () => adoptFiles(this.#disk, files));
  }

  place(placements: readonly Placement[]): Promise<Placed> {
    return this.#inTurn(this.#disk.layout.root, () => placeFiles(this.#disk, placements));
  }

  verifyUnchanged(links: readonly PlacedLink[]): Promise<readonly Digest[]> {
    return this.#inTurn(this.#disk.layout.root, () => changedLinks(this.#disk, links));
  }

  /** For objects that come from another store, many at a time. */
  intake(): Intake {
    return new Intake(this.#disk);
  }

  async close(): Promise<void> {
    try {
      this.#disk.verified.save();
    } catch {
      // A cache of what was verified: without it the next process hashes more.
    }
  }

  async #writeObject(digest: Digest, bytes: Uint8Array): Promise<void> {
    const touched = new TouchedDirectories(this.#disk.directories);
    if (!(await stands(this.#disk, digest, touched))) {
      // It may have waited its turn; whose bytes these are has not had to.
      if (digestOfBytes(bytes) !== digest)
        throw new Error('the bytes changed while they waited to be written');
      const temporary = await writeTemporary(this.#disk, bytes);
      try {
        await nameObject(this.#disk, {temporary, digest, stat: lstatSync(temporary)}, touched);
      } finally {
        removeQuietly(temporary);
      }
    }
    await touched.flush();
    this.#disk.verified.flushed.add(digest);
  }

  #inTurn<T>(subject: string, work: () => Promise<T> | T): Promise<T> {
    return this.#turnstile.run(async () => {
      try {
        return await work();
      } catch (error) {
        throw toStoreError(error, subject);
      }
    });
  }
}
