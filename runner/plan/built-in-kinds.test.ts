import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {diskFiles} from '../load/file-reader.ts';
import {collectProblems} from '../load/problems.ts';
import {diagnosticText} from '../report/diagnostic-text.ts';
import {contractLibrary} from './contract.ts';

const stagesDirectory = join(import.meta.dirname, '../../stages');
const kinds = readdirSync(stagesDirectory).filter((name) =>
  existsSync(join(stagesDirectory, name, 'stage.yaml')),
);

test.for(kinds)('the contract of %s is sound', (kind) => {
  const problems = collectProblems('');
  const contracts = contractLibrary({stagesDirectory, files: diskFiles, problems});
  const file = {path: join(stagesDirectory, 'pipeline.yaml'), text: kind};
  const loaded = contracts.of(kind, {file, start: 0, end: kind.length});
  expect(diagnosticText(problems.errors(), {directory: stagesDirectory})).toBe('');
  expect(loaded?.kind).toBe(kind);
});
