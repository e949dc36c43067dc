import {breathe} from '../../../artifacts/hashing.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {linesOf} from '../text/lines.ts';
import {Chain} from './chain.ts';
import {parseStep} from './parse-line.ts';

/** What is wrong with a trace, and in which line of the file. */
export interface TraceFault {
  readonly line: number;
  readonly why: string;
}

/** What is wrong with an empty file. */
export const NO_HEADER = 'there is no header';
export const LONGEST_LINE = 2 ** 16;
export const MOST_STEPS = 5_000_000;
const PATIENCE = 10_000;

/** A trace whose every line was verified; lines are read again when asked for, by where they begin. */
export class Trace {
  readonly header: TraceHeader;
  readonly #file: ByteFile;
  /** Where each step's line begins, and where the last one ends. */
  readonly #offsets: readonly number[];

  constructor(file: ByteFile, header: TraceHeader, offsets: readonly number[]) {
    this.#file = file;
    this.header = header;
    this.#offsets = offsets;
  }

  /** How many lines of steps there are. */
  get steps(): number {
    return this.#offsets.length - 1;
  }

  /** The step's line by its place in the file, from 0. */
  read(index: number): TraceStep {
    const [from = 0, to = 0] = this.#offsets.slice(index, index + 2);
    const step = parseStep(this.#file.read(from, to - from - 1), this.header);
    if (!step.ok) throw new Error(`line ${index + 2} of the trace changed while it was read: ${step.error}`);
    return step.value;
  }
}

/**
 * Verifies a trace from its first line to its last, in constant memory but for 8 bytes a step. That is the O(n) part,
 * paid once; afterwards equal chains at one step mean that everything before is equal, so finding where two traces part
 * takes O(log n) lines of each.
 */
export async function openTrace(file: ByteFile): Promise<Result<Trace, TraceFault>> {
  const offsets: number[] = [];
  const chain = new Chain();
  try {
    for (const line of linesOf(file, LONGEST_LINE)) {
      const read = line.isEnded ? chain.next(line.bytes) : err('torn: it has no end');
      if (!read.ok) return err({line: line.number, why: read.error});
      offsets.push(line.offset);
      if (offsets.length > MOST_STEPS) return err({line: line.number, why: `more than ${MOST_STEPS} steps`});
      if (line.number % PATIENCE === 0) await breathe();
    }
  } catch (error) {
    if (error instanceof NotReadableSo) return err({line: offsets.length + 1, why: error.message});
    throw error;
  }
  const {header} = chain;
  if (header === undefined) return err({line: 1, why: NO_HEADER});
  return ok(new Trace(file, header, [...offsets.slice(1), file.size]));
}
