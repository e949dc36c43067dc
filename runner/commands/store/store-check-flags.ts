import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro store check`: its flags. */
export function storeCheckLine(store: Command, world: World, answer: EndWith): void {
  store
    .command('check')
    .description('ask a server what it really does, and say whether a store can be kept there')
    .argument(
      '<store>',
      's3://bucket/prefix, or a name of your stores.yaml; it writes a few small objects there and removes them',
    )
    .option('--endpoint <url>', 'of the server (default: as the environment says)')
    .option('--region <name>', 'of the bucket')
    .option('--json', 'print what was found as JSON')
    .action(async (place: string, given: {endpoint?: string; region?: string; json?: true}) => {
      const {storeCheck} = await import('./store-check.ts');
      const {endpoint, region, json} = given;
      answer(await storeCheck({place, endpoint, region, json: json === true}, world));
    });
}
