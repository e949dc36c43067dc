import {isAbsolute, relative, sep} from 'node:path';
import type {Diagnostic, TextPosition} from '../../schemas/diagnostic.ts';
import {joinLines} from './lines.ts';
import {columnsOf, windowAround} from './source-line.ts';
import {plainStyle, type Style} from './style.ts';

export interface DiagnosticTextOptions {
  /** Paths inside it are shown relative to it. */
  readonly directory: string;
  readonly style?: Style;
}

/** What is wrong, where, and what to do next; an empty line between any two. Ends with a new line. */
export function diagnosticText(diagnostics: readonly Diagnostic[], options: DiagnosticTextOptions): string {
  const style = options.style ?? plainStyle;
  return joinLines(
    diagnostics
      .flatMap((one, at) => [...(at > 0 ? [''] : []), ...blockOf(one, options.directory, style)])
      .concat(''),
  );
}

function blockOf(diagnostic: Diagnostic, directory: string, style: Style): string[] {
  const {severity, code, message, place, related = [], help} = diagnostic;
  const paint = severity === 'error' ? style.red : style.yellow;
  const here = related.filter((other) => place && samePlace(other.place, place));
  const elsewhere = related.filter((other) => !here.includes(other));
  return [
    `${paint(`${severity}[${code}]`)}${style.bold(`: ${shown(message, directory)}`)}`,
    ...(place ? excerpt(place, directory, paint, style, here.map(({message}) => message).join('; ')) : []),
    ...elsewhere.flatMap((other) => [
      `  ${other.message}:`,
      ...excerpt(other.place, directory, style.dim, style, ''),
    ]),
    ...(help === undefined ? [] : [`  ${style.bold('help')}: ${help}`]),
  ];
}

function excerpt(
  place: TextPosition,
  directory: string,
  paint: (text: string) => string,
  style: Style,
  note: string,
): string[] {
  const number = `${place.line}`.padStart(6);
  const {text, from, to} = windowAround(place.text, place.column - 1, place.column - 1 + place.length);
  const indent = ' '.repeat(columnsOf(text.slice(0, from)));
  const carets = '^'.repeat(Math.max(1, columnsOf(text.slice(from, to))));
  return [
    `  ${style.dim(`${shown(place.file, directory)}:${place.line}:${place.column}`)}`,
    `${style.dim(`${number} |`)} ${text}`.trimEnd(),
    `${style.dim(`${' '.repeat(6)} |`)} ${indent}${paint(note === '' ? carets : `${carets} ${note}`)}`,
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
