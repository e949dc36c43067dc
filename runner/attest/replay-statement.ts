import {canonicalJson} from '../../schemas/canonical-json.ts';
import {hexOf} from '../../schemas/digest.ts';
import {parseReplayReport} from '../../schemas/replay-report.ts';
import {type ReplayStatement, TEST_RESULT_TYPE} from '../../schemas/replay-statement.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {STATEMENT_TYPE} from '../../schemas/statement.ts';
import {strictJson} from '../../schemas/strict-json.ts';
import type {ReplayReport, StageVerdict} from '../../schemas/verdict.ts';

/** What a replay found, as others can read it. A function of the report alone. */
export function replayStatement(report: ReplayReport): ReplayStatement {
  const named = (...verdicts: readonly StageVerdict['verdict'][]) =>
    report.stages.filter(({verdict}) => verdicts.includes(verdict)).map(({stage}) => stage);
  const failedTests = named('different');
  const warnedTests = named('unsupported', 'unchecked');
  const record = {name: 'run', digest: {sha256: hexOf(report.run)}};
  return {
    _type: STATEMENT_TYPE,
    subject: [record],
    predicateType: TEST_RESULT_TYPE,
    predicate: {
      result: failedTests.length > 0 ? 'FAILED' : warnedTests.length > 0 ? 'WARNED' : 'PASSED',
      configuration: [record],
      passedTests: named('exact'),
      warnedTests,
      failedTests,
      replay: report,
    },
  };
}

/**
 * Out of bytes that were verified. It must say in its lists what its report says, and nothing besides: one statement
 * has one meaning.
 */
export function parseReplayStatement(payload: Uint8Array): Result<ReplayStatement, string> {
  const parsed = strictJson(payload);
  if (!parsed.ok) return parsed;
  const statement = parsed.value as unknown as Partial<ReplayStatement>;
  const given = statement.predicate?.replay;
  if (statement.predicateType !== TEST_RESULT_TYPE || given?.replay !== 1)
    return err('it is no replay that this version knows');
  const report = parseReplayReport(given);
  if (!report.ok) return err('its report is not of the right shape');
  return canonicalJson(replayStatement(report.value)) === Buffer.from(payload).toString()
    ? ok(statement as ReplayStatement)
    : err('it says more than its report');
}
