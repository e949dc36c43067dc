import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {objectKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {LIMITS} from '../../artifacts/path-rules.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {parseManifest} from '../../artifacts/trees/parse-manifest.ts';
import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {readSmall} from './read-small.ts';

export type TreeReading =
  | {readonly state: 'read'; readonly manifest: TreeManifest}
  | {readonly state: 'absent'}
  | {readonly state: 'wrong'; readonly why: string}
  | {readonly state: 'unreachable'; readonly why: string};

/** What a tree is said to be; without size and files where only its digest is known. */
export interface ExpectedTree {
  readonly digest: Digest;
  readonly size?: number;
  readonly files?: number;
}

/** A stranger's manifest: hashed, then read by the rules, then compared with what was claimed of it. */
export async function readPublishedTree(bucket: ReadableBucket, claim: ExpectedTree): Promise<TreeReading> {
  const bytes = await manifestBytes(bucket, claim.digest);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const found = digestOfBytes(bytes);
  if (found !== claim.digest) return wrong(`its manifest's bytes are those of ${found}`);
  const parsed = parseManifest(bytes);
  if (!parsed.ok)
    return wrong(`its manifest is none: ${JSON.stringify(parsed.error.at)} ${parsed.error.why}`);
  const lie = lieAbout(claim, parsed.value);
  return lie === undefined ? {state: 'read', manifest: parsed.value} : wrong(lie);
}

async function manifestBytes(
  bucket: ReadableBucket,
  digest: Digest,
): Promise<Uint8Array | Exclude<TreeReading, {state: 'read'}>> {
  try {
    const bytes = await readSmall(bucket, objectKey(digest), LIMITS.manifestBytes);
    if (bytes === 'absent') return {state: 'absent'};
    return bytes === 'too-large' ? wrong('its manifest is larger than one may be') : bytes;
  } catch (error) {
    if (error instanceof StoreError) return {state: 'unreachable', why: error.message};
    throw error;
  }
}

function lieAbout(claim: ExpectedTree, {entries}: TreeManifest): string | undefined {
  const sizes = new Map<Digest, number>();
  let sum = 0;
  for (const {digest, size, path} of entries) {
    if ((sizes.get(digest) ?? size) !== size)
      return `its manifest gives ${path} and another of the same bytes two sizes`;
    sizes.set(digest, size);
    sum += size;
  }
  if (claim.files !== undefined && claim.files !== entries.length)
    return `it has ${entries.length} files, not ${claim.files}`;
  return claim.size !== undefined && claim.size !== sum
    ? `it has ${sum} bytes, not ${claim.size}`
    : undefined;
}

function wrong(why: string): {readonly state: 'wrong'; readonly why: string} {
  return {state: 'wrong', why};
}
