/** The few words that the receipt's validator is written in. Checks say what the first broken place is. */
export type Check = (value: unknown, at: string) => string | undefined;

export function object(fields: Readonly<Record<string, Check>>): Check {
  const names = Object.keys(fields);
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    const stranger = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    if (stranger !== undefined) return `${at}.${stranger} is unknown`;
    for (const name of names) {
      if (!Object.hasOwn(value, name)) return `${at}.${name} is missing`;
      const broken = fields[name]?.(value[name], `${at}.${name}`);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

export function record(each: Check): Check {
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    for (const [name, item] of Object.entries(value)) {
      const broken = each(item, `${at}.${name}`);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

export function list(each: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    for (const [index, item] of value.entries()) {
      const broken = each(item, `${at}[${index}]`);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

/** By the member that tells the arms apart. */
export function variant(tag: string, arms: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    const arm = value[tag];
    const check = typeof arm === 'string' && Object.hasOwn(arms, arm) ? arms[arm] : undefined;
    return check === undefined ? `${at}.${tag} is unknown` : check(value, at);
  };
}

export function either(a: Check, b: Check): Check {
  return (value, at) => (a(value, at) === undefined ? undefined : b(value, at));
}

export function where(what: string, holds: (value: unknown) => boolean): Check {
  return (value, at) => (holds(value) ? undefined : `${at} is not ${what}`);
}

export function exactly(...allowed: readonly unknown[]): Check {
  return where(allowed.map((value) => JSON.stringify(value)).join(' or '), (value) =>
    allowed.includes(value),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
