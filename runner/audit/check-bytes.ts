import {inParallel} from '../../artifacts/at-a-time.ts';
import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {ByteNotes, type LoadingFile} from './byte-findings.ts';
import {checkStoredBytes} from './check-stored-bytes.ts';
import type {Holding} from './promised-bytes.ts';
import {readPublishedTree} from './read-tree.ts';
import {type BytesToRead, type Piece, ReadingList} from './reading-list.ts';
import type {CheckName} from './row.ts';
import {drawSample, type Sample, type SampleSize, sizeOfSample} from './sample.ts';
import type {Watches} from './watch.ts';

/** What reading and hashing found, by the check that answers for it. */
export interface ByteReport {
  readonly findings: ReadonlyMap<CheckName, readonly string[]>;
  /** What is not there, of what is promised to be. */
  readonly absent: ReadonlyMap<CheckName, readonly string[]>;
  /** Checks of which at least some bytes are there. */
  readonly present: ReadonlySet<CheckName>;
  readonly unreachable: ReadonlyMap<CheckName, readonly string[]>;
  readonly counts: ReadonlyMap<CheckName, ByteCount>;
  /** Names of sources that this bucket does not have. */
  readonly elsewhere: ReadonlySet<string>;
  /** Of artifacts; undefined when all were read. */
  readonly sample: Sample | undefined;
  /** What runs code when it is loaded: `rl.train.model: training_args.bin`. */
  readonly loading: readonly LoadingFile[];
}

export interface ByteCount {
  readonly files: number;
  readonly bytes: number;
}

export interface ByteOptions {
  readonly bucket: ReadableBucket;
  readonly sample: SampleSize;
  /** Of the sample: unknown to whoever published. */
  readonly seed: string;
  readonly onProgress: (progress: ByteProgress) => void;
  /** What looks at bytes as they are read; a sample leaves none of it out. */
  readonly watches?: Watches;
}

export interface ByteProgress {
  readonly done: number;
  readonly of: number;
  readonly bytes: number;
}

/** Small enough that four packs fit into memory many times over. */
const AT_ONCE = 4;
/** Of these a sample may do; the rest is small, and read whole. */
const SAMPLED: ReadonlySet<CheckName> = new Set(['artifacts', 'pins']);

/** Reads what some holdings promise out of a bucket, and hashes it. In constant memory but for the manifests. */
export async function checkBytes(holdings: readonly Holding[], options: ByteOptions): Promise<ByteReport> {
  const notes = new ByteNotes();
  const places = new ReadingList();
  await inParallel(holdings, AT_ONCE, (holding) => place(holding, places, notes, options));
  const all = places.all();
  const {wanted, sample} = choose(all, options);
  let done = 0;
  let bytes = 0;
  await inParallel([...wanted], AT_ONCE, async ([at, pieces]) => {
    const reading = await checkStoredBytes(options.bucket, at, pieces, options.watches);
    for (const fault of reading.faults) notes.fault(at, fault);
    if (!reading.faults.some(({state}) => state === 'absent' || state === 'unreachable'))
      notes.present(at.owners);
    for (const [digest, how] of reading.loading) notes.loads(at, digest, how);
    done++;
    bytes += reading.bytes;
    options.onProgress({done, of: wanted.size, bytes});
  });
  return {...notes.report(), counts: countsOf(all), sample};
}

async function place(
  holding: Holding,
  places: ReadingList,
  notes: ByteNotes,
  {bucket}: ByteOptions,
): Promise<void> {
  const {artifact} = holding;
  if (artifact.type === 'unsized') return places.addObject(holding, artifact.digest, undefined);
  if (artifact.type === 'blob') return places.addObject(holding, artifact.digest, artifact.size);
  const claim = holding.mayBeElsewhere === true ? {digest: artifact.digest} : artifact;
  const reading = await readPublishedTree(bucket, claim);
  switch (reading.state) {
    case 'read':
      notes.present([{holding}]);
      notes.namedLikePickles(holding, reading.manifest.entries);
      return places.addTree(holding, reading.manifest);
    case 'absent':
      return notes.absent(holding, 'its manifest');
    case 'wrong':
      return notes.wrong(holding, reading.why);
    case 'unreachable':
      return notes.unreachable(holding, reading.why);
  }
}

interface Chosen {
  readonly wanted: ReadonlyMap<BytesToRead, readonly Piece[]>;
  readonly sample: Sample | undefined;
}

function choose(all: readonly BytesToRead[], {sample: size, seed, watches}: ByteOptions): Chosen {
  const wanted = new Map<BytesToRead, Piece[]>();
  const population: {readonly at: BytesToRead; readonly piece: Piece}[] = [];
  for (const at of all) {
    const sampled = size.what !== 'all' && at.owners.every(({holding}) => SAMPLED.has(holding.check));
    if (!sampled) {
      wanted.set(at, [...at.pieces]);
      continue;
    }
    const watched = at.pieces.filter(({digest}) => watches?.has(digest) === true);
    if (watched.length > 0) wanted.set(at, watched);
    for (const piece of at.pieces) if (!watched.includes(piece)) population.push({at, piece});
  }
  if (size.what === 'all') return {wanted, sample: undefined};
  const count = sizeOfSample(size, population.length);
  const drawn = drawSample(population, count, seed, ({at, piece}) => `${at.key} ${piece.digest}`);
  for (const {at, piece} of drawn) wanted.set(at, [...(wanted.get(at) ?? []), piece]);
  return {wanted, sample: {size: count, of: population.length, seed}};
}

function countsOf(all: readonly BytesToRead[]): ReadonlyMap<CheckName, ByteCount> {
  const counts = new Map<CheckName, ByteCount>();
  for (const {pieces, size, owners} of all) {
    for (const check of new Set(owners.map(({holding}) => holding.check))) {
      const {files, bytes} = counts.get(check) ?? {files: 0, bytes: 0};
      counts.set(check, {files: files + pieces.length, bytes: bytes + (size ?? 0)});
    }
  }
  return counts;
}
