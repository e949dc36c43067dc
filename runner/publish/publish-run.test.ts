import {describe, expect, it} from 'vitest';
import type {Bucket} from '../../artifacts/bucket/bucket.ts';
import {BucketError} from '../../artifacts/bucket/bucket-error.ts';
import {attestationsKey, publicationKey, sequenceKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {MemoryBucket} from '../../artifacts/memory/memory-bucket.ts';
import {SEED} from '../../artifacts/testing/seed.ts';
import {seededRandom} from '../../artifacts/testing/seeded-random.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {publishRun} from './publish-run.ts';
import {newest} from './sequence.ts';
import {aRun, aSigner} from './testing/a-run.ts';

const now = () => Date.UTC(2026, 0, 2);
const signer = aSigner();
const contents = 'all';

describe('publishing', () => {
  it('numbers what is published, finds the newest among any number, and says so of one that is there', async () => {
    const bucket = new MemoryBucket();
    for (let n = 1; n <= 21; n++) {
      expect(await publishRun({run: aRun(n), signer, bucket, contents, now})).toMatchObject({
        value: {sequence: n, again: false},
      });
      expect(await newest({bucket, signer: signer.key.id, name: 'tiny'})).toMatchObject({sequence: n});
    }
    expect(await publishRun({run: aRun(21), signer, bucket, contents, now})).toMatchObject({
      value: {sequence: 21, again: true},
    });
    expect(await publishRun({run: aRun(3), signer, bucket, contents, now})).toMatchObject({
      value: {sequence: 22},
    });
    await expectSoundSequence(bucket, 22);
    expect(await publishRun({run: aRun(1), signer: aSigner(), bucket, contents, now})).toMatchObject({
      value: {sequence: 1},
    });
  });

  it('gives each of many that publish at once a number of its own, and leaves nothing of lost races', async () => {
    const bucket = new MemoryBucket();
    const runs = Array.from({length: 12}, (_, n) => aRun(n));
    const done = await Promise.all(
      runs.map((run) => publishRun({run, signer, bucket: slow(bucket), contents, now})),
    );
    const numbers = done.map((each) => (each.ok ? each.value.sequence : 0)).sort((a, b) => a - b);
    expect(numbers).toEqual(runs.map((_, n) => n + 1));
    await expectSoundSequence(bucket, runs.length);
    expect(await keysIn(bucket, 'publications/')).toHaveLength(2 * runs.length);
  });

  it('is done or not done, wherever it breaks off: what is in the sequence is all there', async () => {
    let injected = 0;
    for (let at = 1; ; at++) {
      const bucket = new MemoryBucket();
      await publishRun({run: aRun(0), signer, bucket, contents, now});
      const failing = breaking(bucket, at);
      const outcome = await publishRun({run: aRun(1), signer, bucket: failing.bucket, contents, now}).catch(
        () => undefined,
      );
      const last = await newest({bucket, signer: signer.key.id, name: 'tiny'});
      await expectSoundSequence(bucket, last?.sequence ?? 0);
      if (!failing.broke()) {
        expect(outcome).toMatchObject({value: {sequence: 2}});
        break;
      }
      injected++;
      // Going on with the same command completes it, or finds it completed.
      expect(await publishRun({run: aRun(1), signer, bucket, contents, now})).toMatchObject({
        value: {sequence: 2},
      });
      await expectSoundSequence(bucket, 2);
    }
    expect(injected).toBeGreaterThan(6);
  });

  it('takes a number that it got for its own, though the answer was lost', async () => {
    const bucket = new MemoryBucket();
    const losing = Object.assign(Object.create(bucket) as Bucket, {
      put: async (key: string, bytes: Uint8Array, options: {ifAbsent: boolean}) => {
        await bucket.put(key, bytes, options);
        // As a layer that tries again would see it.
        return options.ifAbsent ? 'present' : 'written';
      },
      size: (key: string) => bucket.size(key),
      get: (key: string) => bucket.get(key),
    });
    expect(await publishRun({run: aRun(1), signer, bucket: losing, contents, now})).toMatchObject({
      value: {sequence: 1},
    });
    await expectSoundSequence(bucket, 1);
  });
});

/** From 1 to `length`, each names the one before, and document and signatures of each are there. */
async function expectSoundSequence(bucket: Bucket, length: number): Promise<void> {
  let previous: Digest | null = null;
  for (let n = 1; n <= length; n++) {
    const entry = JSON.parse(await textOf(bucket, sequenceKey(signer.key.id, 'tiny', n))) as {
      publication: Digest;
    };
    const text = await textOf(bucket, publicationKey(entry.publication));
    expect(digestOfBytes(text)).toBe(entry.publication);
    const publication = JSON.parse(text) as Publication;
    expect(publication).toMatchObject({sequence: n, previous});
    expect((await textOf(bucket, attestationsKey(entry.publication))).trim().split('\n')).toHaveLength(3);
    previous = entry.publication;
  }
  expect(await bucket.size(sequenceKey(signer.key.id, 'tiny', length + 1))).toBeUndefined();
}

async function textOf(bucket: Bucket, key: string): Promise<string> {
  const reading = await bucket.get(key);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading?.chunks ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function keysIn(bucket: Bucket, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const {key} of bucket.list(prefix)) keys.push(key);
  return keys;
}

/** Lets the others have their turn before every call. */
function slow(bucket: MemoryBucket): Bucket {
  const draw = seededRandom(SEED);
  return eachCall(bucket, async () => {
    for (let i = Math.floor(draw() * 5); i >= 0; i--) await new Promise((then) => setImmediate(then));
  });
}

/** The `at`-th call, and all after it, fail for good, as for a process that was killed. */
function breaking(bucket: MemoryBucket, at: number) {
  let calls = 0;
  const wrapped = eachCall(bucket, async () => {
    if (++calls >= at) throw new BucketError('refused', 'injected');
  });
  return {bucket: wrapped, broke: () => calls >= at};
}

function eachCall(bucket: MemoryBucket, before: () => Promise<void>): Bucket {
  return new Proxy(bucket, {
    get(target, name: keyof MemoryBucket) {
      const member = target[name];
      if (typeof member !== 'function') return member;
      if (name === 'list') return member.bind(target);
      return async (...args: unknown[]) => {
        await before();
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
