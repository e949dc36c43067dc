import {type Digest, digestFromHex} from '../../../schemas/digest.ts';
import type {Result} from '../../../schemas/result.ts';
import {leafHash} from '../../compare/tensors/tensor-digest.ts';
import {type HashedTensors, TensorHasher} from '../../compare/tensors/tensor-hasher.ts';
import type {TraceFault} from '../../compare/trace/open-trace.ts';
import type {StateTensor} from '../../compare/trace/state-document.ts';
import type {Watches, WatchOf} from '../watch.ts';
import {MetricsReader, type ReadMetrics} from './read-metrics.ts';
import {KeepingReader, type ReadTrace, type WantedOfTrace} from './read-trace.ts';

/** What was found in the bytes, by their digest; what is missing here could not be read, and another row says so. */
export interface FoundInBytes {
  readonly traces: ReadonlyMap<Digest, Result<ReadTrace, TraceFault>>;
  readonly metrics: ReadonlyMap<Digest, Result<ReadMetrics, string>>;
  readonly tensors: ReadonlyMap<Digest, Result<HashedTensors, string>>;
  /** By `leafKey`. */
  readonly leaves: ReadonlyMap<string, string>;
}

/** Looks at traces and what they are held against, while they are read to be hashed. */
export class TraceBytes implements FoundInBytes {
  readonly #watches = new Map<Digest, WatchOf[]>();
  readonly traces = new Map<Digest, Result<ReadTrace, TraceFault>>();
  readonly metrics = new Map<Digest, Result<ReadMetrics, string>>();
  readonly tensors = new Map<Digest, Result<HashedTensors, string>>();
  readonly leaves = new Map<string, string>();
  readonly #watched = new Set<string>();

  get watches(): Watches {
    return this.#watches;
  }

  watchTrace(digest: Digest, wanted: WantedOfTrace): void {
    this.#watch(digest, () => {
      const reader = new KeepingReader(wanted);
      return {push: (piece) => reader.push(piece), done: () => void this.traces.set(digest, reader.end())};
    });
  }

  watchMetrics(digest: Digest, names: ReadonlySet<string>): void {
    this.#watch(digest, () => {
      const reader = new MetricsReader(names);
      return {push: (piece) => reader.push(piece), done: () => void this.metrics.set(digest, reader.end())};
    });
  }

  watchWeights(digest: Digest): void {
    if (this.#isWatched(`weights ${digest}`)) return;
    this.#watch(digest, (size) => {
      const hasher = new TensorHasher(size ?? 0);
      return {push: (piece) => hasher.push(piece), done: () => void this.tensors.set(digest, hasher.end())};
    });
  }

  watchLeaf(name: string, tensor: StateTensor): void {
    const key = leafKey(name, tensor);
    if (this.#isWatched(key)) return;
    this.#watch(digestFromHex(tensor.sha256), () => {
      const hash = leafHash({name, ...tensor});
      return {
        push: (piece) => void hash.update(piece),
        done: () => void this.leaves.set(key, hash.digest('hex')),
      };
    });
  }

  #isWatched(what: string): boolean {
    if (this.#watched.has(what)) return true;
    this.#watched.add(what);
    return false;
  }

  #watch(digest: Digest, open: WatchOf): void {
    const all = this.#watches.get(digest) ?? [];
    all.push(open);
    this.#watches.set(digest, all);
  }
}

export function leafKey(name: string, {dtype, shape, sha256}: StateTensor): string {
  return `${sha256} ${dtype} ${shape.join()} ${name}`;
}
