/** Hosts that the user, and never a pipeline, has allowed although they are inside: by name, and by port where given. */
export interface AllowedHosts {
  has(url: URL): boolean;
}

/** `REPRO_ALLOW_PRIVATE=host[:port],…` */
export const ALLOW_VARIABLE = 'REPRO_ALLOW_PRIVATE';

/** An entry that is no host allows nothing. */
export function parseAllowedHosts(text: string | undefined): AllowedHosts {
  const entries = new Set(
    (text ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .flatMap((entry) => entryOf(entry) ?? []),
  );
  return {has: (url) => entries.has(url.hostname) || entries.has(`${url.hostname}:${portOf(url)}`)};
}

export const nobodyAllowed: AllowedHosts = {has: () => false};

/** Also the host of one URL that the user configured, such as HF_ENDPOINT. */
export function alsoAllowing(allowed: AllowedHosts, {hostname, port, protocol}: URL): AllowedHosts {
  return {
    has: (url) =>
      allowed.has(url) || (url.hostname === hostname && url.port === port && url.protocol === protocol),
  };
}

/** As a URL writes it, so that `LOCALHOST` and `[0:0::1]:80` mean what they say. */
function entryOf(entry: string): string | undefined {
  const [, host = '', port] = /^([^/?#@]+?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const text = `http://${host}/`;
  if (host === '' || !URL.canParse(text)) return undefined;
  const {hostname} = new URL(text);
  return port === undefined ? hostname : `${hostname}:${Number(port)}`;
}

function portOf({port, protocol}: URL): number {
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
}
