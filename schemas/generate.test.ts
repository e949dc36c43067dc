import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {generatedSchemas} from './generate.ts';

const directory = join(import.meta.dirname, 'generated');

test('schemas/generated holds exactly what zod says: run `npm run schemas` after a change', async () => {
  const texts = generatedSchemas();
  expect(readdirSync(directory).sort()).toEqual(Object.keys(texts).sort());
  for (const [name, text] of Object.entries(texts)) {
    await expect(text).toMatchFileSnapshot(join(directory, name));
  }
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
