import type {Digest} from '../../schemas/digest.ts';
import type {Origin} from './origin.ts';

/** One file of a source, before anything of it was fetched. */
export interface RemoteFile {
  /** In the tree. */
  readonly path: string;
  readonly origin: Origin;
  /** Says which bytes these are, for going on with what an earlier process left of them. */
  readonly key: string;
  readonly size: number | undefined;
  /** What the origin's own list says of its bytes, beside the pin: found out early, and by name. */
  readonly listed: ListedIdentity | undefined;
}

export type ListedIdentity =
  | {readonly by: 'sha256'; readonly digest: Digest}
  /** Git's name for a blob: SHA-1 of `blob <size>` and a NUL, and the bytes. */
  | {readonly by: 'git'; readonly oid: string};
