import {type Diagnostic, problem} from '../../schemas/diagnostic.ts';
import type {DiagnosticCode} from '../../schemas/diagnostic-code.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type RunRecord, type RunRecord2, receiptsIn} from '../../schemas/run-record.ts';

/** A run that lacks nothing of what a publication says. */
export interface PublishableRun {
  readonly digest: Digest;
  readonly record: RunRecord2;
  readonly license: string;
  /** Of every stage, in the order of the run. */
  readonly receipts: ReadonlyMap<string, Receipt>;
}

/** All that stands in the way, at once. */
export function publishable(run: {
  readonly digest: Digest;
  readonly record: RunRecord;
}): Result<PublishableRun, readonly Diagnostic[]> {
  const {record, digest} = run;
  if (record.run === 1)
    return refusal(
      'old-record',
      'this run was recorded by repro 0.1, which did not keep what it was made from',
      'run the pipeline again: what is cached is not executed again',
    );
  if (record.outcome !== 'succeeded')
    return refusal(
      'unfinished-run',
      `this run ${record.outcome === 'failed' ? 'failed' : 'was interrupted'}: only one that succeeded can be published`,
      'run it to its end, or name another run',
    );
  const {license, authors} = record.pipeline;
  const missing = [...(license === null ? [noLicense()] : []), ...(authors.length === 0 ? [noAuthor()] : [])];
  if (license === null || missing.length > 0) return err(missing);
  return ok({digest, record, license, receipts: receiptsIn(record)});
}

/** Stages that could have read what they did not declare. */
export function unconfined({receipts}: PublishableRun): readonly string[] {
  return [...receipts].filter(([, {execution}]) => execution.sandbox === 'none').map(([name]) => name);
}

const THEN_RUN = 'to the pipeline, then run it again (what is cached is not executed again)';

function noLicense(): Diagnostic {
  return problem(
    'no-license',
    'the pipeline does not say under which license others may use what it made',
    `add \`license: CC-BY-4.0\`, or another SPDX identifier, ${THEN_RUN}`,
  );
}

function noAuthor(): Diagnostic {
  return problem(
    'no-author',
    'the pipeline does not say who made it',
    `add \`authors: [{name: Ada Lovelace}]\` ${THEN_RUN}`,
  );
}

function refusal(code: DiagnosticCode, message: string, help: string): Result<never, readonly Diagnostic[]> {
  return err([problem(code, message, help)]);
}
