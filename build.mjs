// Bundles the CLI into dist/. Heavy modules stay in chunks of their own, loaded when first needed.
import {readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {build} from 'esbuild';

const {version} = JSON.parse(readFileSync('package.json', 'utf8'));
const outdir = 'dist';
/** A run that remembers that nothing was left to do looks at these: repro itself may have changed. */
const DECIDING = ['dist/repro.mjs', 'package.json'];

await build({
  entryPoints: {repro: 'reproduce.ts'},
  outdir,
  outExtension: {'.js': '.mjs'},
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // The SDK's own modules rather than its CommonJS, whose exports a dynamic import would find under `default` only.
  mainFields: ['module', 'main'],
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  // Bundled CommonJS packages ask for Node's own modules through `require`.
  banner: {
    js: "import {createRequire as nodeRequire} from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
  define: {
    REPRO_VERSION: JSON.stringify(version),
    REPRO_FILES: JSON.stringify(DECIDING),
    // Node's version is said in our own words (`install`), once, and not by the SDK before every answer.
    'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"',
  },
  logLevel: 'warning',
});

// A run that goes on meanwhile may still load chunks of the build before; those of days ago nobody needs.
const DAY_MS = 86_400_000;
for (const name of readdirSync(outdir)) {
  if (statSync(`${outdir}/${name}`).mtimeMs < Date.now() - DAY_MS) rmSync(`${outdir}/${name}`);
}
