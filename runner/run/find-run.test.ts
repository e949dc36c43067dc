import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {findRun, recordsOf} from './find-run.ts';
import {listRuns, newRunDirectory, readTimings, writeTimings} from './run-directory.ts';

const AT = new Date('2026-01-02T03:04:05.678Z');

function aRecord(run: number): string {
  return JSON.stringify({run, outcome: 'succeeded', pipeline: {}, stages: []});
}

function aProject(records: Readonly<Record<string, string | undefined>>): string {
  const project = temporaryDirectory();
  for (const [name, text] of Object.entries(records)) {
    mkdirSync(join(project, 'runs', name), {recursive: true});
    if (text !== undefined) writeFileSync(join(project, 'runs', name, 'record.json'), text);
  }
  return project;
}

describe('a run', () => {
  const first = aRecord(1);
  const second = aRecord(2);
  const project = () =>
    aProject({
      '20260101T000000Z': first,
      '20260102T000000Z': second,
      '20260103T000000Z': undefined,
      '20260104T000000Z': '{"run":',
      '20260105T000000Z': aRecord(3),
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

describe('a record that can’t be used', () => {
  it('is told of where the last run is asked for, or that one', () => {
    const project = aProject({
      '20260101T000000Z': aRecord(2),
      '20260102T000000Z':
        '{"run":2,"outcome":"succeeded","pipeline":{},"stages":[{"state":"executed","name":"a"}]}',
      '20260103T000000Z': '[]',
      '20260104T000000Z': '{"run":',
      '20260105T000000Z': aRecord(3),
      '20260106T000000Z': undefined,
      '20260107T000000Z': undefined,
      '20260108T000000Z': undefined,
    });
    mkdirSync(join(project, 'runs/20260106T000000Z/record.json'));
    execFileSync('mkfifo', [join(project, 'runs/20260107T000000Z/record.json')]);
    const told: string[] = [];
    const found = findRun(project, undefined, (file, why) => told.push(`${file.split('/').at(-2)}: ${why}`));
    expect(found?.name).toBe('20260101T000000Z');
    expect(told).toMatchInlineSnapshot(`
      [
        "20260107T000000Z: it is a FIFO",
        "20260106T000000Z: it is a folder",
        "20260105T000000Z: it is of a format that this version of repro does not know",
        "20260104T000000Z: it is no JSON: cut off, or written by something else",
        "20260103T000000Z: it is no run record",
        "20260102T000000Z: it is no whole run record",
      ]
    `);
    told.length = 0;
    expect(findRun(project, '20260103T000000Z', (_, why) => told.push(why))).toBeUndefined();
    expect(told).toEqual(['it is no run record']);
  });
});

describe('the last run', () => {
  it('is the one that began last, whatever the clock said', () => {
    const project = temporaryDirectory();
    const years = ['2226', '2026', '1970', '2026'];
    const names = years.map((year) => newRunDirectory(project, new Date(`${year}-01-02T03:04:05Z`)).name);
    expect(names).toEqual(['22260102T030405Z', '20260102T030405Z', '19700102T030405Z', '20260102T030405Z-2']);
    expect(listRuns(project)).toEqual(names);
  });

  it('comes after all that were made before runs had numbers, the tenth of a second after its second', () => {
    const project = temporaryDirectory();
    const old = ['20260101T000000Z', '20260101T000000Z-2', '20260101T000000Z-10', '22260101T000000Z'];
    for (const name of old) mkdirSync(join(project, 'runs', name), {recursive: true});
    const {name} = newRunDirectory(project, new Date(0));
    expect(listRuns(project)).toEqual([...old, name]);
  });

  it('is written into no folder that a link leads to', () => {
    const [project, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    symlinkSync(elsewhere, join(project, 'order'));
    expect(() => newRunDirectory(project, AT)).toThrow('is a symbolic link');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('is not decided by what else is in the folder of numbers, or by runs that are gone', () => {
    const project = temporaryDirectory();
    const [first, second] = [1, 2].map(() => newRunDirectory(project, AT).name);
    for (const name of ['99~../../elsewhere', 'x~y', '5', '00000009~gone', `${'9'.repeat(40)}~x`]) {
      mkdirSync(join(project, 'order/runs', name.replaceAll('/', '_')));
    }
    const third = newRunDirectory(project, new Date(0)).name;
    expect(listRuns(project)).toEqual([first, second, third]);
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
