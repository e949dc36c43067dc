import type {Rig} from './rig.ts';

/** A kind of the project's own, `./attack`, whose program is this script. */
export function writeAttack(rig: Rig, script: string): void {
  rig.write({
    'attack/main.sh': script,
    'attack/stage.yaml': JSON.stringify({
      stage: 1,
      kind: 'attack',
      command: ['sh', `\${stage}/main.sh`],
      inputs: {x: {kind: 'text', optional: true}, files: {kind: 'files', optional: true}},
      outputs: {out: {kind: 'text', type: 'blob'}},
    }),
  });
}

/** Tries everything on each of these, and says what worked. */
export function attack(targets: readonly string[]): string {
  const ways = [
    'printf changed > $target',
    'printf more >> $target',
    'chmod 777 $target',
    'touch $target',
    'rm -f $target',
    'mv $target elsewhere',
    'ln $target outputs/linked',
  ];
  return [
    ...targets.map((target) => `test -e ${target} || echo no ${target} >> outputs/out`),
    `for target in ${targets.join(' ')}; do`,
    ...ways.map(
      (way) => `  ( ${way} ) 2> /dev/null && echo "${way.replaceAll('$target', '')} $target" >> outputs/out`,
    ),
    'done',
    'echo done >> outputs/out',
  ].join('\n');
}
