/** Names that people write in pipelines, and the names of the stages that a plan makes of them. */
declare const brand: unique symbol;

/** What a stage, param, input, output, value, source, environment or profile may be called. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;

/** One stage of a plan: `sft`, `rl.2.train`, `evaluate[aime24,rl]`. Unique within the plan. */
export type StageName = string & {readonly [brand]: 'StageName'};

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

const STAGE_NAME =
  /^[a-z][a-z0-9_-]*(\[[^\][/\0]+\])?(\.[0-9]+)?(\.[a-z][a-z0-9_-]*(\[[^\][/\0]+\])?(\.[0-9]+)?)*$/;

/** @throws RangeError on text that no plan could have made: a bug in the caller. */
export function stageName(text: string): StageName {
  if (!STAGE_NAME.test(text)) throw new RangeError(`not a stage name: ${JSON.stringify(text)}`);
  return text as StageName;
}

/** A file name for a stage: injective, and safe on every file system. */
export function fileNameOf(name: StageName): string {
  return name.replace(/[^a-z0-9.-]/g, (c) => `_${c.codePointAt(0)?.toString(16)}_`);
}
