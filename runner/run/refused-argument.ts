import type {StageFailure} from '../../schemas/failure.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';

/** Linux gives a program 128 KiB for one argument or variable, the NUL at its end included. */
const MOST_BYTES = 128 * 1024 - 1;

/** What no program can be given: told before it is tried, since the system only says that something was too long. */
export function refusedArgument({
  command,
  variables,
}: Pick<KeyDocument, 'command' | 'variables'>): StageFailure | undefined {
  const words = command.map((word, at) => ({what: `word ${at + 1} of its command`, text: word}));
  const named = Object.entries(variables).map(([name, value]) => ({
    what: `its variable ${name}`,
    text: `${name}=${value}`,
  }));
  for (const {what, text} of [...words, ...named]) {
    const bytes = Buffer.byteLength(text);
    if (text.includes('\0')) return {code: 'argument-refused', what, bytes, why: 'nul'};
    if (bytes > MOST_BYTES) return {code: 'argument-refused', what, bytes, why: 'too-long'};
  }
  return undefined;
}
