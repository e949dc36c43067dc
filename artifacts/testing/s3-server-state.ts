export const SERVERS = ['ceph', 'seaweedfs'] as const;
export type ServerKind = (typeof SERVERS)[number];

/** What the starter of servers says to the tests, in `<kind>.json`. */
export type ServerState = {readonly endpoint: string} | {readonly absent: string};

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that both look into. */
    readonly s3Servers: string;
  }
}
