import {closeSync, readFileSync, writeFileSync} from 'node:fs';
import type {BlobArtifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {openOutput} from '../files/open-regular-file.ts';
import {digestOfBytes} from '../hashing.ts';
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
import {StoreError, toStoreError} from '../store-error.ts';
import {whyCopied} from '../why-copied.ts';

/** For tests: forgets everything, needs no folder, and keeps the contract of `testing/describe-store.ts`. */
export class MemoryStore implements ArtifactStore {
  readonly #objects = new Map<Digest, Uint8Array>();

  async missing(wanted: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    return new Set([...wanted].filter((digest) => !this.#objects.has(digest)));
  }

  async read(digest: Digest, limit: number = DEFAULT_READ_LIMIT): Promise<Uint8Array> {
    const bytes = this.#get(digest);
    if (bytes.length <= limit) return Uint8Array.from(bytes);
    throw new StoreError('malformed', digest, `${digest} has ${bytes.length} bytes, more than ${limit}`);
  }

  async *stream(digest: Digest): AsyncGenerator<Uint8Array, void> {
    const bytes = this.#get(digest);
    for (let at = 0; at < bytes.length; at += CHUNK) yield Uint8Array.from(bytes.subarray(at, at + CHUNK));
  }

  async write(bytes: Uint8Array): Promise<BlobArtifact> {
    const digest = digestOfBytes(bytes);
    this.#objects.set(digest, Uint8Array.from(bytes));
    return {type: 'blob', digest, size: bytes.length};
  }

  async adopt(files: readonly FileToAdopt[]): Promise<Result<readonly AdoptedFile[], IngestFailure>> {
    const adopted: AdoptedFile[] = [];
    for (const file of files) {
      const opened = openOutput(file.path, file.name);
      if (!opened.ok) return err(opened.error);
      const {descriptor, stat} = opened.value;
      try {
        const {digest, size} = await this.write(readFileSync(descriptor));
        adopted.push({digest, size, executable: (stat.mode & 0o111) !== 0});
      } finally {
        closeSync(descriptor);
      }
    }
    return ok(adopted);
  }

  async place(placements: readonly Placement[]): Promise<Placed> {
    let bytesCopied = 0;
    for (const {digest, destination, executable} of placements) {
      const bytes = this.#get(digest);
      try {
        writeFileSync(destination, bytes, {flag: 'wx', mode: executable ? 0o555 : 0o444});
      } catch (error) {
        throw toStoreError(error, destination);
      }
      bytesCopied += bytes.length;
    }
    return {linked: 0, copied: placements.length, bytesCopied, fallbacks: whyCopied(placements), links: []};
  }

  /** There are no links, so nobody wrote through one. */
  async verifyUnchanged(_links: readonly PlacedLink[]): Promise<readonly Digest[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#objects.clear();
  }

  #get(digest: Digest): Uint8Array {
    const bytes = this.#objects.get(digest);
    if (bytes === undefined) throw new StoreError('missing', digest, `the store does not have ${digest}`);
    return bytes;
  }
}

const CHUNK = 2 ** 20;
