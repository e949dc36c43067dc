import {createHash} from 'node:crypto';
import {describe, expect, it, onTestFinished} from 'vitest';
import type {Bucket, FileToPut} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {openBucket} from '../open/open-bucket.ts';
import {collect, fileOf} from '../testing/describe-bucket.ts';
import {FAULTS, type Fault, type FaultProxy, startFaultProxy} from '../testing/fault-proxy.ts';
import {readChecked} from '../testing/read-checked.ts';
import {asOwner, type S3Server, s3Server} from '../testing/s3-servers.ts';
import {seededRandom} from '../testing/seeded-random.ts';

/**
 * A fifth of all requests to a real server meets a fault. Counts what was injected, since a run without faults
 * passes, and has controls that must go red. REPRO_FAULTS=10 makes it ten times as long.
 */
const SCALE = Number(process.env.REPRO_FAULTS ?? 1);
const REQUESTS = 600 * SCALE;
const SEED = 20_261_124;

const ceph = s3Server('ceph');

describe('a bucket behind a bad network', () => {
  it('loses nothing it acknowledged, and gives nothing wrong for right', {
    timeout: 60_000 * SCALE,
  }, async (context) => {
    const server = await ceph;
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const {direct, faulty, proxy, name} = await twoDoors(server, 0.2);
    const work = new Work(faulty, seededRandom(SEED));
    await Promise.all(Array.from({length: 8}, () => work.until(() => proxy.requests() >= REQUESTS)));
    const judged = await judge(direct, work);
    const uploads = await uploadsIn(server, name);
    report(proxy, work, {...judged, uploads});
    expect(proxy.requests()).toBeGreaterThanOrEqual(REQUESTS);
    for (const fault of FAULTS) expect([fault, (proxy.injected.get(fault) ?? 0) > 0]).toEqual([fault, true]);
    expect({wrong: work.wrong, ...judged, uploads}).toEqual({
      wrong: 0,
      lost: [],
      partial: [],
      stolen: [],
      uploads: 0,
    });
    expect(work.acknowledged.size).toBeGreaterThan(REQUESTS / 10);
  });

  it('control: a reader that does not check takes wrong bytes for right', async (context) => {
    const server = await ceph;
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const {direct, faulty} = await twoDoors(server, 0.5, ['flip down', 'short body']);
    const bytes = Buffer.alloc(50_000, 'right');
    await direct.put('object', bytes, {ifAbsent: false});
    let wrong = 0;
    const checked = new Set<boolean | 'refused'>();
    for (let reads = 0; reads < 25; reads++) {
      const reading = await faulty.get('object');
      if (reading !== undefined && !(await collect(reading)).equals(bytes)) wrong++;
      const careful = readChecked(faulty, 'object', sha256(bytes), bytes.length);
      checked.add(await careful.then((read) => read.equals(bytes)).catch(() => 'refused'));
    }
    expect(wrong).toBeGreaterThan(0);
    expect(checked.has(false)).toBe(false);
    expect(checked.has(true)).toBe(true);
  });

  it('control: bytes that are announced without a digest arrive wrong', async (context) => {
    const server = await ceph;
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const {direct, faulty, proxy, name} = await twoDoors(server, 1, ['flip up']);
    const bytes = Buffer.alloc(1000, 'right');
    await asOwner(proxy.url, (client, {PutObjectCommand}) => {
      client.middlewareStack.add(
        (next) => (given) => {
          const request = given.request as {headers: Record<string, string>};
          request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
          return next(given);
        },
        {step: 'build'},
      );
      return client.send(new PutObjectCommand({Bucket: name, Key: 'unchecked', Body: bytes}));
    });
    const reading = await direct.get('unchecked');
    expect(reading && (await collect(reading)).equals(bytes)).toBe(false);
    await expect(faulty.put('checked', bytes, {ifAbsent: false})).rejects.toMatchObject({code: 'damaged'});
    expect(await direct.size('checked')).toBeUndefined();
  });
});

/** The same bucket, with and without faults on the way. */
async function twoDoors(server: S3Server, rate: number, faults: readonly Fault[] = FAULTS) {
  const proxy = await startFaultProxy({target: server.endpoint, random: seededRandom(SEED), rate, faults});
  const place = await server.makePlace();
  const pace = {
    // Longer than a busy machine takes for an honest answer.
    idleMs: 5000,
    // It stalls for ever, and is to be asked for ever.
    restMs: 0,
    random: seededRandom(1),
    sleep: () => new Promise<void>((r) => setTimeout(r, 5)),
  };
  const direct = await openBucket(place);
  const faulty = await openBucket({...place, endpoint: proxy.url}, pace);
  onTestFinished(async () => {
    await faulty.close();
    await direct.close();
    await proxy.close();
  });
  return {direct, faulty, proxy, name: new URL(place.url).hostname};
}

const MOST_TURNS = 10 * REQUESTS;

/** What a few hasty users do at the same time, and what they were promised. */
class Work {
  readonly acknowledged = new Map<string, {readonly sha256: string; readonly size: number}>();
  /** Keys that are written once, and who was told that it was him. */
  readonly winners = new Map<string, string>();
  readonly failures = new Map<string, number>();
  wrong = 0;
  reads = 0;
  readonly #bucket: Bucket;
  readonly #random: () => number;
  #turn = 0;

