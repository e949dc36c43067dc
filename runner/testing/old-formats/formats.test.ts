import {describe, expect, it} from 'vitest';
import {formatsIn, formatsOfCode, formatsWritten} from './formats.ts';
import {commits} from './then.ts';

const CACHE = 'a cache of one machine: one of another version is passed over, and made again';
const STATES =
  'a training’s recorded states, which take torch to write: runner/replay/segments tests read real ones';

/** What nothing is kept of, and why that is no loss. */
const NOT_KEPT: Readonly<Record<string, string>> = {
  'FORMAT 3': `the mark of a built environment is ${CACHE}`,
  'auditReplay 1': 'what an audit’s replay found, printed for programs: repro reads none',
  'boundaries 1': STATES,
  'boundary 1': STATES,
  'checkpoints/v1': 'of a stage that was stopped, which only the same code goes on from',
  'repro segments 1': 'how segments are drawn, from a seed: a method, and no document',
  'repro stat table 1': CACHE,
  'repro-attestation 1': 'what an SSH key signs for, inside of a signature that ssh-keygen makes',
  'repro-settled 2': CACHE,
  'suspects.v1': 'the objects of a shared store that one machine doubts; without it they are looked at again',
  'verified.v1': CACHE,
};

describe('each version of each format that the code names', () => {
  const kept = new Set([...formatsWritten().values()].flat());

  it('was written by a repro of then and is kept, or the list says why not', () => {
    const missing = formatsOfCode().filter((format) => !kept.has(format));
    expect(missing.filter((format) => !(format in NOT_KEPT))).toEqual([]);
  });

  it('is not on the list when it is kept, or when nothing names it', () => {
    const named = new Set(formatsOfCode());
    expect(Object.keys(NOT_KEPT).filter((format) => kept.has(format) || !named.has(format))).toEqual([]);
  });

  it('(a new version is noticed, however the code says it, and nothing of it is kept)', () => {
    const ways = {
      'receipt 4': 'export interface Receipt4 extends Claim {\n  readonly receipt: 4;\n}',
      'run 3': 'const RECORD_3 = object({...HEAD, run: exactly(3)});',
      'stage 2': "stage: z.literal(2, {error: 'expected 2'}),",
      'objects/v2': 'return `objects/v2/aa`;',
      'pins/v2': "pins: join(root, 'pins', 'v2'),",
      'urn:repro:run:v3': "export const RUN_BUILD = 'urn:repro:run:v3';",
      'repro-settled 3': "const MAGIC = 'repro-settled-3\\n';",
      'FORMAT 4': 'const FORMAT = 4;',
    };
    for (const [format, source] of Object.entries(ways)) {
      expect(formatsIn(source)).toEqual([format]);
      expect(kept.has(format)).toBe(false);
    }
  });

  it('that has had several was kept of the commit that wrote it, and is still named', () => {
    expect(Object.fromEntries(commits().map((commit) => [commit, severalOf(commit)]))).toEqual({
      '090d7d7': ['receipt 1', 'run 1'],
      '1e2c722': ['publication 1', 'receipt 2', 'run 2', 'urn:repro:run:v1'],
      c04f9f1: ['publication 2', 'receipt 3', 'run 2', 'urn:repro:run:v2'],
    });
    const named = new Set(formatsOfCode());
    expect(
      commits()
        .flatMap(severalOf)
        .filter((format) => !named.has(format)),
    ).toEqual([]);
  });
});

const HAS_HAD_SEVERAL = /^(receipt|run|publication|urn:repro:run:v) ?\d$/;

function severalOf(commit: string): readonly string[] {
  const formats = [...formatsWritten()].flatMap(([path, of]) => (path.startsWith(commit) ? of : []));
  return [...new Set(formats)].filter((format) => HAS_HAD_SEVERAL.test(format)).sort();
}
