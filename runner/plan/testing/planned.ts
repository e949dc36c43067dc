import {join} from 'node:path';
import type {InputBinding, Plan} from '../../../schemas/plan.ts';
import {diskFiles, type FileReader} from '../../load/file-reader.ts';
import {diagnosticText} from '../../report/diagnostic-text.ts';
import {loadPlan} from '../load-plan.ts';

export const stagesDirectory = join(import.meta.dirname, '../fixtures/stages');

/** Files by path in memory, over those on disk. */
function memoryFiles(texts: Readonly<Record<string, string>>): FileReader {
  return {
    read: (path, limit) => {
      const text = texts[path];
      return text === undefined ? diskFiles.read(path, limit) : new TextEncoder().encode(text);
    },
    kindOf: (path) => (texts[path] === undefined ? diskFiles.kindOf(path) : 'file'),
    list: diskFiles.list,
  };
}

export interface PlannedText {
  readonly plan: Plan | undefined;
  /** Errors, or else warnings, as printed. */
  readonly printed: string;
}

/** Plans the text of a pipeline, with the fixtures' kinds; a header is added when it has none. */
export function planned(
  text: string,
  {profile, overrides = []}: {readonly profile?: string; readonly overrides?: readonly string[]} = {},
  others: Readonly<Record<string, string>> = {},
): PlannedText {
  const whole = /^"?repro"?:/m.test(text)
    ? text
    : `repro: 1\nname: tiny\nenvironments: {default: host}\n${text}`;
  const files = memoryFiles({'/p/tiny.yaml': whole, ...others});
  const loaded = loadPlan({file: '/p/tiny.yaml', profile, overrides, stagesDirectory, files});
  const printed = diagnosticText(loaded.ok ? loaded.value.warnings : loaded.error, {directory: '/p'});
  return {plan: loaded.ok ? loaded.value.plan : undefined, printed};
}

/** One line per stage: name, kind, what it reads, its argv. */
export function outline(plan: Plan | undefined): string {
  return (plan?.stages ?? [])
    .map((stage) => {
      const inputs = [...stage.inputs].map(([name, input]) => `${name}=${inputText(input)}`);
      const argv = stage.command.map((element) =>
        element.map((part) => (part.type === 'text' ? part.text : `<${part.param}>`)).join(''),
      );
      return [`${stage.name} (${stage.kind})`, ...inputs, '$', ...argv].join(' ');
    })
    .join('\n');
}

function inputText(input: InputBinding): string {
  switch (input.from) {
    case 'stage':
      return `${input.stage}.${input.output}`;
    case 'source':
      return `@${input.source}`;
    case 'many':
      return `{${input.members.map(({label, input: one}) => `${label}: ${inputText(one)}`).join(', ')}}`;
  }
}
