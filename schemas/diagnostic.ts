import type {DiagnosticCode} from './diagnostic-code.ts';

/**
 * A place in a file that a person wrote. Lines and columns count from 1, columns in UTF-16 units;
 * `text` is the whole source line, so that a report needs no file.
 */
export interface TextPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many columns the caret spans; at least 1. */
  readonly length: number;
  readonly text: string;
}

export interface RelatedPosition {
  readonly message: string;
  readonly place: TextPosition;
}

/** Something wrong with what a person wrote: where, what, what else matters, and what to do next. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Tests and editors branch on it, and it decides what a command ends with. */
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly place?: TextPosition;
  readonly related?: readonly RelatedPosition[];
  /** The next step, or "did you mean …". */
  readonly help?: string;
}

/** What stops a command and has no place in a file: the code decides what the command ends with. */
export function problem(code: DiagnosticCode, message: string, help?: string): Diagnostic {
  return {severity: 'error', code, message, ...(help !== undefined && {help})};
}
