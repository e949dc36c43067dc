import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {TestContext} from 'vitest';
import {findProgram} from '../../executors/find-program.ts';

export interface CrateIssue {
  readonly check: string;
  readonly severity: string;
  readonly message: string;
  readonly entity: string;
}

export interface CrateVerdict {
  readonly checks: number;
  readonly issues: readonly CrateIssue[];
}

/** Skips a test where the validator is not installed, and says so. */
export function needsValidator(context: TestContext): void {
  context.skip(python() === undefined, 'NOT TESTED: rocrate-validator is not installed');
}

/** What rocrate-validator says of a folder, by the profile that we write. */
export function validate(folder: string, severity: 'REQUIRED' | 'RECOMMENDED'): CrateVerdict {
  const script = join(import.meta.dirname, 'validate_crate.py');
  const argv = [script, folder, 'provenance-run-crate-0.5', severity];
  const printed = execFileSync(python() ?? 'python3', argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as CrateVerdict;
}

/** The interpreter that has it: beside the program, where tests' tools are or on the PATH. */
function python(): string | undefined {
  const {PATH = '', REPRO_TEST_TOOLS: tools = ''} = process.env;
  const program = findProgram('rocrate-validator', `${tools}:${PATH}`);
  const beside = program === undefined ? undefined : join(dirname(program), 'python');
  return beside !== undefined && existsSync(beside) ? beside : undefined;
}