  constructor(bucket: Bucket, random: () => number) {
    this.#bucket = bucket;
    this.#random = random;
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      // A bucket that gives up makes no more requests: then this would go on, and fill the disk, for ever.
      if (this.#turn > MOST_TURNS)
        throw new Error(`${this.#turn} turns, and still not done: ${JSON.stringify([...this.failures])}`);
      try {
        await this.#something();
      } catch (error) {
        if (!(error instanceof BucketError)) throw error;
        this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1);
      }
    }
  }

  #something(): Promise<void> {
    const turn = this.#turn++;
    if (turn % 90 === 7) return this.#putFile(this.#bytes(17 * 2 ** 20 + turn));
    switch (turn % 8) {
      case 0:
        return this.#put(this.#bytes(200_000 * this.#random()));
      case 1:
        return this.#putFile(this.#bytes(200_000 * this.#random()));
      case 2:
        return this.#claim(`receipts/v1/${Math.floor(turn / 16)}.json`, `by ${turn}`);
      case 3:
        return this.#comeAndGo(turn);
      default:
        return this.#read();
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    await this.#bucket.put(keyOf(bytes), bytes, {ifAbsent: false});
    this.#acknowledge(bytes);
  }

  async #putFile(bytes: Buffer): Promise<void> {
    const file: FileToPut = fileOf(bytes);
    await this.#bucket.putFile(keyOf(bytes), file);
    this.#acknowledge(bytes);
  }

  #acknowledge(bytes: Buffer): void {
    this.acknowledged.set(keyOf(bytes), {sha256: sha256(bytes), size: bytes.length});
  }

  /** As receipts are written: who hears `present` looks whether it is his own, after an answer that was lost. */
  async #claim(key: string, text: string): Promise<void> {
    const outcome = await this.#bucket.put(key, Buffer.from(text), {ifAbsent: true});
    if (outcome === 'present') {
      const same = await readChecked(this.#bucket, key, sha256(Buffer.from(text)), text.length).catch(
        () => undefined,
      );
      if (same === undefined) return;
    }
    if (this.winners.has(key)) this.wrong++;
    this.winners.set(key, text);
  }

  async #comeAndGo(turn: number): Promise<void> {
    const key = `come-and-go/${turn}`;
    await this.#bucket.put(key, Buffer.from('x'), {ifAbsent: false});
    for await (const listed of this.#bucket.list(key)) if (listed.size !== 1) this.wrong++;
    await this.#bucket.remove([key]);
    if ((await this.#bucket.size(key)) !== undefined) this.wrong++;
  }

  async #read(): Promise<void> {
    const keys = [...this.acknowledged.keys()];
    const key = keys[Math.floor(this.#random() * keys.length)];
    const expected = key === undefined ? undefined : this.acknowledged.get(key);
    if (key === undefined || expected === undefined) return this.#put(this.#bytes(1000));
    const bytes = await readChecked(this.#bucket, key, expected.sha256, expected.size);
    this.reads++;
    if (sha256(bytes) !== expected.sha256) this.wrong++;
  }

  #bytes(length: number): Buffer {
    const seed = createHash('sha256').update(`${this.#turn} ${this.#random()}`).digest();
    return Buffer.alloc(Math.max(1, Math.floor(length)), seed);
  }
}

/** What is there once the network is good again. */
async function judge(direct: Bucket, work: Work) {
  const lost: string[] = [];
  for (const [key, {sha256: expected}] of work.acknowledged)
    if ((await digestOf(direct, key)) !== expected) lost.push(key);
  const partial: string[] = [];
  for await (const {key} of direct.list('objects/'))
    if ((await digestOf(direct, key)) !== key.split('/').pop()) partial.push(key);
  const stolen: string[] = [];
  for (const [key, text] of work.winners)
    if ((await digestOf(direct, key)) !== sha256(Buffer.from(text))) stolen.push(key);
  return {lost, partial, stolen};
}

async function digestOf(bucket: Bucket, key: string): Promise<string | undefined> {
  const reading = await bucket.get(key);
  if (reading === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of reading.chunks) hash.update(chunk);
  return hash.digest('hex');
}

function keyOf(bytes: Uint8Array): string {
  const hex = sha256(bytes);
  return `objects/v1/${hex.slice(0, 2)}/${hex}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function uploadsIn({endpoint}: S3Server, Bucket: string): Promise<number> {
  const page = await asOwner(endpoint, (client, {ListMultipartUploadsCommand}) =>
    client.send(new ListMultipartUploadsCommand({Bucket})),
  );
  return page.Uploads?.length ?? 0;
}

/** For the record, where somebody asked for a long run. */
function report(proxy: FaultProxy, work: Work, judged: object): void {
  if (SCALE === 1) return;
  const lines = [...proxy.injected].map(([fault, count]) => `${fault.padEnd(14)} ${count}`);
  const total = [...proxy.injected.values()].reduce((sum, count) => sum + count, 0);
  const failed = JSON.stringify(Object.fromEntries(work.failures));
  process.stdout.write(
    `${lines.join('\n')}\n${proxy.requests()} requests, ${total} faulted; ${work.acknowledged.size} objects and ` +
      `${work.winners.size} claims acknowledged; ${work.reads} reads; failed: ${failed}; ${JSON.stringify({wrong: work.wrong, ...judged})}\n`,
  );
}
