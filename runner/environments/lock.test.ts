import {describe, expect, it, test} from 'vitest';
import {parseLock} from './lock.ts';

const HASH = `--hash=sha256:${'0'.repeat(64)}`;

function read(text: string | Uint8Array) {
  return parseLock(typeof text === 'string' ? Buffer.from(text) : text);
}

/** `LINE: why`, or what was understood. */
function said(text: string | Uint8Array): string {
  const parsed = read(text);
  if (!parsed.ok) return `${parsed.error.code} ${parsed.error.line}: ${parsed.error.why}`;
  const {requirements, indexes} = parsed.value;
  const packages = requirements.map(({name, from, marker, hashes, isTool, isSaidToBeSource}) =>
    [
      isTool ? 'tool ' : '',
      isSaidToBeSource ? 'source ' : '',
      name,
      from.by === 'url' ? ` @ ${from.url}` : `${from.equals}${from.version}`,
      marker === undefined ? '' : ` ; ${marker}`,
      hashes.length === 1 ? '' : ` (${hashes.length} hashes)`,
    ].join(''),
  );
  return [...packages, ...indexes.map(({option, value}) => `${option} ${value}`.trim())].join(', ');
}

const UNDERSTOOD: Readonly<Record<string, readonly [text: string, meaning: string]>> = {
  nothing: ['', ''],
  'comments and blank lines': ['# a\n\n   # b\n', ''],
  'a package': [`a==1 ${HASH}\n`, 'a==1'],
  'without a line’s end': [`a==1 ${HASH}`, 'a==1'],
  'the line ends of Windows': [`a==1 \\\r\n    ${HASH}\r\n`, 'a==1'],
  'names as people write them': [`Zope.Interface_X==1 ${HASH}\n`, 'zope-interface-x==1'],
  'an extra, which a complete lock names itself': [`a[b,c]==1 ${HASH}\n`, 'a==1'],
  'exactly this build': [`torch===2.13.0+cpu ${HASH}\n`, 'torch===2.13.0+cpu'],
  'an epoch and a suffix': [`a==1!2.0rc1.post2 ${HASH}\n`, 'a==1!2.0rc1.post2'],
  'several hashes, over several lines': [`a==1 \\\n  ${HASH} \\\n  ${HASH}\n`, 'a==1 (2 hashes)'],
  'a marker': [`a==1 ; python_version < "3.12" ${HASH}\n`, 'a==1 ; python_version < "3.12"'],
  'one name twice, told apart': [
    `a==1 ; python_version < "3.12" ${HASH}\na==2 ; python_version >= "3.12" ${HASH}\n`,
    'a==1 ; python_version < "3.12", a==2 ; python_version >= "3.12"',
  ],
  'comments after packages': [`a==1 ${HASH} # because\n    # via b\n`, 'a==1'],
  'a comment in a continued line ends it': [`a==1 \\\n  ${HASH} \\\n  # via b\nc==1 ${HASH}\n`, 'a==1, c==1'],
  'a file, by its address': [
    `a @ https://x.example/a-1.tar.gz ${HASH}\n`,
    'source a @ https://x.example/a-1.tar.gz',
  ],
  'a source, by the comment above it': [`#   a_b-1.0.tar.gz\na-b==1.0 ${HASH}\n`, 'source a-b==1.0'],
  'another’s source is not its own': [`#   c-1.0.tar.gz\na-b==1.0 ${HASH}\n`, 'a-b==1.0'],
  'tools above the line': [
    `t==1 ${HASH}\n# repro: build tools above, install them first\na==1 ${HASH}\n`,
    'tool t==1, a==1',
  ],
  'an index of its author’s': [
    `--index-url https://x.example/simple\n-f wheels\n--extra-index-url=https://y.example --trusted-host y.example\n`,
    '--index-url https://x.example/simple, --find-links wheels, --extra-index-url https://y.example, --trusted-host y.example',
  ],
  'what says nothing here': [
    '--only-binary :all:\n--only-binary=:all:\n--pre\n--prefer-binary\n--require-hashes\n',
    '',
  ],
};

