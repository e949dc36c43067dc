import {resolve} from 'node:path';
import {openStore} from '../../artifacts/open-store.ts';
import {type Finding, verifyStore} from '../../artifacts/upkeep/verify.ts';
import {ExitCode} from '../../schemas/exit-code.ts';
import {findingText} from '../report/finding-text.ts';
import {plural} from '../report/quantity-text.ts';
import {chooseStyle} from '../report/style.ts';
import {directories} from './directories.ts';
import type {World} from './world.ts';

export interface VerifyOptions {
  readonly store: string | undefined;
  readonly repair: boolean;
  readonly json: boolean;
}

/** `repro store verify`: trusts no stat and no name, and says of everything that is wrong what it is. */
export async function verify({store: place, repair, json}: VerifyOptions, world: World): Promise<ExitCode> {
  const usual = directories('.', world.variables, world.directory).store;
  const directory = place === undefined ? usual : resolve(world.directory, place);
  const store = await openStore({directory, owner: world.owner});
  const style = chooseStyle(world.variables, world.out.isTerminal);
  const findings: Finding[] = [];
  try {
    for await (const finding of verifyStore(store, {repair})) {
      findings.push(finding);
      world.out.write(
        json ? `${JSON.stringify(finding)}\n` : `${style.red(finding.kind)}: ${findingText(finding)}\n`,
      );
    }
  } finally {
    await store.close();
  }
  if (!json)
    world.out.write(
      `${directory}: ${findings.length === 0 ? 'everything is as it should be' : summary(findings, repair)}\n`,
    );
  return findings.length === 0 ? ExitCode.ok : ExitCode.store;
}

function summary(findings: readonly Finding[], repair: boolean): string {
  const what = plural(findings.length, 'finding');
  return repair
    ? `${what}; corrupt objects and receipts were set aside, the next run makes them anew; strays were left alone`
    : `${what}; --repair sets it aside`;
}
