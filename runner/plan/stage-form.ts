import type {StageDefinition} from '../../schemas/pipeline-stage.ts';
import type {Problem} from '../load/problems.ts';
import {entriesOf, type MapEntry} from '../load/yaml-node.ts';
import {closest} from '../words/suggest.ts';
import {ROOTS} from './reference-roots.ts';

export interface WrittenStage {
  readonly name: string;
  readonly definition: StageDefinition;
  readonly entry: MapEntry;
  /** Before the name, for people: `rl.` */
  readonly around: string;
  /** All names in the same map. */
  readonly siblings: readonly string[];
}

/** Exactly one of a kind to run, rounds to repeat and a group; and nothing that only another form takes. */
export function formProblem({name, definition, entry, around, siblings}: WrittenStage): Problem | undefined {
  const forms = (['uses', 'chain', 'stages'] as const).filter((form) => definition[form] !== undefined);
  const written = around + name;
  if ((ROOTS as readonly string[]).includes(name)) {
    return {
      code: 'bad-name',
      message: `a stage can't be called \`${name}\`: \`\${${name}.…}\` means something else`,
      help: 'choose another name',
    };
  }
  if (forms.length !== 1) {
    const has = forms.length === 0 ? 'none of them' : forms.map((form) => `\`${form}\``).join(' and ');
    // A profile that misspells a stage makes a new one, without a form.
    const meant = closest(
      name,
      siblings.filter((other) => other !== name),
    );
    const help =
      forms.length === 0 && meant !== undefined
        ? `did you mean \`${meant}\`?`
        : 'give exactly one: a kind to run, rounds to repeat, or a group';
    return {
      code: 'missing-key',
      message: `stage "${written}" needs \`uses\`, \`chain\` or \`stages\`, and has ${has}`,
      help,
    };
  }
  const misplaced =
    forms[0] === 'uses'
      ? undefined
      : [...entriesOf(entry.value)].find(([key]) => !ALLOWED_AROUND.includes(key));
  if (!misplaced) return undefined;
  const what = forms[0] === 'chain' ? 'a chain' : 'a group';
  const message = `\`${misplaced[0]}\` has no meaning on ${what}`;
  return {
    code: 'misplaced-key',
    message,
    at: misplaced[1].key,
    help: `move it to the stages inside "${written}"`,
  };
}

const ALLOWED_AROUND: readonly string[] = ['description', 'matrix', 'chain', 'stages'];
