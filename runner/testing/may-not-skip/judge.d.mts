export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {readonly fullName: string; readonly status: string}[];
  }[];
}

export interface List {
  /** What a suite may need, and the programs that show that it is there; none for what `npm test` installs itself. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  readonly suites: Readonly<Record<string, readonly string[]>>;
}

export interface Asked {
  readonly results: Report;
  readonly mode: string;
  readonly absent: readonly string[];
  readonly root: string;
  readonly list?: List;
  readonly path?: string;
}

export function judge(asked: Asked): {readonly wrong: readonly string[]; readonly told: readonly string[]};
