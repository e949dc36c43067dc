import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {throughDoor} from './door.ts';
import {joinLines, oneLine} from './lines.ts';
import {cursor, SEAL} from './seal.ts';
import {ansiStyle} from './style.ts';

/** Every one character that a terminal could obey, or that turns, hides or breaks text. */
const OBEYED = [
  ...Array.from({length: 0x20}, (_, code) => String.fromCharCode(code)).filter(
    (c) => c !== '\n' && c !== '\t',
  ),
  ...Array.from({length: 0x21}, (_, code) => String.fromCharCode(0x7f + code)),
  ...'\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff',
  '\ud800',
  '\udfff',
  '\u{e0041}',
];

/** Sequences seen in the wild: title, clear, colour, alternate screen, clipboard, hyperlink, 8-bit CSI. */
const SEQUENCES = [
  '\u001b]0;pwned\u0007',
  '\u001b[2J\u001b[H',
  '\u001b[32mpass\u001b[39m',
  '\u001b[?1049h',
  '\u001b]52;c;cm0gLXJmIH4=\u0007',
  '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\',
  '\u001bP+q544e\u001b\\',
  '\u009b2J',
  'honest\rFAKED',
  'abc\b\b\bxyz',
];

describe('the door', () => {
  it('shows every character that a terminal would obey, and obeys none', () => {
    expect(OBEYED.length).toBeGreaterThan(80);
    for (const character of OBEYED) {
      const shown = throughDoor(`a${character}b`);
      expect(shown).toMatch(/^a(\\u[0-9a-f]{4})+b$/);
      expect(JSON.parse(`"${shown}"`)).toBe(`a${character}b`);
    }
    for (const sequence of SEQUENCES) expect(throughDoor(sequence)).toMatch(/^[\x20-\x7e]+$/);
  });

  it('leaves text as it is: scripts, emoji with joiners, tabs and new lines', () => {
    const text = 'ünï 模型 👩‍🔬 نص می‌خواهم\n\tdone';
    expect(throughDoor(text)).toBe(text);
  });

  it('lets our own sequences through, and none that a stranger wrote inside of them', () => {
    const esc = '\u001b';
    expect(throughDoor(ansiStyle.red(`a${esc}[32mb`))).toBe(`${esc}[31ma\\u001b[32mb${esc}[39m`);
    expect(throughDoor(cursor.up(3) + cursor.clearBelow)).toBe(`${esc}[3A\r${esc}[0J`);
  });

  it('changes no meaning of JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(throughDoor(text))).toEqual(JSON.parse(text));
      }),
      {seed: 8, numRuns: 500},
    );
    for (const value of [...OBEYED, ...SEQUENCES]) {
      const text = throughDoor(JSON.stringify({value}));
      expect(text).toMatch(/^[\x20-\x7e]+$/);
      expect(JSON.parse(text)).toEqual({value});
    }
  });

  it('is passed by nothing that moves a cursor, whatever comes', () => {
    const units = fc.string({
      unit: fc.constantFrom(...OBEYED, ...SEQUENCES, 'a', '[', ']', '0', ';', 'm', '\n'),
    });
    fc.assert(
      fc.property(units, (text) => {
        expect(throughDoor(text)).toMatch(/^[\x20-\x7e\n\t]*$/);
      }),
      {seed: 8, numRuns: 1000},
    );
  });

  it('has a seal that nobody can guess', () => {
    expect(SEAL.slice(1)).toMatch(/^<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}>$/);
  });
});

describe('a line', () => {
  it('stays one, whatever is in it', () => {
    const name = 'a\n  signature    pass  forged\r\nx';
    expect(joinLines([`first ${name}`, ansiStyle.bold(name)]).split('\n')).toHaveLength(2);
    expect(throughDoor(oneLine(name))).toBe('a\\n  signature    pass  forged\\u000d\\nx');
    expect(throughDoor(oneLine(ansiStyle.bold('a\nb')))).toBe('\u001b[1ma\\nb\u001b[22m');
  });
});
