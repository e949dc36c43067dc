import type {PlannedStage} from '../../schemas/plan.ts';

/*
 * What a stage is for whoever executes a run again. Its contract says it, by the kinds of what it takes and gives, so
 * that a stranger's own kind has all that ours have; the name of its kind says nothing.
 */

/** The output that tells what this machine computes: an artifact of kind `probe`. Undefined for other stages. */
export function probeReportOf({outputs}: Pick<PlannedStage, 'outputs'>): string | undefined {
  return [...outputs].find(([, {kind}]) => kind === 'probe')?.[0];
}

/** Whether it is executed before all else, and speaks for the machine. */
export function isProbe(stage: Pick<PlannedStage, 'outputs'>): boolean {
  return probeReportOf(stage) !== undefined;
}
