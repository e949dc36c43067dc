import type {Digest} from '../../schemas/digest.ts';
import {unreachable} from '../../schemas/result.ts';
import type {RunRecord, StageRecord} from '../../schemas/run-record.ts';
import {failureText, skipText} from './failure-text.ts';
import {bytesText, durationText} from './quantity-text.ts';
import type {Style} from './style.ts';

/** A run record for people: every stage with its values and the digests of what it gave. */
export function runText(
  {name, digest, record}: {readonly name: string; readonly digest: Digest; readonly record: RunRecord},
  style: Style,
): string {
  const {pipeline, git} = record;
  const head = [
    `${style.bold(pipeline.name)} · profile ${pipeline.profile} · seed ${pipeline.seed} · ${record.outcome}`,
    style.dim(`run ${digest}`),
    style.dim(
      `${name} · ${durationText(record.seconds)}${git === null ? '' : ` · commit ${git.commit.slice(0, 12)}${git.clean ? '' : ', tree not clean'}`}`,
    ),
  ];
  return `${head.join('\n')}\n\n${record.stages.map((stage) => stageText(stage, style)).join('')}`;
}

function stageText(stage: StageRecord, style: Style): string {
  const name = style.bold(stage.name);
  switch (stage.state) {
    case 'cached':
    case 'executed': {
      const {outputs, values, execution, key} = stage.receipt;
      const lines = [
        `${name}  ${stage.state}  ${durationText(execution.seconds)}  ${style.dim(`key ${key}`)}`,
      ];
      for (const [value, found] of Object.entries(values))
        lines.push(`    ${value} = ${JSON.stringify(found)}`);
      for (const [output, artifact] of Object.entries(outputs)) {
        lines.push(style.dim(`    ${output}  ${artifact.digest}  ${bytesText(artifact.size)}`));
      }
      return `${lines.join('\n')}\n`;
    }
    case 'failed':
      return `${name}  ${style.red('failed')}: ${failureText(stage.failure).reason}\n`;
    case 'skipped':
      return `${name}  skipped: ${skipText(stage.reason)}\n`;
    default:
      return unreachable(stage);
  }
}
