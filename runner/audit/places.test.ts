import {describe, expect, it} from 'vitest';
import type {Bucket} from '../../artifacts/bucket/bucket.ts';
import {MemoryBucket} from '../../artifacts/memory/memory-bucket.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import type {Sighting} from './seen-publications.ts';
import {type APublication, aPublication} from './testing/a-publication.ts';
import {auditIt, memory, rowOf} from './testing/audit-it.ts';

const bucketAt = (name: string) => new MemoryBucket({name});
const [FOLDER, BUCKET] = ['/home/ada/rehearsal', 's3://runs/ada'];

/** Published a day later each time: nobody publishes the same bytes twice. */
function publishedOn(day: number) {
  return (publication: Publication): Publication => ({
    ...publication,
    publishedAt: `2026-11-${24 + day}T11:00:00.000Z`,
  });
}

/** Another run of the same pipeline. */
const otherRun = (record: RunRecord2): RunRecord2 => ({...record, seconds: record.seconds + 1});

interface At {
  readonly place: string;
  readonly bucket?: MemoryBucket;
  readonly day?: number;
  readonly sequence?: number;
  readonly previous?: Digest | null;
  readonly other?: boolean;
}

function publishAt({
  place,
  bucket,
  day = 0,
  sequence = 1,
  previous = null,
  other,
}: At): Promise<APublication> {
  return aPublication({
    bucket: bucket ?? bucketAt(place),
    sequence,
    previous,
    publication: publishedOn(day),
    ...(other === true && {record: otherRun}),
  });
}

/** As rclone makes one. */
async function copyOf({bucket, ...rest}: APublication, name: string): Promise<APublication> {
  const copy = bucketAt(name);
  await copyInto(bucket, copy);
  return {...rest, bucket: copy};
}

async function copyInto(from: Bucket, to: Bucket): Promise<void> {
  for await (const {key} of from.list('')) {
    const reading = await from.get(key);
    const chunks: Uint8Array[] = [];
    if (reading !== undefined) for await (const chunk of reading.chunks) chunks.push(chunk);
    await to.put(key, Buffer.concat(chunks), {ifAbsent: false});
  }
}

const byName = ({signer}: APublication) => ({by: 'name', signer: signer.key.id, name: 'tiny'}) as const;

async function newest(
  published: APublication,
  seen: ReturnType<typeof memory>,
  how: 'name' | 'digest' = 'digest',
) {
  const wanted = how === 'name' ? {wanted: byName(published)} : {};
  const {state, why} = rowOf(await auditIt(published, {memory: seen, ...wanted}), 'newest');
  return `${state}: ${why}`;
}

