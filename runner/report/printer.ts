import {ExitCode} from '../../schemas/exit-code.ts';
import {throughDoor} from './door.ts';
import type {TextSink} from './reporter.ts';

/** A descriptor that the process was given to print on. */
export interface Channel {
  /** As people call it: `standard output`. */
  readonly name: string;
  /** @returns how many bytes it took; throws what the system says */
  write(bytes: Uint8Array): number;
  readonly isTerminal: boolean;
  size(): {readonly columns: number; readonly rows: number};
}

export interface Printer {
  readonly out: TextSink;
  readonly err: TextSink;
  /** What to end with, when the work itself ended with `code`. */
  codeAfter(code: number): number;
}

export interface PrinterParts {
  readonly out: Channel;
  readonly err: Channel;
  /** A program reads standard output, and expects nothing there but JSON. */
  readonly json: boolean;
}

type State = 'open' | 'closed' | 'lost';

/**
 * Standard output and standard error. Nothing that happens to them reaches the work: where the reader has gone there
 * is silence, and where bytes can't be written one sentence on the other of the two says so. Everything is written
 * before `write` comes back, so that the end of the process loses nothing.
 */
export function openPrinter({out, err, json}: PrinterParts): Printer {
  const states = {out: 'open' as State, err: 'open' as State};
  const channels = {out, err};
  const print = (to: 'out' | 'err', text: string): void => {
    if (states[to] !== 'open' || text === '') return;
    const trouble = writeAll(channels[to], Buffer.from(throughDoor(text)));
    if (trouble === undefined) return;
    states[to] = isGone(trouble, channels[to]) ? 'closed' : 'lost';
    const other = to === 'out' ? 'err' : 'out';
    if (states[to] === 'lost' && !(other === 'out' && json)) print(other, sentence(channels[to], trouble));
  };
  const sink = (to: 'out' | 'err'): TextSink => ({
    write: (text) => print(to, text),
    get isTerminal() {
      return channels[to].isTerminal && states[to] === 'open';
    },
    size: () => channels[to].size(),
  });
  return {
    out: sink('out'),
    err: sink('err'),
    codeAfter: (code) => {
      const isLost = states.out === 'lost' || states.err === 'lost';
      return code === ExitCode.ok && isLost ? ExitCode.outputLost : code;
    },
  };
}

function writeAll(channel: Channel, bytes: Uint8Array): NodeJS.ErrnoException | undefined {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += channel.write(bytes.subarray(written));
    } catch (error) {
      const trouble = error as NodeJS.ErrnoException;
      if (trouble.code === 'EAGAIN') waitABit();
      else if (trouble.code !== 'EINTR') return trouble;
    }
  }
  return undefined;
}

/** A pipe that somebody made non-blocking is full: its reader is slow. */
function waitABit(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** Nobody reads any more. A terminal says so with EIO, which from a file is a disk that fails. */
function isGone({code}: NodeJS.ErrnoException, {isTerminal}: Channel): boolean {
  if (code === 'EIO' || code === 'ENXIO') return isTerminal;
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ENOTCONN' || code === 'ESHUTDOWN';
}

function sentence({name}: Channel, {code = 'unknown'}: NodeJS.ErrnoException): string {
  const why = WHY[code] ?? code;
  return `warning[output-lost]: ${name} can’t be written, ${why}: what it should say from here on is lost, and the work goes on\n`;
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'its file may not grow any more',
  EIO: 'its disk fails',
  EBADF: 'it is open for reading only',
};
