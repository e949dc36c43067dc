import {Command, CommanderError} from 'commander';
import {ExitCode} from '../../schemas/exit-code.ts';
import type {EndWith} from '../opening/world/answer.ts';
import type {World} from '../opening/world/world.ts';
import {line} from '../report/lines.ts';
import type {TextSink} from '../report/reporter.ts';
import {auditLine} from './audit/audit-flags.ts';
import {pullLine} from './audit/pull-flags.ts';
import {trustLine} from './audit/trust-flags.ts';
import {attestLine} from './compare/attest-flags.ts';
import {bisectLine} from './compare/bisect-flags.ts';
import {diffLine} from './compare/diff-flags.ts';
import {replayLine} from './compare/replay-flags.ts';
import {checkLine} from './pipeline/check-flags.ts';
import {lockLine} from './pipeline/lock-flags.ts';
import {planLine} from './pipeline/plan-flags.ts';
import {runLine} from './pipeline/run-flags.ts';
import {showLine} from './pipeline/show-flags.ts';
import {whyLine} from './pipeline/why-flags.ts';
import {exportLine} from './publish/export-flags.ts';
import {keysLine} from './publish/keys-flags.ts';
import {publishLine} from './publish/publish-flags.ts';
import {environmentLine} from './setup/environment-flags.ts';
import {schemaLine} from './setup/schema-flags.ts';
import {pushLine} from './store/push-flags.ts';
import {storeLine} from './store/store-flags.ts';

/** `repro …`: what can be typed, and which file answers it. Each command is loaded when it is asked for. */
export async function commandLine(argv: readonly string[], world: World): Promise<number> {
  let code: ExitCode = ExitCode.ok;
  const program = describe(world, (answer) => {
    code = answer;
  });
  try {
    await program.parseAsync([...argv], {from: 'user'});
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const {reportTrouble} = await import('../opening/world/report-trouble.ts');
    return reportTrouble(error, world);
  }
}

function describe(world: World, answer: EndWith): Command {
  const program = new Command('repro')
    .description('Run training pipelines whose results a stranger can check.')
    .version(world.version)
    .exitOverride()
    .configureOutput({
      writeOut: world.out.write,
      writeErr: world.err.write,
      getOutHelpWidth: () => widthOf(world.out),
      getErrHelpWidth: () => widthOf(world.err),
      outputError: (text, write) => write(usageText(text)),
    })
    .configureHelp({showGlobalOptions: true})
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES);

  for (const add of LINES) add(program, world, answer);
  return program;
}

type Line = (program: Command, world: World, answer: EndWith) => void;

/** In the order in which `repro --help` lists them. */
const LINES: readonly Line[] = [
  ...[runLine, planLine, whyLine, checkLine, showLine, lockLine],
  ...[pushLine, storeLine],
  ...[keysLine, publishLine, exportLine],
  ...[auditLine, pullLine, trustLine],
  ...[diffLine, bisectLine, replayLine, attestLine],
  ...[environmentLine, schemaLine],
];

/** What was typed is quoted in it, whatever it holds; a suggestion stands on a line of its own. */
function usageText(text: string): string {
  const [suggestion = ''] = /\n\(Did you mean [^\n]*\)\n$/.exec(text) ?? [];
  return line(text.slice(0, text.length - suggestion.length).trimEnd()) + suggestion.slice(1);
}

function widthOf(sink: TextSink): number {
  return sink.isTerminal ? sink.size().columns : 80;
}

const EXAMPLES = `
Examples:
  repro run pipelines/polaris.yaml                    the whole pipeline, at laptop scale
  repro run pipelines/polaris.yaml -p seed=7          the same with another seed
  repro plan pipelines/polaris.yaml --profile paper   the published recipe's exact commands
  repro why pipelines/polaris.yaml sft                what changed since the last run

Exit codes: 0 done · 1 a stage failed · 2 usage or invalid pipeline · 3 not the same bits ·
            4 store trouble · 5 audit incomplete · 70 a bug in repro · 74 output lost · 75 try again ·
            130 interrupted`;