describe('an honest author', () => {
  it('rehearses in a folder, and then publishes to a bucket', async () => {
    const seen = memory();
    const rehearsed = await publishAt({place: FOLDER});
    const real = await publishAt({place: BUCKET, day: 1});
    expect(real.digest).not.toBe(rehearsed.digest);
    for (const how of ['digest', 'name'] as const)
      for (const each of [rehearsed, real])
        expect(await newest(each, seen, how)).toMatch(/^pass: number 1 of tiny, the first; /);
  });

  it('rehearses three times, and the bucket begins at 1 with another run', async () => {
    const seen = memory();
    const first = await publishAt({place: FOLDER});
    const {bucket} = first;
    const second = await publishAt({
      place: FOLDER,
      bucket,
      day: 1,
      sequence: 2,
      previous: first.digest,
      other: true,
    });
    expect(await newest(second, seen, 'name')).toMatch(/^pass: number 2/);
    expect(await newest(await publishAt({place: BUCKET, day: 2, other: true}), seen, 'name')).toMatch(
      /^pass: number 1/,
    );
  });

  it('has a mirror, and a copy of the copy', async () => {
    const seen = memory();
    const real = await publishAt({place: BUCKET});
    const mirror = await copyOf(real, 'https://mirror.example');
    const again = await copyOf(mirror, '/srv/copy');
    for (const each of [real, mirror, again])
      expect(await newest(each, seen, 'name')).toMatch(/^pass: number 1/);
    expect(seen.all.map(({place}) => place)).toEqual([BUCKET, 'https://mirror.example', '/srv/copy']);
  });

  it('has a mirror that is behind: that is said, and accuses nobody', async () => {
    const seen = memory();
    const first = await publishAt({place: BUCKET});
    const mirror = await copyOf(first, 'https://mirror.example');
    const second = await publishAt({
      place: BUCKET,
      bucket: first.bucket,
      day: 1,
      sequence: 2,
      previous: first.digest,
      other: true,
    });
    expect(await newest(second, seen, 'name')).toMatch(/^pass: number 2/);
    expect(await newest(mirror, seen, 'name')).toMatchInlineSnapshot(
      `"not-checked: number 1 of tiny is the newest here, and number 2 was seen at s3://runs/ada on 2026-11-25: this place is behind"`,
    );
    expect(await newest(mirror, seen)).toMatchInlineSnapshot(
      `"pass: number 1 of tiny, the first; number 2 was seen at s3://runs/ada on 2026-11-25"`,
    );
    await copyInto(first.bucket, mirror.bucket);
    expect(await newest({...second, bucket: mirror.bucket}, seen, 'name')).toMatch(/^pass: number 2/);
  });

  it('empties a folder and publishes the same run there again', async () => {
    const seen = memory();
    expect(await newest(await publishAt({place: FOLDER}), seen)).toMatch(/^pass/);
    expect(await newest(await publishAt({place: FOLDER, day: 1}), seen)).toMatchInlineSnapshot(
      `"pass: number 1 of tiny, the first; nothing newer is here; the same run was number 1 here on 2026-11-25, published anew since"`,
    );
  });

  it('publishes the same run after the same first one at two places', async () => {
    const seen = memory();
    const first = await publishAt({place: FOLDER});
    const copy = await copyOf(first, BUCKET);
    const next = {sequence: 2, previous: first.digest, other: true};
    const here = await publishAt({place: FOLDER, bucket: first.bucket, day: 1, ...next});
    const there = await publishAt({place: BUCKET, bucket: copy.bucket, day: 2, ...next});
    expect(await newest(here, seen, 'name')).toMatch(/^pass/);
    expect(await newest(there, seen, 'name')).toMatch(/^pass/);
  });

  it('is not accused of what 0.1 noted without a place', async () => {
    const rehearsed = await publishAt({place: FOLDER});
    const old: Sighting = {
      signer: rehearsed.signer.key.id,
      name: 'tiny',
      sequence: 7,
      publication: rehearsed.digest,
      at: '2026-11-01T00:00:00Z',
    };
    expect(await newest(await publishAt({place: BUCKET, day: 1}), memory(old), 'name')).toMatch(
      /^pass: number 1/,
    );
  });
});

describe('a signer who says two things', () => {
  it('under one number at one place', async () => {
    const seen = memory();
    expect(await newest(await publishAt({place: BUCKET}), seen)).toMatch(/^pass/);
    const forked = await publishAt({place: BUCKET, day: 1, other: true});
    expect(await newest(forked, seen)).toMatch(
      /^fail: number 1 was another publication on 2026-11-25: sha256:/,
    );
    // Once it was refused it is not noted as seen either.
    expect(seen.all).toHaveLength(1);
  });

  it('after one and the same publication, at two places', async () => {
    const seen = memory();
    const first = await publishAt({place: FOLDER});
    const copy = await copyOf(first, BUCKET);
    const next = {sequence: 2, previous: first.digest};
    const here = await publishAt({place: FOLDER, bucket: first.bucket, day: 1, ...next});
    const there = await publishAt({place: BUCKET, bucket: copy.bucket, day: 1, ...next, other: true});
    expect(await newest(here, seen)).toMatch(/^pass/);
    expect((await newest(there, seen)).replace(/[0-9a-f]{64}/, '…')).toMatchInlineSnapshot(
      `"fail: number 2 after the same 1 was another publication at /home/ada/rehearsal on 2026-11-25: sha256:…"`,
    );
  });

  it('by serving an older state of the same place', async () => {
    const seen = memory();
    const first = await publishAt({place: BUCKET});
    const second = await publishAt({
      place: BUCKET,
      bucket: first.bucket,
      sequence: 2,
      previous: first.digest,
      other: true,
    });
    const before = await copyOf(first, BUCKET);
    expect(await newest(second, seen, 'name')).toMatch(/^pass/);
    await before.bucket.remove([second.keys['sequence entry']]);
    expect(await newest(before, seen, 'name')).toMatch(
      /^fail: number 1 of tiny is offered as the newest, and number 2 was seen/,
    );
  });

  it('in one bucket: what is under its number is another publication', async () => {
    const first = await publishAt({place: BUCKET});
    const other = await publishAt({place: BUCKET, bucket: first.bucket, day: 1, other: true});
    expect(await newest(first, memory())).toMatch(
      /^fail: number 1 of tiny is another publication by the same signer/,
    );
    expect(await newest(other, memory())).toMatch(/^pass/);
  });
});
