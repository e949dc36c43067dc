import {describe, expect, it} from 'vitest';
import {isTest, sourceFiles} from './source-files.ts';

/**
 * Strangers' text reaches a terminal or a program through runner/report/printer.ts alone, which lets it through
 * runner/report/door.ts. These are the ways around it, in words of this code.
 */
const WAYS_AROUND: Readonly<Record<string, RegExp>> = {
  'a stream of the process':
    /\bprocess\s*\.\s*std(out|err)\b|\{[^}]*\bstd(out|err)\b[^}]*\} from 'node:process'/,
  'the console': /(?<![.\w'"`/])console\s*\./,
  'a descriptor by its number': /\bwrite(Sync|v|vSync|File|FileSync)?\(\s*[12]\s*,/,
  'a device that leads to one': /\/dev\/(stdout|stderr|fd\/[12])|'\/dev\/tty',\s*'[^r]/,
  'a child that prints where we do':
    /\bstd(io|out|err):\s*(\[[^\]]*)?['"]inherit['"]|\bstdio:\s*\[[^\]]*\b[12]\b/,
  'an escape sequence of its own': /\\u001b\[|\\x1b\[|\\e\[|\\033\[/i,
  'lines joined without looking': /join\((['"`])\\n\1\)/,
};

/** Where one of them is the thing itself. */
const THE_DOOR: Readonly<Record<string, readonly string[]>> = {
  // The two channels, and how wide a terminal is.
  'a stream of the process': ['reproduce.ts'],
  'lines joined without looking': ['runner/report/lines.ts'],
};

const PRINTING = /^(reproduce\.ts|runner\/(report|commands)\/)/;

const product = sourceFiles().filter(({path}) => !isTest(path));

describe('one door', () => {
  it.each(Object.entries(WAYS_AROUND))('nothing prints by %s', (way, pattern) => {
    const found = product
      .filter(({path}) => way !== 'lines joined without looking' || PRINTING.test(path))
      .filter(({text}) => pattern.test(withoutComments(text)))
      .map(({path}) => path);
    expect(found.filter((path) => !(THE_DOOR[way] ?? []).includes(path))).toEqual([]);
  });

  it('only reproduce.ts makes a printer, of descriptors 1 and 2', () => {
    const makers = product.filter(({text}) => /openPrinter\(/.test(text)).map(({path}) => path);
    expect(makers.sort()).toEqual(['reproduce.ts', 'runner/report/printer.ts']);
  });

  it('would notice each of them', () => {
    const samples: Readonly<Record<string, string>> = {
      'a stream of the process': 'process.stderr.write(text)',
      'the console': 'console.error(text)',
      'a descriptor by its number': 'writeSync(2, text)',
      'a device that leads to one': "openSync('/dev/tty', 'w')",
      'a child that prints where we do': "spawn(file, {stdio: 'inherit'})",
      'an escape sequence of its own': 'const red = "\\u001b[31m"',
      'lines joined without looking': "lines.join('\\n')",
    };
    for (const [way, pattern] of Object.entries(WAYS_AROUND)) expect(samples[way]).toMatch(pattern);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
