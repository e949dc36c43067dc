import type {BlobArtifact, TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Result} from '../../schemas/result.ts';
import {Turnstile} from '../at-a-time.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import type {AdoptedFile, ArtifactStore, FileToAdopt, Placed, PlacedLink, Placement} from '../store.ts';
import {isAboutBytes, StoreError} from '../store-error.ts';
import type {Fetch} from './far-store.ts';
import {KeptManifests} from './kept-manifests.ts';
import type {RemoteSide} from './remote-side.ts';

/**
 * A local store that has what the remote one has: bytes come when they are needed, checked, and stay. Writing is
 * local; what goes to the remote store goes with its receipt. Of the two it knows what every store is, and of the way
 * between them that there is one.
 */
export class TieredArtifacts implements ArtifactStore {
  readonly #local: ArtifactStore;
  readonly #remote: RemoteSide;
  readonly #copy: Fetch;
  /** Of the remote store, so that nobody asks twice in a run. */
  readonly #there = new Set<Digest>();
  readonly #kept = new KeptManifests();
  /** Two stages that need the same fetch it once: the second finds it here. */
  readonly #fetching = new Turnstile(1);

  constructor(local: ArtifactStore, remote: RemoteSide, copy: Fetch) {
    this.#local = local;
    this.#remote = remote;
    this.#copy = copy;
  }

  learn(manifest: TreeManifest): void {
    this.#remote.store.artifacts.learn?.(manifest);
  }

  async missing(wanted: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    const absent = await this.#local.missing(wanted);
    const unknown = [...absent].filter((digest) => !this.#there.has(digest));
    if (unknown.length === 0) return this.#without(absent);
    const nowhere = await this.#remote.ask(new Set(unknown), ({artifacts}) => artifacts.missing(unknown));
    for (const digest of unknown) if (!nowhere.has(digest)) this.#there.add(digest);
    return this.#without(absent);
  }

  async read(digest: Digest, limit?: number): Promise<Uint8Array> {
    try {
      return await this.#local.read(digest, limit);
    } catch (error) {
      if (!isAboutBytes(error)) throw error;
      const bytes = this.#kept.find(digest) ?? (await this.#remoteRead(digest, limit));
      if (bytes === undefined) throw this.#whyNot(digest, error);
      this.#kept.add(digest, bytes);
      return Uint8Array.from(bytes);
    }
  }

  async *stream(digest: Digest): AsyncGenerator<Uint8Array, void> {
    await this.#fetch([digest]);
    yield* this.#local.stream(digest);
  }

  write(bytes: Uint8Array): Promise<BlobArtifact> {
    return this.#local.write(bytes);
  }

  adopt(files: readonly FileToAdopt[]): Promise<Result<readonly AdoptedFile[], IngestFailure>> {
    return this.#local.adopt(files);
  }

  async place(placements: readonly Placement[]): Promise<Placed> {
    await this.#fetch(placements.map(({digest}) => digest));
    await this.#kept.storeComplete(this.#local);
    return this.#local.place(placements);
  }

  verifyUnchanged(links: readonly PlacedLink[]): Promise<readonly Digest[]> {
    return this.#local.verifyUnchanged(links);
  }

  close(): Promise<void> {
    return this.#local.close();
  }

  /** Brings what is lacking here into the local store. Throws for what can't be had. */
  async #fetch(wanted: readonly Digest[]): Promise<void> {
    if ((await this.#local.missing(wanted)).size === 0) return;
    await this.#fetching.run(async () => {
      const absent = [...(await this.#local.missing(wanted))];
      const [first] = absent;
      if (first === undefined) return;
      if (this.#remote.lost !== undefined) throw this.#whyNot(first);
      const troubles = await this.#copy(absent);
      for (const trouble of troubles) {
        this.#there.delete(trouble.subject as Digest);
        this.#remote.note(trouble);
      }
      const [trouble] = troubles;
      if (trouble !== undefined) throw trouble;
    });
  }

  #remoteRead(digest: Digest, limit: number | undefined): Promise<Uint8Array | undefined> {
    return this.#remote.ask(undefined, ({artifacts}) => artifacts.read(digest, limit));
  }

  /** A store that can't be reached is another trouble than one that doesn't have it. */
  #whyNot(digest: Digest, otherwise?: StoreError): StoreError {
    const {lost, store} = this.#remote;
    if (lost === undefined && otherwise !== undefined) return otherwise;
    const message = `${digest} is not in the local store, and ${store.name} can't be read`;
    return new StoreError('unavailable', digest, message, {cause: lost, retryable: true});
  }

  #without(absent: ReadonlySet<Digest>): ReadonlySet<Digest> {
    const had = (digest: Digest) => this.#there.has(digest) && !this.#remote.suspects.has(digest);
    return new Set([...absent].filter((digest) => !had(digest)));
  }
}
