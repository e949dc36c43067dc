import {isAbsolute, relative, sep} from 'node:path';
import type {Diagnostic, TextPosition} from '../../schemas/diagnostic.ts';
import {joinLines} from './lines.ts';
import {columnsOf, windowAround} from './source-line.ts';

/** How words are set off; the plain one changes nothing. */
export interface DiagnosticStyle {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string) => text;
export const plainDiagnostics: DiagnosticStyle = {error: same, warning: same, strong: same, faint: same};

export interface DiagnosticTextOptions {
  /** Paths inside it are shown relative to it. */
  readonly directory: string;
  readonly style?: DiagnosticStyle;
}

/** What is wrong, where, and what to do next; an empty line between any two. Ends with a new line. */
export function diagnosticText(diagnostics: readonly Diagnostic[], options: DiagnosticTextOptions): string {
  const style = options.style ?? plainDiagnostics;
  return joinLines(
    diagnostics
      .flatMap((one, at) => [...(at > 0 ? [''] : []), ...blockOf(one, options.directory, style)])
      .concat(''),
  );
}

function blockOf(diagnostic: Diagnostic, directory: string, style: DiagnosticStyle): string[] {
  const {severity, code, message, place, related = [], help} = diagnostic;
  const here = related.filter((other) => place && samePlace(other.place, place));
  const elsewhere = related.filter((other) => !here.includes(other));
  return [
    `${style[severity](`${severity}[${code}]`)}${style.strong(`: ${shown(message, directory)}`)}`,
    ...(place
      ? excerpt(place, directory, style[severity], style, here.map(({message}) => message).join('; '))
      : []),
    ...elsewhere.flatMap((other) => [
      `  ${other.message}:`,
      ...excerpt(other.place, directory, style.faint, style, ''),
    ]),
    ...(help === undefined ? [] : [`  ${style.strong('help')}: ${help}`]),
  ];
}

function excerpt(
  place: TextPosition,
  directory: string,
  paint: (text: string) => string,
  style: DiagnosticStyle,
  note: string,
): string[] {
  const number = `${place.line}`.padStart(6);
  const {text, from, to} = windowAround(place.text, place.column - 1, place.column - 1 + place.length);
  const indent = ' '.repeat(columnsOf(text.slice(0, from)));
  const carets = '^'.repeat(Math.max(1, columnsOf(text.slice(from, to))));
  return [
    `  ${style.faint(`${shown(place.file, directory)}:${place.line}:${place.column}`)}`,
    `${style.faint(`${number} |`)} ${text}`.trimEnd(),
    `${style.faint(`${' '.repeat(6)} |`)} ${indent}${paint(note === '' ? carets : `${carets} ${note}`)}`,
  ];
}

function samePlace(a: TextPosition, b: TextPosition): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

/** A path, or a message that begins with one. */
function shown(text: string, directory: string): string {
  if (!isAbsolute(text)) return text;
  const [path = '', ...rest] = text.split(/(?= )/);
  const near = relative(directory, path);
  const inside = near !== '' && near !== '..' && !near.startsWith(`..${sep}`) && !isAbsolute(near);
  return (inside ? near : path) + rest.join('');
}
