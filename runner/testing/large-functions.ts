/** Files whose functions were longer than 40 lines when the limit came, with how many. Take away, never add. */
export const TALL_FUNCTIONS: Readonly<Record<string, number>> = {
  'runner/opening/pipeline/run-session.ts': 1,
  'runner/publish/ro-crate.ts': 1,
  'runner/report/failure-text.ts': 1,
  'runner/report/stage-board.ts': 1,
};

/** Files whose functions took more than 4 parameters when the limit came, with how many. Take away, never add. */
export const MANY_PARAMETERS: Readonly<Record<string, number>> = {
  'artifacts/remote/presence.ts': 1,
  'artifacts/remote/push.ts': 1,
  'artifacts/s3/probe-parts.ts': 2,
  'artifacts/web/answer-body.ts': 1,
  'artifacts/web/answer-to.ts': 1,
  'runner/commands/audit/pull-from-store.ts': 1,
  'runner/commands/publish/publish.ts': 1,
  'runner/commands/store/push.ts': 2,
  'runner/compare/runs/compare-runs.ts': 1,
  'runner/report/diagnostic-text.ts': 1,
  'runner/run/execute-stage.ts': 1,
};
