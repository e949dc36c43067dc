import {describe, expect, it} from 'vitest';
import {type Channel, openPrinter} from './printer.ts';

interface Told {
  /** What the system says to each call, in order: an errno, or how many bytes it takes. Then it takes all. */
  readonly answers?: readonly (string | number)[];
  /** The errno of every call. */
  readonly always?: string;
  readonly isTerminal?: boolean;
}

class FakeChannel implements Channel {
  readonly name: string;
  readonly isTerminal: boolean;
  readonly #answers: (string | number)[];
  readonly #always: string | undefined;
  #bytes = Buffer.alloc(0);
  calls = 0;
  faults = 0;

  constructor(name: string, {answers = [], always, isTerminal = false}: Told = {}) {
    this.name = name;
    this.isTerminal = isTerminal;
    this.#answers = [...answers];
    this.#always = always;
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }

  write(bytes: Uint8Array): number {
    this.calls++;
    const answer = this.#always ?? this.#answers.shift() ?? bytes.length;
    if (typeof answer === 'string') {
      this.faults++;
      throw Object.assign(new Error(answer), {code: answer});
    }
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, answer)]);
    return Math.min(answer, bytes.length);
  }

  size() {
    return {columns: 80, rows: 24};
  }
}

function open({out, err, json = false}: {out?: Told; err?: Told; json?: boolean}) {
  const channels = {
    out: new FakeChannel('standard output', out),
    err: new FakeChannel('standard error', err),
  };
  return {...channels, printer: openPrinter({...channels, json})};
}

describe('all is well', () => {
  it('writes all of it, however little the system takes at once', () => {
    const {out, printer} = open({out: {answers: [1, 'EAGAIN', 'EINTR', 2, 0]}});
    printer.out.write('ünï 模型\n');
    expect(out.text).toBe('ünï 模型\n');
    expect(out.faults).toBe(2);
    expect([0, 1, 3, 130].map(printer.codeAfter)).toEqual([0, 1, 3, 130]);
  });
});

describe('nobody reads any more', () => {
  const gone: readonly (readonly [string, boolean])[] = [
    ['EPIPE', false],
    ['ECONNRESET', false],
    ['ENOTCONN', false],
    ['EIO', true],
    ['ENXIO', true],
  ];
  it.each(gone)('%s (a terminal: %s) is silence, and changes no code', (always, isTerminal) => {
    const {out, err, printer} = open({out: {always, isTerminal}});
    expect(printer.out.isTerminal).toBe(isTerminal);
    for (let i = 0; i < 3; i++) printer.out.write('line\n');
    printer.err.write('other\n');
    expect([out.calls, out.faults, err.text]).toEqual([1, 1, 'other\n']);
    expect([0, 1, 2, 3, 4].map(printer.codeAfter)).toEqual([0, 1, 2, 3, 4]);
    expect(printer.out.isTerminal).toBe(false);
  });

  it('both of them: still silence', () => {
    const {printer} = open({out: {always: 'EPIPE'}, err: {always: 'EPIPE'}});
    printer.out.write('a');
    printer.err.write('b');
    expect([0, 3].map(printer.codeAfter)).toEqual([0, 3]);
  });
});

describe('it can’t be written', () => {
  it.each([
    ['ENOSPC', 'its disk is full'],
    ['EDQUOT', 'the disk quota is used up'],
    ['EFBIG', 'its file may not grow any more'],
    ['EIO', 'its disk fails'],
    ['EBADF', 'it is open for reading only'],
    ['EWHAT', 'EWHAT'],
  ])('%s is one sentence on the other stream', (always, why) => {
    const {err, printer} = open({out: {always}});
    for (let i = 0; i < 3; i++) printer.out.write('line\n');
    expect(err.text).toBe(
      `warning[output-lost]: standard output can’t be written, ${why}: what it should say from here on is lost, and the work goes on\n`,
    );
    expect([0, 1, 2, 3, 4, 130].map(printer.codeAfter)).toEqual([74, 1, 2, 3, 4, 130]);
  });

  it('of standard error, it is said on standard output, unless a program reads JSON there', () => {
    for (const json of [false, true]) {
      const {out, printer} = open({err: {always: 'ENOSPC'}, json});
      printer.err.write('warning\n');
      printer.out.write('{}\n');
      expect(out.text.includes('output-lost')).toBe(!json);
      expect(printer.codeAfter(0)).toBe(74);
    }
  });

  it('both of them: only the code is left to say so', () => {
    const {printer} = open({out: {always: 'ENOSPC'}, err: {always: 'ENOSPC'}});
    printer.out.write('a');
    expect([0, 3].map(printer.codeAfter)).toEqual([74, 3]);
  });

  it('a device that fills up in the middle of a text', () => {
    const {out, err, printer} = open({out: {answers: [3, 'ENOSPC']}});
    printer.out.write('abcdef\n');
    printer.out.write('more\n');
    expect(out.text).toBe('abc');
    expect(err.text).toContain('its disk is full');
  });
});
