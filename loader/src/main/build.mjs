/**
 * Builds what browsers get, and holds its size; `check` also checks types and runs the tests. Does nothing when nothing changed, so
 * that every build of the project may call it. Usage: node src/main/build.mjs [check]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** Most bytes of each script after gzip. */
const BUDGET = { boot: 3 * 1024, worker: 8 * 1024, retired: 1024, shell: 3 * 1024, telemetry: 4 * 1024 };
const ENTRIES = { boot: 'boot/boot.ts', worker: 'worker/worker.ts', retired: 'worker/retired.ts', shell: 'shell/shell.ts', telemetry: 'telemetry/telemetry.ts' };
const NODE = 20;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const sources = join(root, 'src', 'main', 'ts');
const output = join(root, 'target', 'classes', 'io', 'portolan', 'loader');
process.chdir(root);

if (Number(process.versions.node.split('.')[0]) < NODE) {
  fail(`node ${process.versions.node} is too old (expected: ${NODE} or newer)`);
}
const lock = digest(['package-lock.json']);
const made = `${lock} ${digest([...files('src/main'), 'package.json'])}`;
const checked = `${made} ${digest([...files('src/test'), 'tsconfig.json', 'tsconfig.worker.json', 'tsconfig.test.json', 'vitest.config.ts'])}`;

if (!isStamped('made', made) || Object.keys(ENTRIES).some((name) => !existsSync(join(output, `${name}.js`)))) {
  install();
  await bundle();
  stamp('made', made);
}
if (process.argv[2] === 'check' && process.argv[3] !== 'true' && !isStamped('checked', checked)) {
  install();
  for (const each of ['', '.worker', '.test']) run('node_modules/typescript/bin/tsc', ['-p', `tsconfig${each}.json`]);
  run('node_modules/vitest/vitest.mjs', ['run']);
  stamp('checked', checked);
}

/** The packages of the lock file, once for each lock file; from npm's own cache where it has them. */
function install() {
  const mark = join('node_modules', '.portolan');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--silent'], { stdio: 'inherit' });
  writeFileSync(mark, lock);
}

async function bundle() {
  const { build } = await import('esbuild');
  mkdirSync(output, { recursive: true });
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const { outputFiles } = await build({
      entryPoints: [join(sources, entry)],
      bundle: true,
      minify: true,
      write: false,
      // Imported by portals and pages; the others are scripts.
      format: name === 'shell' || name === 'telemetry' ? 'esm' : 'iife',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'warning',
    });
    const bytes = outputFiles[0].contents;
    const gzip = gzipSync(bytes, { level: 9 }).length;
    const brotli = brotliCompressSync(bytes).length;
    console.log(`${name}.js: ${bytes.length} bytes, gzip ${gzip}, brotli ${brotli} (at most ${BUDGET[name]})`);
    if (gzip > BUDGET[name]) fail(`${name}.js: ${gzip} bytes after gzip (expected: at most ${BUDGET[name]})`);
    // It stands inside a page, in a script element.
    if (name === 'boot' && /<\/script|<!--/i.test(Buffer.from(bytes).toString())) fail('boot.js would end its own element');
    writeFileSync(join(output, `${name}.js.new`), bytes);
    renameSync(join(output, `${name}.js.new`), join(output, `${name}.js`));
  }
}

function run(script, args) {
  try {
    execFileSync(process.execPath, [script, ...args], { stdio: 'inherit', env: { ...process.env, NO_COLOR: '1' } });
  } catch {
    fail(`${script} ${args.join(' ')} failed`);
  }
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.java'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function isStamped(name, value) {
  const file = join('target', `${name}.stamp`);
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function stamp(name, value) {
  writeFileSync(join('target', `${name}.stamp`), value);
}

function fail(message) {
  console.error(`loader: ${message}`);
  process.exit(1);
}
