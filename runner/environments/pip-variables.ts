type Variables = Readonly<Record<string, string | undefined>>;

/** What tells pip where packages are and how to get there. It sees nothing else of a user: no key, no token. */
const PIP_NEEDS = [
  ...['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PIP_TRUSTED_HOST'],
  ...['PIP_CERT', 'PIP_CLIENT_CERT', 'PIP_PROXY', 'PIP_DEFAULT_TIMEOUT', 'PIP_TIMEOUT', 'PIP_RETRIES'],
  ...['PIP_CONFIG_FILE', 'PIP_CACHE_DIR', 'PIP_NO_CACHE_DIR', 'PIP_KEYRING_PROVIDER', 'NETRC'],
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
  ],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['HOME', 'XDG_CONFIG_HOME', 'XDG_CONFIG_DIRS', 'XDG_CACHE_HOME', 'PATH', 'TMPDIR'],
];

/** The same index, in the words of uv, for who has only those. */
const OF_UV: Readonly<Record<string, readonly string[]>> = {
  PIP_INDEX_URL: ['UV_DEFAULT_INDEX', 'UV_INDEX_URL'],
  PIP_EXTRA_INDEX_URL: ['UV_INDEX', 'UV_EXTRA_INDEX_URL'],
  PIP_FIND_LINKS: ['UV_FIND_LINKS'],
};

/** For fetching, where nobody's code but pip's runs. */
export function fetchingVariables(variables: Variables): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {
    LC_ALL: 'C.UTF-8',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
  };
  for (const name of PIP_NEEDS) {
    const value = [name, ...(OF_UV[name] ?? [])]
      .map((each) => variables[each])
      .find((each) => each !== undefined);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** For all that follows: constants. Neither a user's settings nor the clock may shape what is installed. */
export function buildingVariables(scratch: string, binaries: string): Readonly<Record<string, string>> {
  return {
    PATH: [binaries, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: `${scratch}/tmp`,
    TMPDIR: `${scratch}/tmp`,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    PIP_CONFIG_FILE: '/dev/null',
    PYTHONHASHSEED: '0',
    PYTHONNOUSERSITE: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SOURCE_DATE_EPOCH: '315532800',
  };
}

/** What a user's indexes are reached with, wherever a program may have printed it. */
export function withoutPasswords(text: string, variables: Variables): string {
  const secrets = Object.entries(variables)
    .filter(([name]) => /INDEX|FIND_LINKS|PROXY/i.test(name))
    .flatMap(([, value]) =>
      [...(value ?? '').matchAll(/\/\/([^\s/@]+)@/g)].flatMap(([, user = '']) => partsOf(user)),
    );
  let clean = text.replaceAll(/\/\/[^\s/@]+@/g, '//****@');
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '****');
  return clean;
}

function partsOf(user: string): readonly string[] {
  const [, ...password] = user.split(':');
  const secret = password.length === 0 ? user : password.join(':');
  try {
    return [secret, decodeURIComponent(secret)];
  } catch {
    return [secret];
  }
}
