import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {Bucket, ListableBucket, Listed, ReadableBucket} from '../bucket/bucket.ts';
import {objectKey} from '../bucket/bucket-layout.ts';
import {asStore} from '../remote/bucket-trouble.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {canList} from '../remote/presence.ts';
import {readDocument} from '../remote/read-document.ts';
import {writable} from '../remote/remote-artifacts.ts';
import {StoreError} from '../store-error.ts';
import {EMPTY_HEAP, type Garbage, type GarbageOptions, HeapCount} from './garbage-count.ts';
import {Marks, PEEK_BYTES} from './mark.ts';

/**
 * The same for a bucket, where nobody can say that they are using it: only the grace period protects what is being
 * pushed. It counts by the server's clock, from the moment an object was last written there.
 */
export async function collectBucket(remote: RemoteStore, options: GarbageOptions): Promise<Garbage> {
  const target = options.delete ? writable(remote.bucket, remote.bucket.name) : undefined;
  const bucket = target ?? listable(remote.bucket);
  const marks = new Marks({artifacts: remote.artifacts, peek: (digest) => peek(bucket, digest)});
  for await (const text of rootsOf(bucket, options.roots)) await marks.text(text);
  const removal = new Removal(target);
  const count = {receipts: new HeapCount(), objects: new HeapCount(), packs: new HeapCount()};
  const spared = {young: new HeapCount(), kept: new HeapCount()};
  for await (const {key, size, modified} of listed(bucket, 'receipts/v1/')) {
    const stage = digestIn(key);
    const isKept =
      options.now - modified < options.keepResultsMs || (stage !== undefined && marks.objects.has(stage));
    if (isKept) await marks.text(await textOf(bucket, key));
    else {
      count.receipts.add(size);
      await removal.add(key);
    }
  }
  await removal.finish();
  for (const kind of ['objects', 'packs'] as const) {
    for await (const {key, size, modified} of listed(bucket, `${kind}/v1/`)) {
      const digest = digestIn(key);
      if (digest === undefined) continue;
      if (marks[kind].has(digest)) spared.kept.add(size);
      else if (options.now - modified < options.graceMs) spared.young.add(size);
      else {
        count[kind].add(size);
        await removal.add(key);
      }
    }
  }
  await removal.finish();
  await target?.abandonUploads?.(options.now - options.graceMs);
  return {
    receipts: count.receipts.heap,
    objects: count.objects.heap,
    packs: count.packs.heap,
    partial: EMPTY_HEAP,
    young: spared.young.heap,
    kept: spared.kept.heap,
    outcome: options.delete ? 'deleted' : 'counted',
  };
}

/** Counting needs the listing alone; without it there is nothing to count. */
function listable(bucket: ReadableBucket): ListableBucket {
  return canList(bucket) ? bucket : writable(bucket, bucket.name);
}

async function* rootsOf(bucket: ListableBucket, given: Iterable<string>): AsyncGenerator<string> {
  for (const prefix of ['pins/v1/', 'publications/v1/']) {
    for await (const {key} of listed(bucket, prefix)) yield await textOf(bucket, key);
  }
  yield* given;
}

/** A root that can't be read may name anything: nothing is deleted then. */
async function textOf(bucket: ReadableBucket, key: string): Promise<string> {
  const bytes = await readDocument(bucket, key, DOCUMENT_BYTES);
  if (bytes === undefined) return '';
  if (!bytes.ok)
    throw new StoreError('corrupt', key, `${bucket.name}/${key}: ${bytes.error}; nothing was deleted`);
  return Buffer.from(bytes.value).toString('utf8');
}

const DOCUMENT_BYTES = 64 * 2 ** 20;

async function peek(bucket: ReadableBucket, digest: Digest): Promise<Uint8Array | undefined> {
  return asStore(digest, async () => {
    const reading = await bucket.get(objectKey(digest), {from: 0, to: PEEK_BYTES});
    if (reading === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of reading.chunks) chunks.push(chunk);
    return Buffer.concat(chunks);
  });
}

async function* listed(bucket: ListableBucket, prefix: string): AsyncGenerator<Listed> {
  const keys = bucket.list(prefix)[Symbol.asyncIterator]();
  for (;;) {
    const next = await asStore(prefix, () => keys.next());
    if (next.done === true) return;
    yield next.value;
  }
}

function digestIn(key: string): Digest | undefined {
  const [hex] = /[0-9a-f]{64}/.exec(key) ?? [];
  return hex === undefined ? undefined : digestFromHex(hex);
}

/** A thousand at a time, as servers take them. */
class Removal {
  /** Undefined where it is only counted. */
  readonly #bucket: Bucket | undefined;
  #keys: string[] = [];

  constructor(bucket: Bucket | undefined) {
    this.#bucket = bucket;
  }

  async add(key: string): Promise<void> {
    if (this.#bucket !== undefined && this.#keys.push(key) === 1000) await this.finish();
  }

  async finish(): Promise<void> {
    const bucket = this.#bucket;
    const keys = this.#keys;
    this.#keys = [];
    if (bucket !== undefined && keys.length > 0) await asStore(bucket.name, () => bucket.remove(keys));
  }
}
