import {BucketError} from '../../../artifacts/bucket/bucket-error.ts';
import {diskTroubleOf} from '../../../artifacts/disk-trouble.ts';
import {StoreError} from '../../../artifacts/store-error.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {DiskTrouble} from '../../../schemas/disk-trouble.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {bugText} from '../../report/bug-text.ts';
import {diskTroubleText} from '../../report/disk-trouble-text.ts';
import {failureText} from '../../report/failure-text.ts';
import {refuse} from './refuse.ts';
import {bucketDiagnostic} from './refuse-bucket.ts';
import type {World} from './world.ts';

/**
 * The seam for what no command expected: a store that can't be used is said in words, a bug with its stack,
 * for who has to mend it.
 */
export function reportTrouble(error: unknown, world: World): number {
  if (error instanceof StoreError) return refuse([storeDiagnostic(error)], world, false);
  if (error instanceof BucketError) return refuse([bucketDiagnostic(error)], world, false);
  const trouble = diskTroubleOf(error);
  if (trouble !== undefined) return refuse([diskDiagnostic(trouble)], world, false);
  world.err.write(bugText(error));
  return ExitCode.bug;
}

function storeDiagnostic({code: storeCode, subject, message}: StoreError): Diagnostic {
  const {reason, help} = failureText({code: 'store', storeCode, subject, why: message});
  return problem('store', reason, help);
}

function diskDiagnostic(trouble: DiskTrouble): Diagnostic {
  const {reason, help} = diskTroubleText(trouble);
  return problem('disk', reason, help);
}
