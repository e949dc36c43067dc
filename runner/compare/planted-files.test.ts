import {chmodSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {toldOf, toldOfTexts} from './testing/told.ts';

function rows(...rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

const PROBLEM = (id: string, answer: number) => ({answer, id, metadata: {level: 1}, prompt: `${id}?`});

describe('rows', () => {
  const one = PROBLEM('a1', 1);
  const two = PROBLEM('b2', 2);
  const three = PROBLEM('c3', 3);

  it('are named by a key where every row has one: a changed value, a new row, one that is gone', async () => {
    const changed = {...two, answer: 5, metadata: {level: 2}};
    expect(
      await toldOfTexts('problems.jsonl', rows(one, two, three), rows(one, changed, PROBLEM('d4', 4))),
    ).toMatchInlineSnapshot(`
      "of 3 rows, 1 changed, 1 only in a, 1 only in b (by id)
        id b2  line 2
          answer  2 → 5
          metadata.level  1 → 2
        - id c3
        + id d4
      "
    `);
  });

  it('in another order are the same rows', async () => {
    expect(
      await toldOfTexts('problems.jsonl', rows(one, two, three), rows(one, three, two)),
    ).toMatchInlineSnapshot(`
      "of 3 rows, all are in both, in another order (by id)
        id b2  line 2 → 3
      "
    `);
    const [x, y] = [{text: 'x'}, {text: 'y'}];
    expect(await toldOfTexts('text.jsonl', rows(x, x, y), rows(x, y, x))).toMatchInlineSnapshot(`
      "of 3 rows, all are in both, in another order (by all that they hold: no field names every row)
        row 2  line 2 → 3
      "
    `);
  });

  it('of a rollout are named by step, problem and sample', async () => {
    const rollout = (step: number, sample: number, reward: number) => ({id: 'p', reward, sample, step});
    const before = [rollout(1, 0, 1), rollout(1, 1, 0), rollout(2, 0, 0)];
    expect(
      await toldOfTexts('0', rows(...before), rows(before[0], rollout(1, 1, 1), before[2])),
    ).toMatchInlineSnapshot(`
      "of 3 rows, 1 changed (by step, id, sample)
        step 1, id p, sample 1  line 2
          reward  0 → 1
      "
    `);
  });

  it('without a key are named by their number', async () => {
    expect(
      await toldOfTexts('x.jsonl', rows({x: [1, 2]}, {x: []}), rows({x: [1, 3]}, {x: []}, {x: [4]})),
    ).toMatchInlineSnapshot(`
      "of 2 and 3 rows, 1 changed, 1 only in b (by number: no field names every row)
        row 1  line 1
          x[1]  2 → 3
        + row 3
      "
    `);
  });

  it('that are spelt differently, or end differently, are told from rows that differ', async () => {
    expect(await toldOfTexts('x.jsonl', '{"id":1}\n', '{"id": 1}\n')).toMatchInlineSnapshot(`
      "of 1 row, 1 changed (by id)
        id 1  line 1
          the same, spelt differently
      "
    `);
    expect(await toldOfTexts('x.jsonl', '{"id":1}\n{"id":2}\n', '{"id":1}\n{"id":2}')).toMatchInlineSnapshot(`
      "1 line removed, 1 added, from line 2 on
        @ 2 → 2
        - {"id":2}
        + {"id":2} (no line end)
      "
    `);
  });

  it('differ where only a whole number tells', async () => {
    expect(
      await toldOfTexts('x.jsonl', '{"id":1,"n":9007199254740993}\n', '{"id":1,"n":9007199254740992}\n'),
    ).toMatchInlineSnapshot(`
      "of 1 row, 1 changed (by id)
        id 1  line 1
          (numbers that a double can’t hold)  "9007199254740993" → "9007199254740992"
      "
    `);
  });

  it('that are none are lines', async () => {
    expect(
      await toldOfTexts('x.jsonl', '{"id":1}\nnot json\n', '{"id":2}\nnot json\n'),
    ).toMatchInlineSnapshot(`
      "1 line removed, 1 added, from line 1 on
        @ 1 → 1
        - {"id":1}
        + {"id":2}
      "
    `);
  });
});

describe('a JSON document', () => {
  it('is compared by path', async () => {
    const before = {all: {mean: 0.5, 'a.b': [1, 2]}, list: [1]};
    const after = {all: {mean: 0.75, 'a.b': [1]}, list: {0: 1}, extra: null};
    expect(
      await toldOfTexts('report.json', JSON.stringify(before, null, 2), JSON.stringify(after)),
    ).toMatchInlineSnapshot(`
      "4 values differ
        all["a.b"][1]  2 → (absent)
        all.mean  0.5 → 0.75
        extra  (absent) → null
        list  [1] → {"0":1}
      "
    `);
  });

  it('may only be spelt differently', async () => {
    expect(await toldOfTexts('x.json', '{"b": 1.0, "a": 2}', '{"a":2,"b":1}')).toMatchInlineSnapshot(`
      "the same document, spelt differently
      "
    `);
  });

  it('with numbers that a double can’t hold is compared as text', async () => {
    expect(await toldOfTexts('x.json', '[9007199254740993]', '[9007199254740992]')).toMatchInlineSnapshot(`
      "1 line removed, 1 added, from line 1 on
        @ 1 → 1
        - [9007199254740993] (no line end)
        + [9007199254740992] (no line end)
      "
    `);
  });

  it('nested as deep as anybody likes harms nothing', async () => {
    const deep = (inner: string) => `${'['.repeat(100_000)}${inner}${']'.repeat(100_000)}`;
    expect((await toldOfTexts('x.json', deep('1'), deep('2'))).slice(0, 60)).toMatchInlineSnapshot(`
      "1 line removed, 1 added, from line 1 on
        @ 1 → 1
        - [[[[[["
    `);
  });
});

describe('text', () => {
  it('is compared by line', async () => {
    const before = 'import torch\n\nrate = 0.1\nfor step in steps:\n    train()\n';
    const after = 'import torch\n\nrate = 0.01\nfor step in steps:\n    train()\n    log()\n';
    expect(await toldOfTexts('main.py', before, after)).toMatchInlineSnapshot(`
      "1 line removed, 2 added, from line 3 on
        @ 3 → 3
        - rate = 0.1
        + rate = 0.01
        @ 6 → 6
        +     log()
      "
    `);
  });

  it('shows what can’t be seen', async () => {
    expect(await toldOfTexts('x.txt', 'a\nb\n', 'a\r\nb')).toMatchInlineSnapshot(`
      "2 lines removed, 2 added, from line 1 on
        @ 1 → 1
        - a
        - b
        + a\\r
        + b (no line end)
      "
    `);
  });

  it('of which nothing is shared is not aligned', async () => {
    const lines = (from: number) => Array.from({length: 900}, (_, i) => `${from + i}\n`).join('');
    expect(await toldOfTexts('x.txt', lines(0), lines(1000))).toMatchInlineSnapshot(`
      "other text from line 1 on (900 and 900 lines)
      "
    `);
  });
});

describe('bytes', () => {
  it('part somewhere', async () => {
    expect(
      await toldOfTexts('x.bin', Buffer.from([0xff, 1, 2]), Buffer.from([0xff, 1, 3, 4])),
    ).toMatchInlineSnapshot(`
      "bytes differ from offset 2 on, 3 B and 4 B (not UTF-8)
      "
    `);
    expect(
      await toldOfTexts('x.bin', Buffer.from([0xff, 1]), Buffer.from([0xff, 1, 3])),
    ).toMatchInlineSnapshot(`
      "bytes differ from offset 2 on, 2 B and 3 B (not UTF-8)
      "
    `);
    expect(await toldOfTexts('x', '', 'a\n')).toMatchInlineSnapshot(`
      "0 lines removed, 1 added, from line 1 on
        @ 1 → 1
        + a
      "
    `);
  });
});

describe('a folder', () => {
  const fill = (folder: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), {recursive: true});
      writeFileSync(join(folder, path), text);
    }
    return folder;
  };

  it('is compared by path, then each file by what it holds', async () => {
    const a = fill(join(temporaryDirectory(), 'a'), {
      'config.json': '{"x":1}',
      'run.sh': 'true\n',
      'old/x': 'x',
    });
    const b = fill(join(temporaryDirectory(), 'b'), {
      'config.json': '{"x":2}',
      'run.sh': 'true\n',
      'new/x': 'x',
    });
    chmodSync(join(b, 'run.sh'), 0o755);
    expect(await toldOf(a, b)).toMatchInlineSnapshot(`
      "2 of 2 shared files differ, 1 only in a, 1 only in b
        config.json  1 value differs
          x  1 → 2
        run.sh  now executable
        - old/x
        + new/x
      "
    `);
    rmSync(join(b, 'new'), {recursive: true});
    expect(await toldOf(b, b)).toMatchInlineSnapshot(`
      "the same
      "
    `);
  });
});
