import type {Digest} from '../../schemas/digest.ts';
import {unreachable} from '../../schemas/result.ts';
import type {RunRecord, StageRecord} from '../../schemas/run-record.ts';
import {bytesText, durationText} from '../words/quantity-text.ts';
import {failureText, skipText} from './failure-text.ts';
import {joinLines} from './lines.ts';
import {shortened, shortJson} from './stranger-text.ts';
import type {Style} from './style.ts';

/** `--json` has the whole. */
const MOST_OF_A_VALUE = 200;

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
  return joinLines([...head, '', ...record.stages.flatMap((stage) => stageLines(stage, style)), '']);
}

function stageLines(stage: StageRecord, style: Style): readonly string[] {
  const name = style.bold(stage.name);
  switch (stage.state) {
    case 'cached':
    case 'executed': {
      const {outputs, values, execution, key} = stage.receipt;
      const lines = [
        `${name}  ${stage.state}  ${durationText(execution.seconds)}  ${style.dim(`key ${key}`)}`,
      ];
      for (const [value, found] of Object.entries(values))
        lines.push(`    ${value} = ${shortJson(found, MOST_OF_A_VALUE)}`);
      for (const [output, artifact] of Object.entries(outputs)) {
        lines.push(style.dim(`    ${output}  ${artifact.digest}  ${bytesText(artifact.size)}`));
      }
      return lines;
    }
    case 'failed':
      return [`${name}  ${style.red('failed')}: ${shortened(failureText(stage.failure).reason)}`];
    case 'skipped':
      return [`${name}  skipped: ${skipText(stage.reason)}`];
    default:
      return unreachable(stage);
  }
}
