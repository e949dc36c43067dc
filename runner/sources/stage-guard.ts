import {ALLOW_VARIABLE, parseAllowedHosts} from './allowed-hosts.ts';
import {GuardedClient} from './guarded-client.ts';
import type {AddressGuard} from './stage-proxy.ts';

/** What a stage may be connected to is what sources may be fetched from, and what the user allowed. */
export function stageGuard(variables: Readonly<Record<string, string | undefined>>): AddressGuard {
  const client = new GuardedClient({allowed: parseAllowedHosts(variables[ALLOW_VARIABLE])});
  return (url) => client.addresses(url);
}
