import {objectKey, packKey} from '../../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import type {MemoryBucket} from '../../../artifacts/memory/memory-bucket.ts';
import {packsOf} from '../../../artifacts/remote/packs.ts';
import {encodeManifest, manifestOf, treeOf} from '../../../artifacts/trees/manifest.ts';
import type {BlobArtifact, TreeArtifact} from '../../../schemas/artifact.ts';
import type {Digest} from '../../../schemas/digest.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export class Filler {
  readonly bucket: MemoryBucket;
  constructor(bucket: MemoryBucket) {
    this.bucket = bucket;
  }

  async blob(bytes: string | Uint8Array): Promise<BlobArtifact> {
    const content = Buffer.from(bytes as Uint8Array);
    const digest = digestOfBytes(content);
    await this.bucket.put(objectKey(digest), content, {ifAbsent: false});
    return {type: 'blob', digest, size: content.length};
  }

  async tree(files: Files, executables: readonly string[] = []): Promise<TreeArtifact> {
    const byDigest = new Map<Digest, Buffer>();
    const manifest = manifestOf(
      Object.entries(files).map(([path, text]) => {
        const content = Buffer.from(text as Uint8Array);
        const digest = digestOfBytes(content);
        byDigest.set(digest, content);
        return {path, size: content.length, executable: executables.includes(path), digest};
      }),
    );
    const {packs, loose} = packsOf(manifest);
    const bytesOf = ({digest}: {readonly digest: Digest}) => byDigest.get(digest) ?? Buffer.alloc(0);
    for (const pack of packs)
      await this.bucket.put(packKey(pack.digest), Buffer.concat(pack.members.map(bytesOf)), {
        ifAbsent: false,
      });
    for (const file of loose) await this.bucket.put(objectKey(file.digest), bytesOf(file), {ifAbsent: false});
    await this.blob(encodeManifest(manifest));
    return treeOf(manifest);
  }
}

export function packOf(files: Files): string {
  const entries = Object.entries(files).map(([path, text]) => {
    const content = Buffer.from(text as Uint8Array);
    return {path, size: content.length, executable: false, digest: digestOfBytes(content)};
  });
  return packKey(given(packsOf(manifestOf(entries)).packs[0]).digest);
}

export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a test publication lacks something');
  return value;
}
