import type {FaultClass, FaultEvidence, NamedFault, StepAgain} from '../../schemas/bisection.ts';
import type {FieldDifference} from '../../schemas/comparison.ts';
import type {Cause} from '../../schemas/run-comparison.ts';
import type {TraceCause, TraceDivergence} from '../../schemas/trace.ts';

export interface Evidence {
  /** Most likely first. */
  readonly causes: readonly Cause[];
  readonly trace: TraceDivergence | undefined;
  readonly again: StepAgain | undefined;
}

/**
 * From what was recorded differently and what the trace shows to one class. A recorded difference counts only if it can
 * show the way it does: another thread count does not change the batch. Code and params can do anything, so with them
 * the trace says what they did.
 */
export function nameFault({causes, trace, again}: Evidence): NamedFault {
  const shown = trace?.kind === 'step' ? trace.cause : undefined;
  const all = causes.flatMap(evidenceOf);
  const possible = all.filter((each) => canShow(each.class, shown) && !isDenied(each, again));
  // What torch itself says of how it computes explains more than a change that could have done anything.
  const plausible = [...possible.filter((each) => !isGeneral(each)), ...possible.filter(isGeneral)];
  const unlikely = all.filter((each) => !plausible.includes(each));
  // What was asked decides nothing where the same, asked again, comes out otherwise.
  if (isUnsteady(shown, again)) return {class: 'kernel', by: undefined, also: plausible, unlikely};
  const [first, ...also] = plausible;
  if (first === undefined) return {class: unrecorded(shown, again), by: undefined, also: [], unlikely};
  const isAnything = isGeneral(first);
  const kind = isAnything
    ? ((shown === undefined ? undefined : DONE_BY_CODE[shown]) ?? first.class)
    : first.class;
  return {class: kind, by: first, also, unlikely};
}

/** An operation gave other bits than when it was recorded, under the same document on such a machine. */
function isUnsteady(shown: TraceCause | undefined, again: StepAgain | undefined): boolean {
  if (shown === undefined || !COMPUTED.includes(shown)) return false;
  return again?.sides.some((side) => side.how === 'other' && side.likeRecorded) ?? false;
}

function isGeneral({class: kind}: FaultEvidence): boolean {
  return kind === 'code' || kind === 'params';
}

/** A machine that computes both sides as they were recorded is not what differs between them. */
function isDenied({class: kind}: FaultEvidence, again: StepAgain | undefined): boolean {
  if (kind !== 'machine' || again === undefined || again.sides.length < 2) return false;
  return again.sides.every(({how}) => how === 'exact');
}

/** One piece of evidence for each class that a cause's differences speak of. */
function evidenceOf({class: from, differences: fields, packages}: Cause): readonly FaultEvidence[] {
  const differences = packages !== undefined && packages.length > 0 ? packages : fields;
  const found = new Map<FaultClass, FieldDifference[]>();
  for (const difference of differences) {
    const kind = classOf(from, difference);
    if (kind !== undefined) found.set(kind, [...(found.get(kind) ?? []), difference]);
  }
  return [...found].map(([kind, its]) => ({class: kind, from, differences: its}));
}

function classOf(from: Cause['class'], {path}: FieldDifference): FaultClass | undefined {
  switch (from) {
    case 'seed':
      return 'seed';
    case 'input':
      return /model|weights|checkpoint/.test(path) ? 'other-weights' : 'other-data';
    case 'environment':
      return 'library';
    case 'code':
      return 'code';
    case 'params':
      return 'params';
    case 'variables':
    case 'contract':
      return settingOf(path) ?? 'settings';
    case 'hardware':
      return path === 'cpu.level' ? 'instruction-set' : 'machine';
    case 'effective':
      return path === 'resumed' ? 'random-state' : settingOf(path);
    case 'unknown':
      return undefined;
  }
}

const THREADS = /NUM_THREADS|(^|\.)threads$|_DYNAMIC$/;
const INSTRUCTIONS =
  /ATEN_CPU_CAPABILITY|MAX_CPU_ISA|MKL_CBWR|CORETYPE|CPU_FEATURES|GLIBC_TUNABLES|cpu_capability|REPRO_PORTABLE/;

function settingOf(path: string): FaultClass | undefined {
  if (THREADS.test(path)) return 'threads';
  if (INSTRUCTIONS.test(path)) return 'instruction-set';
  if (/torch\.version$/.test(path)) return 'library';
  if (/deterministic|benchmark|reduced_precision|tf32/.test(path)) return 'kernel';
  return undefined;
}

const COMPUTED: readonly TraceCause[] = [
  'arithmetic',
  'sampling',
  'optimizer-state',
  'parameter-update',
  'reported-number',
  'other-start',
];
/** An instruction set or a library may draw other numbers from the same seed. */
const DRAWN: readonly TraceCause[] = ['seed', 'random-state', 'data-order', 'batch'];

/** How a class can show itself at the first step that differs. Not named: in any way. */
const SHOWS: Readonly<Partial<Record<FaultClass, readonly TraceCause[]>>> = {
  seed: ['seed', 'random-state', 'data-order', 'batch', 'sampling', 'other-start'],
  'other-weights': ['other-start', 'arithmetic', 'sampling', 'parameter-update'],
  'other-data': ['batch', 'data-order', 'sampling', 'seed'],
  'random-state': ['random-state', 'data-order', 'batch', 'sampling'],
  threads: COMPUTED,
  kernel: COMPUTED,
  'instruction-set': [...COMPUTED, ...DRAWN],
  library: [...COMPUTED, ...DRAWN],
  machine: [...COMPUTED, ...DRAWN],
};

function canShow(kind: FaultClass, shown: TraceCause | undefined): boolean {
  return shown === undefined || (SHOWS[kind]?.includes(shown) ?? true);
}

/** Code that was changed in an unknown way did this; undefined: only that it computes otherwise. */
const DONE_BY_CODE: Readonly<Partial<Record<TraceCause, FaultClass>>> = {
  'other-start': 'other-weights',
  seed: 'random-state',
  'random-state': 'random-state',
  'data-order': 'data-order',
  batch: 'data-order',
  sampling: 'sampling',
  'optimizer-state': 'optimizer-state',
};

/** Nothing that was recorded can have done it. */
function unrecorded(shown: TraceCause | undefined, again: StepAgain | undefined): FaultClass {
  if (shown === undefined) return 'unknown';
  // This machine gives the same twice, and it is not what was recorded: of another machine, or of nobody.
  if (again?.sides.length === 1 && again.sides[0]?.how === 'exact') return 'unknown';
  // The same program on the same machine that computes otherwise has an operation in it that is not deterministic.
  return DONE_BY_CODE[shown] ?? 'kernel';
}
