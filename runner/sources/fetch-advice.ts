import {FetchError} from './fetch-error.ts';

/** Why a source could not be fetched, and what to do next. What is not an expected trouble is thrown on. */
export function whyOf(error: unknown): {readonly why: string; readonly help: string} {
  if (!(error instanceof FetchError)) throw error;
  return {why: onOneLine(error.message), help: error.help ?? HELP[error.code] ?? OTHERWISE};
}

/** Servers have a say in these words, and none in what a terminal does with them. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·');
}

const AGAIN = 'try again: what came is kept, and gone on with';
const OTHERWISE = 'fetch it yourself, and name it as `file:` with the same `sha256:`';

const HELP: Partial<Readonly<Record<FetchError['code'], string>>> = {
  busy: AGAIN,
  unreachable: AGAIN,
  'no-host': 'check the URL, and the network',
  'not-there': 'check the name; if it is gone, ask who published it',
  'wrong-bytes': 'if you mean the new bytes, `repro lock --update` pins them; if not, ask who publishes them',
};
