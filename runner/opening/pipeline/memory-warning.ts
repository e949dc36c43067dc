import type {Plan} from '../../../schemas/plan.ts';
import {findControlGroups} from '../../executors/local/control-groups.ts';

/** What `resources.memory` comes to on this machine, where that is less than it says. */
export function memoryWarning({stages}: Plan, groups = findControlGroups()): string | undefined {
  const limited = stages.filter(({resources}) => resources.memory !== undefined).map(({name}) => name);
  if (limited.length === 0 || groups.length > 0) return undefined;
  const of = limited.length === 1 ? `of ${limited[0]}` : `of ${limited.length} stages`;
  return `\`resources.memory\` ${of} is watched, not limited: no control group of this machine is ours to write to, so a stage is ended soon after it used more`;
}
