// A real S3 server for a benchmark: SeaweedFS (in a folder) or a Ceph gateway (in memory), as the tests start them.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import {resolve} from 'node:path';

const SCRIPTS = {
  seaweedfs: ['artifacts/testing/services/seaweedfs.sh', 4],
  ceph: ['artifacts/testing/services/ceph-rgw.sh', 2],
};

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @param {'seaweedfs' | 'ceph'} kind */
export async function startServer(kind, folder) {
  const [script, count] = SCRIPTS[kind];
  mkdirSync(folder, {recursive: true});
  const first = 11_000 + Math.floor(Math.random() * 9000);
  const ports = Array.from({length: count}, (_, i) => String(first + i * 7));
  const child = spawn(resolve(script), [folder, ...ports], {stdio: ['pipe', 'pipe', 'inherit']});
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(`${script} did not start: see ${folder}/log`);
  const server = {
    endpoint: `http://127.0.0.1:${ports.at(-1)}`,
    accessKeyId: 'AK',
    secretAccessKey: 'SK',
    bucket: 'bench',
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
  await makeBucket(server);
  return server;
}

async function makeBucket({endpoint, accessKeyId, secretAccessKey, bucket}) {
  const {S3Client, CreateBucketCommand} = await import('@aws-sdk/client-s3');
  const credentials = {accessKeyId, secretAccessKey};
  const client = new S3Client({endpoint, region: 'us-east-1', forcePathStyle: true, credentials});
  await client.send(new CreateBucketCommand({Bucket: bucket}));
  client.destroy();
}

export async function emptyBucket({endpoint, accessKeyId, secretAccessKey, bucket}, prefix) {
  const {S3Client, ListObjectsV2Command, DeleteObjectsCommand} = await import('@aws-sdk/client-s3');
  const credentials = {accessKeyId, secretAccessKey};
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  for (;;) {
    const {Contents = []} = await client.send(new ListObjectsV2Command({Bucket: bucket, Prefix: prefix}));
    if (Contents.length === 0) break;
    const Objects = Contents.map(({Key}) => ({Key}));
    await client.send(new DeleteObjectsCommand({Bucket: bucket, Delete: {Objects, Quiet: true}}));
  }
  client.destroy();
}
