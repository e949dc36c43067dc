import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {CHECKS, checkNamed} from './row.ts';

const BEFORE = new URL('./testing/rows-before-attested.json', import.meta.url);

/** The rows of `repro audit --json` as printed before a check was renamed; the file is never made anew. */
function rowsBefore(): readonly {readonly check: string; readonly why: string}[] {
  return JSON.parse(readFileSync(BEFORE, 'utf8')).rows;
}

describe('the name of a check', () => {
  it('is read as it was printed before it was renamed: every row of an old report is still one of ours', () => {
    const old = rowsBefore();
    expect(old.map(({check}) => check)).toContain('replays');
    expect(old.map(({check}) => checkNamed(check))).toEqual(CHECKS);
  });

  it('is never one that stood for another check, and nothing else is one', () => {
    expect(CHECKS).not.toContain('replays');
    expect(checkNamed('replays')).toBe('attested');
    expect(checkNamed('replay')).toBe('replay');
    expect(checkNamed('constructor')).toBeUndefined();
  });
});
