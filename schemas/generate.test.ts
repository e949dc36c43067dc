import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {generatedSchemas} from './generate.ts';

const directory = join(import.meta.dirname, 'generated');

test('schemas/generated holds exactly what zod says: run `npm run schemas` after a change', () => {
  const onDisk = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')]);
  expect(Object.fromEntries(onDisk)).toEqual(generatedSchemas());
});

test('editors are told what each key of a stage is for', () => {
  const pipeline = JSON.parse(generatedSchemas()['pipeline.schema.json'] ?? '');
  const stage = pipeline.definitions.stage;
  expect(pipeline.$schema).toBe('http://json-schema.org/draft-07/schema#');
  expect(stage.additionalProperties).toBe(false);
  expect(stage.properties.uses.description).toBe(
    'A built-in kind such as sft, or a folder such as ./my-stage.',
  );
});
