import {problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {chooseStyle} from '../../report/style.ts';
import {trustListText} from '../../report/trust-text.ts';
import {configurationDirectory} from '../../stores/find-store.ts';
import {listTrusted, revoke, trustFolder} from '../../stranger/trusted-content.ts';

/** `repro trust list`: what this user chose to run of what others published. */
export function trustList(world: World): ExitCode {
  world.out.write(
    trustListText(listTrusted(roomOf(world)), chooseStyle(world.variables, world.out.isTerminal)),
  );
  return ExitCode.ok;
}

/** `repro trust revoke DIGEST`: it is asked about again before it runs. */
export function trustRevoke(wanted: string, world: World): ExitCode {
  const hex = wanted.replace(/^sha256:/, '');
  const found = listTrusted(roomOf(world)).filter(({content}) => content.startsWith(`sha256:${hex}`));
  const [one, ...others] = hex === '' ? [] : found;
  if (one === undefined || others.length > 0) {
    const message =
      one === undefined ? `nothing trusted begins with ${wanted}` : `${wanted} is the start of several`;
    return refuse([problem('unknown-trust', message, 'see: repro trust list')], world, false);
  }
  revoke(roomOf(world), one.content);
  world.out.write(`${one.content} is not trusted any more\n`);
  return ExitCode.ok;
}

function roomOf({variables}: World): string {
  return trustFolder(configurationDirectory(variables));
}
