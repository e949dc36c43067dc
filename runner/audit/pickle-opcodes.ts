/** What a walk over the opcodes of a would-be pickle found. */
export type PickleWalk =
  /** It imports and calls: loading it runs what its author chose. */
  | 'runs code'
  /** A pickle of protocol 2 or later, in so far as it was seen. */
  | 'pickle'
  /** Data alone, or no pickle at all. */
  | 'no';

type Argument =
  | 'none'
  | 'line'
  | 'two lines'
  | 'number'
  | 'quoted'
  | 1
  | 2
  | 4
  | 8
  | 'len1'
  | 'len4'
  | 'len8';

interface Opcode {
  readonly argument: Argument;
  /** How many values it takes, or all since the last mark; and gives. */
  readonly takes: number | 'mark';
  readonly gives: number;
  readonly does?: 'import' | 'call' | 'stop' | 'mark' | 'protocol';
}

const op = (argument: Argument, takes: Opcode['takes'], gives: number, does?: Opcode['does']): Opcode => ({
  argument,
  takes,
  gives,
  ...(does !== undefined && {does}),
});

const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  ...chars({
    '(': op('none', 0, 0, 'mark'),
    '.': op('none', 1, 0, 'stop'),
    '0': op('none', 1, 0),
    '1': op('none', 'mark', 0),
    '2': op('none', 1, 2),
    F: op('number', 0, 1),
    I: op('number', 0, 1),
    J: op(4, 0, 1),
    K: op(1, 0, 1),
    L: op('number', 0, 1),
    M: op(2, 0, 1),
    N: op('none', 0, 1),
    P: op('line', 0, 1, 'import'),
    Q: op('none', 1, 1, 'import'),
    R: op('none', 2, 1, 'call'),
    S: op('quoted', 0, 1),
    T: op('len4', 0, 1),
    U: op('len1', 0, 1),
    V: op('line', 0, 1),
    X: op('len4', 0, 1),
    a: op('none', 2, 1),
    b: op('none', 2, 1, 'call'),
    c: op('two lines', 0, 1, 'import'),
    d: op('none', 'mark', 1),
    '}': op('none', 0, 1),
    e: op('none', 'mark', 0),
    g: op('number', 0, 1),
    h: op(1, 0, 1),
    i: op('two lines', 'mark', 1, 'call'),
    j: op(4, 0, 1),
    l: op('none', 'mark', 1),
    ']': op('none', 0, 1),
    o: op('none', 'mark', 1, 'call'),
    p: op('number', 1, 1),
    q: op(1, 1, 1),
    r: op(4, 1, 1),
    s: op('none', 3, 1),
    t: op('none', 'mark', 1),
    ')': op('none', 0, 1),
    u: op('none', 'mark', 0),
    G: op(8, 0, 1),
    B: op('len4', 0, 1),
    C: op('len1', 0, 1),
  }),
  [0x80, op(1, 0, 0, 'protocol')],
  [0x81, op('none', 2, 1, 'call')],
  [0x82, op(1, 0, 1, 'import')],
  [0x83, op(2, 0, 1, 'import')],
  [0x84, op(4, 0, 1, 'import')],
  [0x85, op('none', 1, 1)],
  [0x86, op('none', 2, 1)],
  [0x87, op('none', 3, 1)],
  [0x88, op('none', 0, 1)],
  [0x89, op('none', 0, 1)],
  [0x8a, op('len1', 0, 1)],
  [0x8b, op('len4', 0, 1)],
  [0x8c, op('len1', 0, 1)],
  [0x8d, op('len8', 0, 1)],
  [0x8e, op('len8', 0, 1)],
  [0x8f, op('none', 0, 1)],
  [0x90, op('none', 'mark', 0)],
  [0x91, op('none', 'mark', 1)],
  [0x92, op('none', 3, 1, 'call')],
  [0x93, op('none', 2, 1, 'import')],
  [0x94, op('none', 1, 1)],
  [0x95, op(8, 0, 0)],
  [0x96, op('len8', 0, 1)],
  [0x97, op('none', 0, 1)],
  [0x98, op('none', 1, 1)],
]);

