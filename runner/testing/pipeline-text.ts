import type {Json} from '../../schemas/canonical-json.ts';

/** One entry of `stages:`, as a person would write it. */
export type StageText = Readonly<Record<string, Json>>;

/** A stage that runs a line of shell. It writes outputs/out; `more` says otherwise. */
export function shell(script: string, more: StageText = {}): StageText {
  return {
    uses: 'command',
    with: {argv: ['sh', '-c', script]},
    outputs: {out: {kind: 'text', type: 'blob'}},
    determinism: 'bitwise',
    reuse: 'same-class',
    ...more,
  };
}

/** A pipeline of these stages, all in the environment of an empty lock. JSON, which YAML includes. */
export function pipelineText(
  stages: Readonly<Record<string, StageText>>,
  more: Readonly<Record<string, Json>> = {},
): string {
  const document = {
    repro: 1,
    name: 'tiny',
    description: 'A test.',
    seed: 1,
    environments: {bare: {python: {lock: 'bare.lock.txt'}}},
    ...more,
    stages,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A reference, `${a.out}`. */
export function from(what: string): string {
  return `\${${what}}`;
}
