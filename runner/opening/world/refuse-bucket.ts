import {BucketError} from '../../../artifacts/bucket/bucket-error.ts';
import {StoreError} from '../../../artifacts/store-error.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {ExitCode} from '../../../schemas/exit-code.ts';
import {refuse} from './refuse.ts';
import type {World} from './world.ts';

export function refuseBucket(error: BucketError, world: World, json: boolean): ExitCode {
  return refuse([bucketDiagnostic(error)], world, json);
}

/** A bucket's own trouble, also where a store has told it in its words; undefined for anything else. */
export function bucketTrouble(error: unknown): BucketError | undefined {
  if (error instanceof BucketError) return error;
  const cause = error instanceof StoreError ? error.cause : undefined;
  return cause instanceof BucketError ? cause : undefined;
}

export function bucketDiagnostic({code, message}: BucketError): Diagnostic {
  const help = HELP[code];
  return problem(`bucket-${code}`, message, help);
}

const HELP: Readonly<Partial<Record<BucketError['code'], string>>> = {
  unreachable: 'look at the address and the network, then try again',
  busy: 'try again later',
  denied:
    'a published run can be read by anyone: look at the address, or at the credentials in your environment',
  'no-bucket': 'look at the address',
};
