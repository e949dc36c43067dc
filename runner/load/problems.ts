import type {Diagnostic, RelatedPosition} from '../../schemas/diagnostic.ts';
import type {DiagnosticCode} from '../../schemas/diagnostic-code.ts';
import {positionOf, type TextSpan} from './text-file.ts';

/** What a check says is wrong. `at` becomes a place only when it is reported. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly severity?: 'error' | 'warning';
  readonly message: string;
  readonly at?: TextSpan | undefined;
  readonly related?: readonly {readonly message: string; readonly at: TextSpan}[];
  readonly help?: string | undefined;
}

/** Collects; never throws. The same thing said twice (once per round, say) counts once. */
export interface Problems {
  report(problem: Problem): void;
  /** So many that nobody reads on: a loop over stages may stop. */
  full(): boolean;
  errors(): readonly Diagnostic[];
  warnings(): readonly Diagnostic[];
}

/** @param main the file whose diagnostics come first */
export function collectProblems(main: string): Problems {
  const found = new Map<string, Diagnostic>();
  // Where something is written that can't be a value: what comes of it is no second mistake.
  const refused = new Set<string>();
  const ofSeverity = (severity: Diagnostic['severity']) =>
    [...found.values()].filter((one) => one.severity === severity).sort((a, b) => byPlace(a, b, main));
  return {
    full: () => found.size >= MOST_PROBLEMS,
    report(problem) {
      if (found.size >= MOST_PROBLEMS) return;
      if (problem.at !== undefined && refused.has(placeName(problem.at))) return;
      if (problem.at !== undefined && REFUSALS.has(problem.code)) refused.add(placeName(problem.at));
      const diagnostic = diagnosticOf(problem);
      const {file, line, column} = diagnostic.place ?? {};
      const identity = JSON.stringify([problem.code, problem.message, file, line, column]);
      if (!found.has(identity)) found.set(identity, diagnostic);
    },
    errors: () => [...ofSeverity('error'), ...(found.size < MOST_PROBLEMS ? [] : [diagnosticOf(more)])],
    warnings: () => ofSeverity('warning'),
  };
}

const REFUSALS: ReadonlySet<DiagnosticCode> = new Set(['number-range', 'control-character']);

function placeName({file, start, end}: TextSpan): string {
  return `${start} ${end} ${file.path}`;
}

/** Suggestions cost time, and a file with more mistakes than this has one big one. */
const MOST_PROBLEMS = 500;

const more: Problem = {
  code: 'too-many-problems',
  message: `there may be more problems: these are the first ${MOST_PROBLEMS}`,
  help: 'mend these first; many of one sort often have one cause',
};

function diagnosticOf(problem: Problem): Diagnostic {
  const related: RelatedPosition[] | undefined = problem.related?.map(({message, at}) => ({
    message,
    place: positionOf(at),
  }));
  return {
    severity: problem.severity ?? 'error',
    code: problem.code,
    message: problem.message,
    ...(problem.at && {place: positionOf(problem.at)}),
    ...(related && related.length > 0 && {related}),
    ...(problem.help !== undefined && {help: problem.help}),
  };
}

function byPlace(a: Diagnostic, b: Diagnostic, main: string): number {
  const rank = (one: Diagnostic) =>
    one.place === undefined
      ? one.code === 'too-many-problems'
        ? '\uffff'
        : ''
      : one.place.file === main
        ? ' '
        : one.place.file;
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return left < right ? -1 : 1;
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}
