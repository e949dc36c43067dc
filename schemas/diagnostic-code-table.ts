import {DIAGNOSTIC_CODES} from './diagnostic-code.ts';
import {EXIT_CODE_MEANINGS} from './exit-code.ts';
import {FAILURE_EXIT_CODES} from './failure-exit.ts';

/** `schemas/diagnostic-codes.md`: the lists, for people. */
export function diagnosticCodeTable(): string {
  const exits = Object.entries(EXIT_CODE_MEANINGS).map(([exit, meaning]) => `| ${exit} | ${meaning} |`);
  const codes = Object.entries(DIAGNOSTIC_CODES).map(
    ([code, {exit, about}]) => `| \`${code}\` | ${exit} | ${about} |`,
  );
  const failures = Object.entries(FAILURE_EXIT_CODES).map(([code, exit]) => `| \`${code}\` | ${exit} |`);
  return [
    '# Codes',
    '',
    'Printed from `diagnostic-code.ts`, `exit-code.ts` and `failure-exit.ts` by their test: `npm run schemas` after a change.',
    '',
    'What a command ends with says how it went; nothing that happens to its output changes it, but for 74 where all else went well.',
    '',
    '| exit code | means |',
    '| --- | --- |',
    ...exits,
    '',
    'A diagnostic, `error[code]` on standard error or a line of JSON with `--json`, ends every command that meets it with the same exit code. What is only ever a warning ends nothing: 0.',
    '',
    '| code | exit code | about |',
    '| --- | --- | --- |',
    ...codes,
    '',
    'A stage that fails has a code of its own in events and records. Of several failures of one run a bug counts first, then the store, then what will not go away by trying again.',
    '',
    '| a stage’s failure | exit code |',
    '| --- | --- |',
    ...failures,
    '',
  ].join('\n');
}
