import type {YAMLError} from 'yaml';
import type {Problem} from './problems.ts';
import type {TextFile} from './text-file.ts';

/** The parser's complaint in the words of somebody who writes pipelines. */
export function syntaxProblem(file: TextFile, error: YAMLError): Problem {
  const [start, end] = error.pos;
  const [message, help] = words(error);
  return {code: 'yaml-syntax', message, at: {file, start, end: Math.max(end, start + 1)}, help};
}

function words(error: YAMLError): readonly [string, string] {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return ['a tab indents this line', 'indent with spaces: YAML does not allow tabs there'];
    case 'BAD_INDENT':
      return [lower(error.message), 'line it up with its neighbours, or close the bracket above'];
    case 'MISSING_CHAR':
      return [lower(error.message), 'look for a quote, bracket or comma missing here or just before'];
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return [
        'a key must be on one line, followed by ": "',
        'look for a missing ":" on this line or the line before',
      ];
    case 'BAD_SCALAR_START':
      return [lower(error.message), 'put the text in quotes'];
    case 'BAD_DQ_ESCAPE':
      return [lower(error.message), "write \\\\ for a backslash, or use 'single quotes'"];
    case 'NON_STRING_KEY':
      return ['a key must be text', 'put it in quotes'];
    default:
      return [lower(error.message), 'check the indentation and quotes around it'];
  }
}

function lower(message: string): string {
  const [first = ''] = message.split('\n');
  return first.charAt(0).toLowerCase() + first.slice(1);
}