const REFUSED: Readonly<Record<string, readonly [text: string | Uint8Array, why: string]>> = {
  'no hash': [`a==1 \\\n    ${HASH}\nb==2\n`, 'unhashed-lock 3'],
  'no hash after a comment': [
    `a==1 \\\n    ${HASH}\n# then\nb==2 \\\n    # via a\nc==3\n`,
    'unhashed-lock 4',
  ],
  'a short hash': ['a==1 --hash=sha256:12\n', 'bad-lock 1: "--hash=sha256:12" is no --hash=sha256:'],
  'another algorithm': ['a==1 --hash=md5:d41d8cd98f00b204e9800998ecf8427e\n', 'bad-lock 1'],
  'another algorithm beside a good one': [`a==1 ${HASH} --hash=sha512:${'0'.repeat(128)}\n`, 'bad-lock 1'],
  'a hash in capitals': [`a==1 --hash=sha256:${'A'.repeat(64)}\n`, 'bad-lock 1'],
  'a range': [`a>=1 ${HASH}\n`, 'bad-lock 1'],
  'any of a version': [`a==1.* ${HASH}\n`, 'bad-lock 1'],
  'two pins': [`a==1,==1 ${HASH}\n`, 'bad-lock 1'],
  'two names on a line': [`a==1 b==2 ${HASH}\n`, 'bad-lock 1'],
  'no version': [`a ${HASH}\n`, 'bad-lock 1'],
  'a file beside it': [`./a.whl ${HASH}\n`, 'bad-lock 1'],
  'a folder': [`. ${HASH}\n`, 'bad-lock 1'],
  'a bare address': [`https://x.example/a.whl ${HASH}\n`, 'bad-lock 1'],
  'a repository': [`a @ git+https://x.example/a ${HASH}\n`, 'bad-lock 1'],
  'an editable': ['-e .\n', 'bad-lock 1: a lock may not say "-e"'],
  'another file': ['\n-r other.txt\n', 'bad-lock 2: a lock may not say "-r"'],
  'another file, glued': ['-rother.txt\n', 'bad-lock 1'],
  constraints: ['-c other.txt\n', 'bad-lock 1'],
  'constraints, in full': ['--constraint=other.txt\n', 'bad-lock 1'],
  'no wheels': ['--no-binary :all:\n', 'bad-lock 1: a lock may not say "--no-binary"'],
  'features of pip': ['--use-feature=fast-deps\n', 'bad-lock 1'],
  'a known option, shortened': ['--index https://x.example\n', 'bad-lock 1'],
  'a second option behind a first': ['--pre -r other.txt\n', 'bad-lock 1: a lock may not say "-r"'],
  'settings for a build': [`a==1 ${HASH} --config-settings=x=y\n`, 'bad-lock 1'],
  'options for a build': [`a==1 --global-option="build_ext" ${HASH}\n`, 'bad-lock 1'],
  'a variable in an address': [`a @ https://\${TOKEN}@x.example/a.whl ${HASH}\n`, 'bad-lock 1'],
  'a variable in an index': [
    `--index-url https://\${TOKEN}@x.example/simple\n`,
    'bad-lock 1: --index-url needs one value',
  ],
  'an index without a value': ['--index-url\n', 'bad-lock 1'],
  'one name twice': [`a==1 ${HASH}\nA==2 ${HASH}\n`, 'bad-lock 2: a is already named in line 1'],
  'one name twice, one of them always': [`a==1 ; python_version < "4" ${HASH}\na==2 ${HASH}\n`, 'bad-lock 2'],
  'a marker with more than a marker': [`a==1 ; x\`y\` ${HASH}\n`, 'bad-lock 1'],
  'a byte order mark': [`\uFEFFa==1 ${HASH}\n`, 'bad-lock 1: it starts with a byte order mark'],
  'UTF-16': [Buffer.from(`a==1 ${HASH}\n`, 'utf16le'), 'bad-lock 1: it has the character U+0000'],
  'Latin-1': [Buffer.from('# caf\xe9\n', 'latin1'), 'bad-lock 1: it is not UTF-8'],
  'a vertical tab': [`# x\u000B-r evil.txt\n`, 'bad-lock 1: it has the character U+000B'],
  'a form feed': [`# x\u000Ca==1\n`, 'bad-lock 1: it has the character U+000C'],
  'an old Mac’s line end': [`# x\ra==1\n`, 'bad-lock 1: it has the character U+000D'],
  'U+0085': [`# x\u0085a==1\n`, 'bad-lock 1: it has the character U+0085'],
  'U+2028': [`# x\u2028a==1\n`, 'bad-lock 1: it has the character U+2028'],
  'a turned direction': [`# x\u202Ea==1\n`, 'bad-lock 1: it has the character U+202E'],
  'another encoding': ['# -*- coding: utf-7 -*-\n', 'bad-lock 1: it names the encoding utf-7'],
  'letters that look like others': [`\u0430==1 ${HASH}\n`, 'bad-lock 1'],
  'a continued comment is none': [`# x \\\na==1\n`, 'unhashed-lock 2'],
  'the end in the middle of a line': [`a==1 ${HASH} \\`, 'bad-lock 1'],
};

describe('a lock', () => {
  test.for(Object.entries(UNDERSTOOD))('%s', ([, [text, meaning]]) => {
    expect(said(text)).toBe(meaning);
  });

  test.for(Object.entries(REFUSED))('is refused: %s', ([, [text, why]]) => {
    expect(said(text)).toContain(why);
  });

  it('of ours is understood', async () => {
    const {readFileSync} = await import('node:fs');
    for (const [name, packages] of [
      ['cpu', 75],
      ['cuda', 95],
      ['test', 8],
    ] as const) {
      const parsed = read(readFileSync(`stages/_environments/${name}.lock.txt`));
      expect(parsed.ok && parsed.value.requirements.length, name).toBeGreaterThanOrEqual(packages - 5);
    }
    const cpu = said(readFileSync('stages/_environments/cpu.lock.txt'));
    expect(cpu.match(/source [a-z]+/g)).toEqual(['source cellpylib', 'source pycosat', 'source zss']);
    expect(cpu.match(/tool [a-z]+/g)).toEqual(['tool setuptools']);
  });
});
