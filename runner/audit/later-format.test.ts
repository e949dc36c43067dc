import {describe, expect, it} from 'vitest';
import {aPublication, type Liberties} from './testing/a-publication.ts';
import {auditIt, rowOf} from './testing/audit-it.ts';

const audited = async (liberties: Liberties) => auditIt(await aPublication(liberties));

describe('what a later release has published', () => {
  it('is not accused, for nobody here can read it', async () => {
    const report = await audited({publication: (each) => ({...each, publication: 3 as 1})});
    expect(report.verdict).toBe('incomplete');
    expect(rowOf(report, 'publication')).toMatchObject({
      state: 'not-checked',
      why: 'it is of format 3, which later releases of repro write; this one reads formats up to 2',
      help: 'audit it with a repro that is as new as its author’s',
    });
    expect(rowOf(report, 'keys').why).toBe('the publication can’t be read here');
  });

  it('is read as far as its run record', async () => {
    const report = await audited({record: (each) => ({...each, run: 3 as 2})});
    expect(report.verdict).toBe('incomplete');
    expect(rowOf(report, 'record')).toMatchObject({
      state: 'not-checked',
      why: expect.stringContaining('format 3'),
    });
    expect(rowOf(report, 'signature').state).toBe('pass');
  });

  it.for([0, -1, 1.5, '3', null, true])('is nothing of format %j', async (format) => {
    const report = await audited({publication: (each) => ({...each, publication: format as 1})});
    expect([report.verdict, rowOf(report, 'publication').state]).toEqual(['failed', 'fail']);
  });

  it('is told by nothing that is not its name’s', async () => {
    const made = await aPublication({publication: (each) => ({...each, publication: 3 as 1})});
    const key = `publications/v1/${made.digest.slice('sha256:'.length)}/publication.json`;
    const size = (await made.bucket.size(key)) ?? 0;
    expect(size).toBeGreaterThan(0);
    await made.bucket.put(key, Buffer.from(`{"publication":3}${' '.repeat(size)}`), {ifAbsent: false});
    expect((await auditIt(made)).verdict).toBe('failed');
  });
});
