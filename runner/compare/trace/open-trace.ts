import {breathe} from '../../../artifacts/hashing.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {type Line, linesOf} from '../text/lines.ts';
import {parseHeader, parseStep} from './parse-line.ts';

/** What is wrong with a trace, and in which line of the file. */
export interface TraceFault {
  readonly line: number;
  readonly why: string;
}

const LONGEST_LINE = 2 ** 16;
const MOST_STEPS = 5_000_000;
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
  let header: TraceHeader | undefined;
  let before: Place | undefined;
  try {
    for (const line of linesOf(file, LONGEST_LINE)) {
      const read: Result<Place, string> =
        header === undefined ? readFirst(line) : readNext(line, header, before);
      if (!read.ok) return err({line: line.number, why: read.error});
      before = read.value;
      header ??= read.value.header;
      offsets.push(line.offset);
      if (offsets.length > MOST_STEPS) return err({line: line.number, why: `more than ${MOST_STEPS} steps`});
      if (line.number % PATIENCE === 0) await breathe();
    }
  } catch (error) {
    if (error instanceof NotReadableSo) return err({line: offsets.length + 1, why: error.message});
    throw error;
  }
  if (header === undefined) return err({line: 1, why: 'there is no header'});
  return ok(new Trace(file, header, [...offsets.slice(1), file.size]));
}

interface Place {
  readonly header?: TraceHeader;
  readonly chain: string;
  /** 0 for the header. */
  readonly step: number;
}

function readFirst(line: Line): Result<Place, string> {
  if (!line.isEnded) return err('torn: it has no end');
  const header = parseHeader(line.bytes);
  return header.ok ? ok({header: header.value, chain: header.value.chain, step: 0}) : header;
}

function readNext(line: Line, header: TraceHeader, before: Place | undefined): Result<Place, string> {
  if (!line.isEnded) return err('torn: it has no end');
  const parsed = parseStep(line.bytes, header);
  if (!parsed.ok) return parsed;
  const {step, previous, chain} = parsed.value;
  if (previous !== before?.chain) return err('its `previous` is not the chain of the line before');
  const expected = before.step + 1;
  return step === expected ? ok({chain, step}) : err(`it is step ${step} where ${expected} is expected`);
}
