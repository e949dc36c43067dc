import type {TreeEntry, TreeManifest} from '../../schemas/artifact.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {digestOfBytes} from '../hashing.ts';

/**
 * Which small files of a tree lie together in one object of a bucket, so that 100,000 files cost about 200 requests
 * and not 100,000. It is a pure function of the manifest: nobody needs an index, a listing or a look-up.
 *
 * A pack is the bytes of its members one after another. Its name is the SHA-256 of their list, as `sha256sum` would
 * print it with the size for a name, so a pack is found without reading it, and every member is verified by its own
 * SHA-256. README.md says how to do both with plain tools.
 */
export interface Pack {
  readonly digest: Digest;
  readonly size: number;
  readonly members: readonly PackMember[];
}

export interface PackMember {
  readonly digest: Digest;
  readonly size: number;
  /** Where in the pack its bytes begin. */
  readonly offset: number;
}

export interface Packing {
  readonly packs: readonly Pack[];
  /** Stored as objects of their own: large files, and small ones that would be alone in a pack. */
  readonly loose: readonly SizedDigest[];
}

export interface SizedDigest {
  readonly digest: Digest;
  readonly size: number;
}

/** Format 1. To change any of these is another format: the packs that are there would not be found. */
export const PACKS = {fileBytes: 128 * 1024, bytes: 8 * 2 ** 20, members: 4096} as const;

export function packsOf({entries}: TreeManifest): Packing {
  const packs: Pack[] = [];
  const loose: SizedDigest[] = [];
  let open: PackMember[] = [];
  let size = 0;
  const close = () => {
    const [only] = open;
    if (open.length > 1) packs.push({digest: nameOf(open), size, members: open});
    else if (only !== undefined) loose.push({digest: only.digest, size: only.size});
    open = [];
    size = 0;
  };
  for (const file of distinct(entries)) {
    if (file.size > PACKS.fileBytes) {
      loose.push({digest: file.digest, size: file.size});
      continue;
    }
    if (size + file.size > PACKS.bytes || open.length === PACKS.members) close();
    open.push({digest: file.digest, size: file.size, offset: size});
    size += file.size;
    if (endsPack(file)) close();
  }
  close();
  return {packs, loose};
}

/**
 * Where packs end is said by the files themselves, so that a file more or less moves no boundary but those next to
 * it: on average after 1,024 files or 2 MiB, whichever is less. Only where no file said so in time does a limit.
 */
function endsPack({digest, size}: SizedDigest): boolean {
  return Number.parseInt(hexOf(digest).slice(0, 8), 16) < Math.max(2 ** 22, size * 2 ** 11);
}

function nameOf(members: readonly PackMember[]): Digest {
  return digestOfBytes(members.map(({digest, size}) => `${hexOf(digest)}  ${size}\n`).join(''));
}

/** The first of each. A manifest that gives one digest two sizes lies in one of them; reading finds out. */
function* distinct(entries: readonly TreeEntry[]): Generator<TreeEntry> {
  const seen = new Set<Digest>();
  for (const entry of entries) {
    if (seen.has(entry.digest)) continue;
    seen.add(entry.digest);
    yield entry;
  }
}
