import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {parseRecord, parseStoredRecord} from './parse-record.ts';

const WRITTEN = join(import.meta.dirname, '../testing/old-formats/written');

const records = readdirSync(WRITTEN, {recursive: true, encoding: 'utf8'})
  .filter((path) => path.endsWith('/record.json'))
  .map((path) => readFileSync(join(WRITTEN, path)));

test('records of both formats are read out of a store, and of format 2 alone out of a publication', () => {
  const formats = records.map((bytes) => {
    const read = parseStoredRecord(bytes);
    if (!read.ok) throw new Error(read.error);
    expect(parseRecord(bytes).ok).toBe(read.value.run === 2);
    return read.value.run;
  });
  expect(new Set(formats)).toEqual(new Set([1, 2]));
});

test('a record that lies about its shape is none', () => {
  for (const bytes of records) {
    const sound = JSON.parse(bytes.toString());
    const [first] = sound.stages;
    const lies = [
      {run: sound.run, stages: []},
      {...sound, run: 3},
      {...sound, run: 3 - sound.run},
      {...sound, stages: [{...first, name: '../up'}]},
      {...sound, stages: [{...first, receipt: {outputs: {}}}]},
      {...sound, stages: [first, first]},
    ];
    for (const lie of lies) expect(parseStoredRecord(Buffer.from(canonicalJson(lie))).ok).toBe(false);
  }
});
