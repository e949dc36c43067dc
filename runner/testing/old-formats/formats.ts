import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {isTest, sourceFiles} from '../source-files.ts';
import {WRITTEN} from './then.ts';

/**
 * How our code says that it knows a format: `readonly receipt: 3` of a type, `exactly(3)` of a reader, `z.literal(1)` of
 * a schema, `const FORMAT = 3`, a folder `objects/v1`, `urn:repro:run:v2`, `repro stat table 1`.
 */
const TOLD: readonly (readonly [RegExp, string])[] = [
  [/\breadonly (\w+): (\d+);/g, ' '],
  [/\b(\w+): (?:exactly|z\.literal)\((\d+)\b/g, ' '],
  [/\bconst (FORMAT) = (\d+);/g, ' '],
  [/\b([a-z]+)(?:\/|', ')v(\d+)\b(?!\.)/g, '/v'],
  [/'([a-z]+)\.v(\d+)'/g, '.v'],
  [/'(urn:repro:\w+):v(\d+)'/g, ':v'],
  [/'(repro[a-z -]+?)[ -]v?(\d+)(?=['\\])/g, ' '],
];

/** How a file that was written says what it is: by where it lies, as JSON and as YAML. */
const WRITES: readonly (readonly [RegExp, string])[] = [
  [/"(\w+)": ?(\d+)\b/g, ' '],
  [/^(\w+): (\d+)$/gm, ' '],
  [/\b([a-z]+)\/v(\d+)\b(?!\.)/g, '/v'],
  [/"(urn:repro:\w+):v(\d+)"/g, ':v'],
];

/** Every version of every format that the code names, in order. */
export function formatsOfCode(): readonly string[] {
  const files = sourceFiles().filter(({path}) => !isTest(path));
  return [...new Set(files.flatMap(({text}) => formatsIn(text)))].sort();
}

export function formatsIn(source: string): readonly string[] {
  return found(source, TOLD);
}

/** Of each file that an old repro wrote: the formats that it is of. */
export function formatsWritten(): ReadonlyMap<string, readonly string[]> {
  const entries = readdirSync(WRITTEN, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map(({parentPath, name}) => join(parentPath, name));
  return new Map(
    files.map((file) => {
      const path = relative(WRITTEN, file);
      return [path, found(`${path}\n${opened(readFileSync(file, 'latin1'))}`, WRITES)];
    }),
  );
}

/** What was signed is in base64. */
function opened(text: string): string {
  return text.replace(/"payload":"([^"]+)"/g, (_, payload) =>
    Buffer.from(payload, 'base64').toString('latin1'),
  );
}

function found(text: string, ways: typeof TOLD): readonly string[] {
  return ways.flatMap(([pattern, between]) =>
    [...text.matchAll(pattern)].map(([, name, version]) => `${name}${between}${version}`),
  );
}