function chars(table: Readonly<Record<string, Opcode>>): readonly (readonly [number, Opcode])[] {
  return Object.entries(table).map(([char, opcode]) => [char.charCodeAt(0), opcode] as const);
}

/**
 * Walks the opcodes from the first byte on, keeping count of the stack: text that happens to begin with an opcode
 * soon takes what is not there. `size`: of the whole, of which `head` is the beginning.
 */
export function walkPickle(head: Buffer, size = head.length): PickleWalk {
  const marks: number[] = [];
  let depth = 0;
  let at = 0;
  let imports = false;
  let isProtocol2 = false;
  while (at < head.length) {
    const opcode = OPCODES.get(head[at] ?? -1);
    const length = opcode === undefined ? undefined : argumentLength(opcode.argument, head, at + 1);
    if (opcode === undefined || length === undefined || at + 1 + length > size)
      return isProtocol2 ? seen(at) : 'no';
    const taken = takeFrom(opcode, depth, marks);
    if (taken === undefined) return isProtocol2 ? seen(at) : 'no';
    if (opcode.does === 'protocol') isProtocol2 ||= isKnown(head[at + 1]);
    if (opcode.does === 'import') imports = true;
    if (opcode.does === 'call' && (imports || opcode.argument === 'two lines')) return 'runs code';
    if (opcode.does === 'stop') return isProtocol2 ? 'pickle' : 'no';
    if (opcode.does === 'mark') marks.push(depth);
    depth = taken + opcode.gives;
    at += 1 + length;
  }
  return isProtocol2 || (imports && at >= head.length) ? 'pickle' : 'no';
}

/** A protocol and some opcodes that fit are no accident. */
function seen(at: number): PickleWalk {
  return at > 2 ? 'pickle' : 'no';
}

function isKnown(protocol: number | undefined): boolean {
  return protocol !== undefined && protocol <= 5;
}

function takeFrom({takes}: Opcode, depth: number, marks: number[]): number | undefined {
  if (takes === 'mark') return marks.pop();
  const floor = marks.at(-1) ?? 0;
  return depth - takes >= floor ? depth - takes : undefined;
}

const NUMBER = /^[-+]?[0-9][0-9a-fA-FxX.eE+-]*L?$|^[-+]?(?:inf|nan)$/;
const QUOTED = /^(?:'.*'|".*")$/s;
const NAME = /^[A-Za-z_][\w.]*$/;

/** In bytes; undefined where it can't be one. */
function argumentLength(argument: Argument, head: Buffer, from: number): number | undefined {
  switch (argument) {
    case 'none':
      return 0;
    case 'line':
      return lineAt(head, from)?.length;
    case 'number':
      return fitting(lineAt(head, from), NUMBER);
    case 'quoted':
      return fitting(lineAt(head, from), QUOTED);
    case 'two lines': {
      const first = fitting(lineAt(head, from), NAME);
      const second = first === undefined ? undefined : fitting(lineAt(head, from + first), NAME);
      return first === undefined || second === undefined ? undefined : first + second;
    }
    case 'len1':
      return from < head.length ? 1 + head.readUInt8(from) : undefined;
    case 'len4':
      return from + 4 <= head.length ? 4 + head.readUInt32LE(from) : undefined;
    case 'len8':
      return from + 8 <= head.length ? 8 + Number(head.readBigUInt64LE(from)) : undefined;
    default:
      return argument;
  }
}

interface TextLine {
  readonly text: string;
  /** With its end. */
  readonly length: number;
}

function lineAt(head: Buffer, from: number): TextLine | undefined {
  const end = head.indexOf(0x0a, from);
  if (end < 0) return undefined;
  return {text: head.subarray(from, end).toString('latin1'), length: end + 1 - from};
}

function fitting(line: TextLine | undefined, pattern: RegExp): number | undefined {
  return line !== undefined && pattern.test(line.text.trim()) ? line.length : undefined;
}
