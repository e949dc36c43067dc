import type {FileReader} from './file-reader.ts';
import type {Problem} from './problems.ts';
import type {TextFile} from './text-file.ts';

/** A generated pipeline of 10,000 stages is 3 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface ReadText {
  readonly file: TextFile;
  readonly bytes: Uint8Array;
}

/** Bytes to text, strictly: what is not UTF-8, or holds control characters, is not a document. */
export function readTextFile(files: FileReader, path: string): ReadText | Problem {
  const bytes = files.read(path, MOST_BYTES);
  if (typeof bytes === 'string') return unreadable(path, bytes);
  const text = decode(bytes);
  if (text === undefined) {
    return {
      code: 'not-utf-8',
      message: `${path} is not UTF-8 text`,
      help: 'save it as UTF-8, without NUL bytes',
    };
  }
  const file = {path, text};
  return controlCharacter(file) ?? {file, bytes};
}

function unreadable(path: string, why: 'missing' | 'not-a-file' | 'too-large' | 'denied'): Problem {
  switch (why) {
    case 'missing':
      return {code: 'unreadable-file', message: `${path} does not exist`, help: 'check the path'};
    case 'not-a-file':
      return {code: 'unreadable-file', message: `${path} is not a file`, help: 'give a YAML file'};
    case 'denied':
      return {code: 'unreadable-file', message: `${path} may not be read`, help: 'check its permissions'};
    case 'too-large':
      return {
        code: 'file-too-large',
        message: `${path} is larger than 16 MiB`,
        help: 'split it with `include`, or make it shorter with `matrix` and `chain`',
      };
  }
}

/** A byte order mark is dropped: Windows editors write it, and it says nothing. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return undefined;
  }
}

/** YAML allows none of these, and its lexer uses some of them as marks of its own. */
const CONTROL = /[^\P{Cc}\t\n\r]|\r(?!\n)|\ufeff/u;

function controlCharacter(file: TextFile): Problem | undefined {
  const start = file.text.search(CONTROL);
  if (start === -1) return undefined;
  const code = file.text.charCodeAt(start).toString(16).padStart(4, '0');
  return {
    code: 'control-character',
    message: `the file holds the control character U+${code.toUpperCase()}`,
    at: {file, start, end: start + 1},
    help: 'remove it; in a quoted string, write it as an escape such as "\\e"',
  };
}
