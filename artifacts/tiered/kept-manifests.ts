import type {Digest} from '../../schemas/digest.ts';
import type {ArtifactStore} from '../store.ts';
import {parseManifest} from '../trees/parse-manifest.ts';

/**
 * Manifests (and other documents) of the remote store that were read before the files they name were needed here. In
 * the local store a manifest comes after its files; until then it is kept in memory, as long as there is room.
 */
export class KeptManifests {
  readonly #kept = new Map<Digest, Uint8Array>();
  #bytes = 0;

  find(digest: Digest): Uint8Array | undefined {
    return this.#kept.get(digest);
  }

  add(digest: Digest, bytes: Uint8Array): void {
    if (this.#kept.has(digest) || bytes.length + this.#bytes > MOST_BYTES) return;
    this.#kept.set(digest, bytes);
    this.#bytes += bytes.length;
  }

  /** Those all of whose files are in the local store by now. */
  async storeComplete(local: ArtifactStore): Promise<void> {
    for (const [digest, bytes] of this.#kept) {
      const manifest = parseManifest(bytes);
      const files = manifest.ok ? manifest.value.entries.map((entry) => entry.digest) : [];
      if ((await local.missing(files)).size > 0) continue;
      await local.write(bytes);
      this.#kept.delete(digest);
      this.#bytes -= bytes.length;
    }
  }
}

const MOST_BYTES = 32 * 2 ** 20;
