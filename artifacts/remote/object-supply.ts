import type {Digest} from '../../schemas/digest.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import type {PackIndex} from './pack-index.ts';
import type {Pack, PackMember} from './packs.ts';
import type {Receiver} from './receive-large.ts';

/** Where objects are fetched from. */
export interface ObjectSupply {
  readonly bucket: ReadableBucket;
  readonly packs: PackIndex;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that came, as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface WantedObject {
  readonly digest: Digest;
  /** As a manifest or receipt claims. */
  readonly size?: number | undefined;
}

/** Some members of a pack: asked when it is its turn, so that nobody holds a list of everything. */
export interface WantedOfPack {
  readonly pack: Pack;
  readonly members: () => Promise<readonly PackMember[]>;
}

/** Where objects go; each once, and only with the right bytes. */
export interface Sink {
  /** A small one, hashed and right. The bytes are another's as soon as this resolves. */
  take(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** A large one: it is told at the end whether it was right. */
  receive(digest: Digest, size: number): Promise<Receiver>;
}
