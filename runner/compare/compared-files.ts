import type {TreeEntry} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';

/** One of two files that are compared. */
export interface FileSide {
  /** Its path or what it is called: an extension says what it holds. */
  readonly name: string;
  readonly digest: Digest;
  /** Where it can be read; laid out from the store when first asked for. Throws StoreError. */
  path(): Promise<string>;
}

/** One of two folders that are compared. */
export interface TreeSide {
  readonly digest: Digest;
  /** In code-unit order of their paths. */
  readonly entries: readonly TreeEntry[];
  file(entry: TreeEntry): FileSide;
}
