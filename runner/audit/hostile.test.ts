import {beforeAll, describe, expect, it} from 'vitest';
import {type Choices, choicesFrom} from '../../artifacts/testing/choices.ts';
import {canonicalJson, type Json} from '../../schemas/canonical-json.ts';
import type {Result} from '../../schemas/result.ts';
import {parsePublication, parseSequenceEntry} from './parse-publication.ts';
import {parseRecord} from './parse-record.ts';
import {type APublication, aPublication} from './testing/a-publication.ts';
import {BAD, CLOSED, type Kind, type Path, SPOILED} from './testing/document-lies.ts';

/**
 * Documents as a stranger may send them, each a sound one with one thing wrong. REPRO_HOSTILE=100000 makes more.
 * That the same holds for what they are signed and hashed with: flipped-bits.test.ts and lies.test.ts.
 */
const COUNT = Number(process.env.REPRO_HOSTILE ?? 10_000);

const PARSERS: Readonly<Record<Kind, (bytes: Uint8Array) => Result<unknown, string>>> = {
  publication: parsePublication,
  record: parseRecord,
  sequence: parseSequenceEntry,
};

let documents: Readonly<Record<Kind, Json>>;

beforeAll(async () => {
  const {publication, record, digest}: APublication = await aPublication();
  documents = JSON.parse(canonicalJson({publication, record, sequence: {sequence: 1, publication: digest}}));
});

describe('a stranger’s publication, run record or sequence entry', () => {
  it(`is refused ${COUNT} times out of ${COUNT}`, () => {
    const choose = choicesFrom('hostile documents');
    const refused = {'a wrong value': 0, 'a member too many': 0, 'a member too few': 0, 'a spoiled text': 0};
    let naive = 0;
    for (let i = 0; i < COUNT; i++) {
      const kind = choose.of(['publication', 'record', 'record', 'sequence'] as const);
      const how = choose.of(Object.keys(refused) as (keyof typeof refused)[]);
      const made = hostile(kind, how, choose);
      const bytes = Buffer.from(made as string);
      const parsed = PARSERS[kind](bytes);
      expect(parsed.ok, `${kind}, ${how}: ${bytes.toString('latin1', 0, 3000)}`).toBe(false);
      refused[how]++;
      if (isJson(bytes)) naive++;
    }
    expect(Object.values(refused).reduce((a, b) => a + b)).toBe(COUNT);
    expect(Math.min(...Object.values(refused))).toBeGreaterThan(COUNT / 8);
    expect({}).not.toHaveProperty('isAdmin');
    // The control: who only parses JSON takes most of them.
    expect(naive).toBeGreaterThan(COUNT / 2);
    process.stdout.write(
      `hostile documents: ${COUNT} refused ${JSON.stringify(refused)}; a JSON parser takes ${naive}\n`,
    );
  });

  it('is taken when it is sound, 1000 times out of 1000', () => {
    const choose = choicesFrom('benign documents');
    let taken = 0;
    for (let i = 0; i < 1000; i++) {
      const kind = choose.of(['publication', 'record', 'sequence'] as const);
      const changed = harmless(kind, documents[kind], choose);
      if (PARSERS[kind](Buffer.from(canonicalJson(changed))).ok) taken++;
    }
    expect(taken).toBe(1000);
  });
});

function hostile(kind: Kind, how: string, choose: Choices): string | Buffer {
  const document = documents[kind];
  switch (how) {
    case 'a wrong value': {
      const [path, ...values] = choose.of(BAD[kind]);
      return canonicalJson(changed(document, path, () => choose.of(values.map((value) => ({value}))).value));
    }
    case 'a member too many': {
      const extra = {
        [choose.of(['extra', 'Run', 'include', 'argv', 'size2', '_type'])]: choose.of([1, null, 'x', {}]),
      };
      return canonicalJson(
        changed(document, choose.of(CLOSED[kind]), (object) => ({...extra, ...(object as object)})),
      );
    }
    case 'a member too few':
      return canonicalJson(
        changed(document, choose.of(CLOSED[kind].filter((path) => path[0] !== 'authors')), (object) =>
          without(object as object, choose),
        ),
      );
    default: {
      const text = canonicalJson(document);
      const spoiled = choose.of(Object.values(SPOILED))(text, choose);
      return spoiled === text ? `${text} ` : spoiled;
    }
  }
}

/** Free text and numbers that a sound document may hold. */
function harmless(kind: Kind, document: Json, choose: Choices): unknown {
  if (kind === 'sequence') return document;
  const words = choose.of(['', 'Ada', 'Ада', '日本語', 'x'.repeat(300), '"quoted"\n', '😀']);
  if (kind === 'publication') return changed(document, ['description'], () => words);
  const seconds = choose.of([0, 0.001, 12.5, 86_400]);
  return changed(
    changed(document, ['pipeline', 'citation'], () => ({title: words})),
    ['seconds'],
    () => seconds,
  );
}

function changed(document: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(document);
  if (Array.isArray(document))
    return document.map((each, i) => (i === first ? changed(each, rest, change) : each));
  const object = document as Readonly<Record<string, unknown>>;
  return {...object, [first]: changed(object[first], rest, change)};
}

function without(object: object, choose: Choices): unknown {
  const gone = choose.of(Object.keys(object));
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== gone));
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
