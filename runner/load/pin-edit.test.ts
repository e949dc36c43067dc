import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import type {FileReader} from './file-reader.ts';
import {findPins} from './find-pins.ts';
import {editPins, encodeText} from './pin-edit.ts';
import {repin} from './repin.ts';

const HEX = 'ab'.repeat(32);
const DIGITS = '1'.repeat(64);

function filesOf(texts: Readonly<Record<string, string>>): FileReader {
  return {
    read: (path) => (texts[path] === undefined ? 'missing' : Buffer.from(texts[path])),
    kindOf: (path) => (texts[path] === undefined ? 'missing' : 'file'),
    list: () => [],
  };
}

/** The files as they are when these sources are pinned; or the line that can't be edited. */
function pinned(
  texts: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
  profile?: string,
) {
  const bytes = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
  const pins = findPins('/p.yaml', profile, filesOf(texts));
  const changed = repin('/p.yaml', pins, new Map(Object.entries(found)), bytes);
  if (!changed.ok) return changed.error.file.text.slice(changed.error.start, changed.error.end);
  return Object.fromEntries(changed.value.map(({path, after}) => [path, Buffer.from(after).toString()]));
}

const PIPELINE = `# A pipeline, with everything that must stay.
repro: 1
name:   tiny      # odd spacing
sources:
  web: {https: "https://example.org/a b",   sha256: unpinned, kind: problems} # flow
  'hub':
    sha256: 'unpinned'   # first, in single quotes

    hf:   org/name
    revision: ${'c'.repeat(40)}
    kind: model
  old: {file: ./old, kind: text, sha256: "${HEX}"}
profiles:
  big:
    sources:
      web: {sha256: unpinned, https: https://example.org/big}
stages:
    a: {uses: command}\t# a tab
`;

describe('pinning a source', () => {
  it('changes the pin and not one other character', () => {
    const found = {web: HEX, hub: DIGITS, old: DIGITS};
    expect(pinned({'/p.yaml': PIPELINE}, found)).toEqual({
      '/p.yaml': PIPELINE.replace('sha256: unpinned,', `sha256: "${HEX}",`)
        .replace("'unpinned'", `'${DIGITS}'`)
        .replace(`"${HEX}"}\n`, `"${DIGITS}"}\n`),
    });
    expect(pinned({'/p.yaml': PIPELINE}, {web: HEX}, 'big')).toEqual({
      '/p.yaml': PIPELINE.replace('{sha256: unpinned, https', `{sha256: "${HEX}", https`),
    });
  });

  it('keeps line ends and a byte order mark', () => {
    const dos = '\ufeffrepro: 1\r\nsources:\r\n  a: {sha256: unpinned, file: x, kind: y}\r\n';
    const text = pinned({'/p.yaml': dos}, {a: HEX});
    expect(text).toEqual({'/p.yaml': dos.replace('unpinned', `"${HEX}"`)});
    expect(encodeText('x', Buffer.from('x')).length).toBe(1);
  });

  it('of an included file changes that, and what pins it', () => {
    const included = 'sources:\n  a: {sha256: unpinned, file: x, kind: y} # why\n';
    const pin = '7'.repeat(64);
    const main = `repro: 1\ninclude:\n- {file: sub/i.yaml, sha256: "${pin}"}\nsources:\n  b: {sha256: unpinned, file: z, kind: y}\n`;
    const texts = {'/p.yaml': main, '/sub/i.yaml': included};
    expect(pinned(texts, {a: HEX, b: DIGITS})).toMatchInlineSnapshot(`
      {
        "/p.yaml": "repro: 1
      include:
      - {file: sub/i.yaml, sha256: "78af1320d1aa2b1d127bc4ca8c74553ff73a3da800697354402b7f0c18f57658"}
      sources:
        b: {sha256: "1111111111111111111111111111111111111111111111111111111111111111", file: z, kind: y}
      ",
        "/sub/i.yaml": "sources:
        a: {sha256: "abababababababababababababababababababababababababababababababab", file: x, kind: y} # why
      ",
      }
    `);
  });

  it('is refused where it is not written on one line', () => {
    const folded = 'sources:\n  a:\n    sha256: >-\n      unpinned\n    file: x\n    kind: y\n';
    expect(pinned({'/p.yaml': folded}, {a: HEX})).toContain('>-');
    const escaped = 'sources:\n  a: {sha256: "unpinne\\x64", file: x, kind: y}\n';
    expect(pinned({'/p.yaml': escaped}, {a: HEX})).toBe('"unpinne\\x64"');
  });

  it('never changes anything else, whatever is around it', () => {
    const pieces = [
      '# c',
      'a: 1',
      'b: [1, "x"] # d',
      '"q": {z: null}',
      '',
      '  ',
      "c:\n  - d\n  - 'e'",
      'f: |\n  text\n',
      '}',
      '- x',
    ];
    const around = fc
      .uniqueArray(fc.constantFrom(...pieces), {maxLength: 4})
      .map((lines) => lines.join('\n'));
    let edited = 0;
    fc.assert(
      fc.property(around, around, fc.constantFrom('', '"', "'"), (before, after, quote) => {
        const text = `${before}\nx: ${quote}unpinned${quote}\n${after}`;
        const start = before.length + 4;
        const file = {path: '/p.yaml', text};
        const at = {file, start, end: start + 8 + 2 * quote.length};
        const result = editPins(file, [{at, sha256: HEX}]);
        if (!result.ok) return;
        edited++;
        const written = quote === "'" ? `'${HEX}'` : `"${HEX}"`;
        expect(result.value).toBe(text.slice(0, at.start) + written + text.slice(at.end));
      }),
    );
    expect(edited).toBeGreaterThan(20);
  });
});
