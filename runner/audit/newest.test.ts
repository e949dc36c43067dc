import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {auditPublication} from './audit.ts';
import {seenIn} from './seen-publications.ts';
import {type APublication, aPublication} from './testing/a-publication.ts';
import {auditIt, memory, rowOf} from './testing/audit-it.ts';

describe('the newest of a name', () => {
  it('is the last in the sequence, found without listing', async () => {
    const {all, last} = await series(11);
    const report = await auditIt(last, {wanted: byName(last)});
    expect(report.publication).toBe(all[10]?.digest);
    expect(rowOf(report, 'newest').why).toMatchInlineSnapshot(
      `"number 11 of tiny, after number 10; the newest there is"`,
    );
  });

  it('is remembered, so that an older one can’t be passed off as it', async () => {
    const {all, last} = await series(3);
    const seen = memory();
    await auditIt(last, {wanted: byName(last), memory: seen});
    expect(seen.all.map(({sequence}) => sequence)).toEqual([3]);
    await last.bucket.remove([last.keys['sequence entry']]);
    const rolledBack = await auditIt(last, {wanted: byName(last), memory: seen});
    expect(rolledBack.publication).toBe(all[1]?.digest);
    expect(rowOf(rolledBack, 'newest')).toMatchObject({state: 'fail'});
    expect(rowOf(rolledBack, 'newest').why).toMatchInlineSnapshot(
      `"number 2 of tiny is offered as the newest, and number 3 was seen on 2026-11-25"`,
    );
    expect(rolledBack.verdict).toBe('failed');
  });

  it('may be older than what was seen when it is asked for by its digest: then that is said', async () => {
    const {all, last} = await series(3);
    const seen = memory();
    await auditIt(last, {memory: seen});
    const first = all[0];
    if (first === undefined) throw new Error('no first');
    expect(rowOf(await auditIt(first, {memory: seen}), 'newest')).toMatchObject({state: 'pass'});
    expect(rowOf(await auditIt(first, {memory: seen}), 'newest').why).toMatchInlineSnapshot(
      `"number 1 of tiny, the first; older than number 3, seen on 2026-11-25"`,
    );
    expect(rowOf(await auditIt(first), 'newest').why).toMatchInlineSnapshot(
      `"number 1 of tiny, the first; there is a newer one"`,
    );
  });

  it('is not two publications: a fork of the sequence fails', async () => {
    const ours = await aPublication();
    const seen = memory();
    await auditIt(ours, {memory: seen});
    const forked = await aPublication({
      publication: (publication) => ({...publication, description: 'other'}),
    });
    expect(forked.digest).not.toBe(ours.digest);
    expect(rowOf(await auditIt(forked, {memory: seen}), 'newest')).toMatchObject({
      state: 'fail',
      why: `number 1 was another publication on 2026-11-25: ${ours.digest}`,
    });
  });

  it('follows the one that it says it follows', async () => {
    const first = await aPublication();
    const {bucket} = first;
    const second = await aPublication({bucket, sequence: 2, previous: digestOfBytes('another')});
    expect(rowOf(await auditIt(second), 'newest').why).toMatchInlineSnapshot(
      `"it says that sha256:ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5 was before it; number 1 is sha256:0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e"`,
    );
  });

  it('is not remembered of a signer whom nobody vouches for', async () => {
    const seen = memory();
    const report = await auditIt(await aPublication(), {memory: seen, keys: {keys: [], explicit: false}});
    expect(report.verdict).toBe('incomplete');
    expect(seen.all).toEqual([]);
    expect(rowOf(report, 'signature')).toMatchInlineSnapshot(`
      {
        "check": "signature",
        "findings": [],
        "help": "get the author’s key by a way you trust, then --key KEY, or repro keys trust KEY; its id is 253735b09cd26860f1106bbd5e3eb02e5e139500376b3e585f21da5b2a00da74",
        "required": true,
        "state": "not-checked",
        "why": "you have not chosen a key to check it with",
      }
    `);
  });

  it('is nothing where nothing is published', async () => {
    const published = await aPublication();
    const wanted = {by: 'name', signer: published.signer.key.id, name: 'other'} as const;
    await expect(auditIt(published, {wanted})).rejects.toThrow('nothing is published under names/v1/');
    expect(auditPublication).toBeTypeOf('function');
  });
});

describe('what was seen', () => {
  it('survives torn lines and other processes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'repro-seen-'));
    try {
      const file = join(folder, 'state', 'seen.ndjson');
      const at = '2026-11-25T00:00:00Z';
      const sighting = (sequence: number) => ({
        signer: 's',
        name: 'n',
        sequence,
        publication: digestOfBytes('p'),
        at,
      });
      const one = seenIn(file);
      const other = seenIn(file);
      expect(one.of('s', 'n')).toEqual([]);
      one.remember(sighting(1));
      other.remember(sighting(2));
      writeFileSync(file, `${readFileSync(file, 'utf8')}{"signer":"s","na`);
      one.remember(sighting(3));
      expect(other.of('s', 'n').map(({sequence}) => sequence)).toEqual([1, 2, 3]);
      expect(other.of('s', 'm')).toEqual([]);
    } finally {
      rmSync(folder, {recursive: true});
    }
  });
});

async function series(
  count: number,
): Promise<{readonly all: readonly APublication[]; readonly last: APublication}> {
  const all: APublication[] = [await aPublication()];
  for (let sequence = 2; sequence <= count; sequence++) {
    const before = all[sequence - 2];
    if (before === undefined) throw new Error('none before');
    all.push(await aPublication({bucket: before.bucket, sequence, previous: before.digest}));
  }
  const last = all.at(-1);
  if (last === undefined) throw new Error('none');
  return {all, last};
}

function byName({signer}: APublication) {
  return {by: 'name', signer: signer.key.id, name: 'tiny'} as const;
}
