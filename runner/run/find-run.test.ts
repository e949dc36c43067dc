import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {findRun, recordsOf} from './find-run.ts';
import {listRuns, newRunDirectory, readTimings, writeTimings} from './run-directory.ts';

const AT = new Date('2026-01-02T03:04:05.678Z');

function aProject(records: Readonly<Record<string, string | undefined>>): string {
  const project = temporaryDirectory();
  for (const [name, text] of Object.entries(records)) {
    mkdirSync(join(project, 'runs', name), {recursive: true});
    if (text !== undefined) writeFileSync(join(project, 'runs', name, 'record.json'), text);
  }
  return project;
}

describe('a run', () => {
  const first = '{"run":1,"n":1}';
  const second = '{"run":2,"n":2}';
  const project = () =>
    aProject({
      '20260101T000000Z': first,
      '20260102T000000Z': second,
      '20260103T000000Z': undefined,
      '20260104T000000Z': '{"run":',
      '20260105T000000Z': '{"run":3}',
    });

  it('is the newest that has ended well enough to be read', () => {
    expect(findRun(project(), undefined)).toMatchObject({
      name: '20260102T000000Z',
      digest: digestOfBytes(second),
    });
    expect([...recordsOf(project())].map(({name}) => name)).toEqual(['20260102T000000Z', '20260101T000000Z']);
  });

  it('is found by its name and by the start of its digest', () => {
    const digest = digestOfBytes(first);
    for (const wanted of ['20260101T000000Z', digest, digest.slice('sha256:'.length, 20)]) {
      expect(findRun(project(), wanted)?.name).toBe('20260101T000000Z');
    }
    expect(findRun(project(), 'nothing')).toBeUndefined();
    expect(findRun(temporaryDirectory(), undefined)).toBeUndefined();
  });
});

describe('the folder of a run', () => {
  it('is named by its time, and by a number where several start in one second', () => {
    const project = temporaryDirectory();
    const names = [1, 2, 3].map(() => newRunDirectory(project, AT).name);
    expect(names).toEqual(['20260102T030405Z', '20260102T030405Z-2', '20260102T030405Z-3']);
    expect(listRuns(project)).toEqual(names);
  });
});

it('timings that were torn are none', () => {
  const project = temporaryDirectory();
  expect(readTimings(project)).toEqual({});
  writeTimings(project, {a: 1.5});
  expect(readTimings(project)).toEqual({a: 1.5});
  writeFileSync(join(project, 'timings.json'), '{"a": 1');
  expect(readTimings(project)).toEqual({});
});
