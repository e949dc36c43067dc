import {createHash} from 'node:crypto';
import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {digestOfBytes, finish} from '../../artifacts/hashing.ts';
import {LIMITS} from '../../artifacts/path-rules.ts';
import {fromBucket} from '../../artifacts/remote/bucket-trouble.ts';
import {type ExpectedBytes, steadyBytes} from '../../artifacts/remote/resumed-bytes.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import type {Digest} from '../../schemas/digest.ts';
import {type Loading, Sniffer} from './pickles.ts';
import type {BytesToRead, Piece} from './reading-list.ts';
import {NO_WATCHES, type Watcher, type Watches, watcherOf} from './watch.ts';

/** What is wrong with some bytes in a bucket. */
export type ByteFault =
  | {readonly state: 'absent'}
  | {readonly state: 'wrong'; readonly digest: Digest; readonly why: string}
  /** Nobody knows: the server did not give them. */
  | {readonly state: 'unreachable'; readonly why: string};

export interface BytesReading {
  readonly faults: readonly ByteFault[];
  readonly bytes: number;
  /** Files that look like a program when they are loaded, by digest. */
  readonly loading: ReadonlyMap<Digest, Loading>;
}

/** Reads an object or a pack to its end and hashes every piece. Never more than one chunk, or one pack, in memory. */
export async function checkStoredBytes(
  bucket: ReadableBucket,
  place: BytesToRead,
  wanted: readonly Piece[] = place.pieces,
  watches: Watches = NO_WATCHES,
): Promise<BytesReading> {
  const [only] = place.pieces;
  if (only === undefined) return {faults: [], bytes: 0, loading: new Map()};
  try {
    if (place.pieces.length === 1) return await readObject(bucket, place, only, watches);
    return wanted.length === place.pieces.length
      ? await readPack(bucket, place, watches)
      : await readPieces(bucket, place, wanted, watches);
  } catch (error) {
    const fault = faultOf(fromBucket(error, only.digest), place, wanted);
    if (fault === undefined) throw error;
    return {faults: fault, bytes: 0, loading: new Map()};
  }
}

/** Size before hash: bytes of another size are wrong before they are read, and endless ones end at the first too many. */
function faultOf(
  error: unknown,
  {pieces}: BytesToRead,
  wanted: readonly Piece[],
): readonly ByteFault[] | undefined {
  if (!(error instanceof StoreError)) return undefined;
  if (error.code === 'missing') return [{state: 'absent'}];
  if (error.code !== 'corrupt' && error.code !== 'malformed') {
    return [{state: 'unreachable', why: error.message}];
  }
  const why = pieces.length === 1 ? error.message : `its pack ${error.message}`;
  return wanted.map(({digest}) => ({state: 'wrong', digest, why}));
}

async function readObject(
  bucket: ReadableBucket,
  {key}: BytesToRead,
  piece: Piece,
  watches: Watches,
): Promise<BytesReading> {
  const {digest, size} = piece;
  const claim = {digest, key, from: 0, to: undefined, most: size ?? LIMITS.fileBytes, objectSize: size};
  const hash = createHash('sha256');
  const watcher = watcherOf(watches, digest, size);
  let bytes = 0;
  const sniffer = new Sniffer();
  for await (const chunk of steadyBytes(bucket, claim)) {
    sniffer.push(chunk);
    bytes += chunk.length;
    hash.update(chunk);
    watcher?.push(chunk);
  }
  const found = finish(hash);
  if (found === digest) watcher?.done();
  const loading = sniffer.end();
  return {
    faults: found === digest ? [] : [{state: 'wrong', digest, why: otherBytes(found)}],
    bytes,
    loading: new Map(loading === undefined ? [] : [[digest, loading]]),
  };
}

/** Whole: a pack has at most 8 MiB. */
async function readPack(
  bucket: ReadableBucket,
  {key, size = 0, pieces}: BytesToRead,
  watches: Watches,
): Promise<BytesReading> {
  const digest = digestOfBytes(key);
  const claim = {digest, key, from: 0, to: undefined, most: size, objectSize: size};
  const pack = await collect(bucket, claim, size);
  const bytesOf = ({offset, size: length = 0}: Piece) => pack.subarray(offset, offset + length);
  return judgePieces(pieces, pack.length, bytesOf, watches);
}

/** Some members of a pack, each by its range. */
async function readPieces(
  bucket: ReadableBucket,
  {key, size: objectSize}: BytesToRead,
  pieces: readonly Piece[],
  watches: Watches,
): Promise<BytesReading> {
  const found = new Map<Digest, Uint8Array>();
  let bytes = 0;
  for (const {digest, offset, size = 0} of pieces) {
    const claim = {digest, key, from: offset, to: offset + size, most: size, objectSize};
    found.set(digest, await collect(bucket, claim, size));
    bytes += size;
  }
  return judgePieces(pieces, bytes, ({digest}) => found.get(digest) ?? new Uint8Array(), watches);
}

async function collect(bucket: ReadableBucket, claim: ExpectedBytes, size: number): Promise<Uint8Array> {
  const all = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of steadyBytes(bucket, claim)) {
    all.set(chunk, filled);
    filled += chunk.length;
  }
  return all.subarray(0, filled);
}

function judgePieces(
  pieces: readonly Piece[],
  bytes: number,
  bytesOf: (piece: Piece) => Uint8Array,
  watches: Watches,
): BytesReading {
  const faults: ByteFault[] = [];
  const loading = new Map<Digest, Loading>();
  for (const piece of pieces) {
    const {digest} = piece;
    const found = bytesOf(piece);
    const actual = digestOfBytes(found);
    if (actual !== digest) faults.push({state: 'wrong', digest, why: otherBytes(actual)});
    else show(found, watcherOf(watches, digest, found.length));
    const how = sniffed(found);
    if (how !== undefined) loading.set(digest, how);
  }
  return {faults, bytes, loading};
}

function sniffed(bytes: Uint8Array): Loading | undefined {
  const sniffer = new Sniffer();
  sniffer.push(bytes);
  return sniffer.end();
}

function show(bytes: Uint8Array, watcher: Watcher | undefined): void {
  watcher?.push(bytes);
  watcher?.done();
}

function otherBytes(actual: Digest): string {
  return `its bytes are those of ${actual}`;
}
