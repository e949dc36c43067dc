import {Command, CommanderError} from 'commander';
import {ExitCode} from '../../schemas/exit-code.ts';
import type {EndWith} from '../opening/world/answer.ts';
import type {World} from '../opening/world/world.ts';
import {line} from '../report/lines.ts';
import type {TextSink} from '../report/reporter.ts';
import {auditLines} from './audit/audit-lines.ts';
import {bisectLines} from './compare/bisect-lines.ts';
import {compareLines} from './compare/compare-lines.ts';
import {replayLines} from './compare/replay-lines.ts';
import {pipelineLines} from './pipeline/pipeline-lines.ts';
import {sourceLines} from './pipeline/source-lines.ts';
import {publishLines} from './publish/publish-lines.ts';
import {setupLines} from './setup/setup-lines.ts';
import {storeLines} from './store/store-lines.ts';

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

  pipelineLines(program, world, answer);
  sourceLines(program, world, answer);
  storeLines(program, world, answer);
  publishLines(program, world, answer);
  auditLines(program, world, answer);
  compareLines(program, world, answer);
  bisectLines(program, world, answer);
  replayLines(program, world, answer);
  setupLines(program, world, answer);
  return program;
}

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
