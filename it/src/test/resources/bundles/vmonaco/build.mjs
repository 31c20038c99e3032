/** Builds the page beside this file. Usage: node build.mjs VITE MONACO OUTPUT, folders of two packages and one that is made */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [vite, monaco, outDir] = process.argv.slice(2);
const { build } = await import(pathToFileURL(join(vite, 'dist', 'node', 'index.js')).href);
await build({
  configFile: false,
  root: dirname(fileURLToPath(import.meta.url)),
  cacheDir: join(outDir, '..', 'vite-cache'),
  // Where an extension lies only its page knows.
  base: './',
  logLevel: 'warn',
  resolve: { alias: { 'monaco-editor': monaco } },
  worker: { format: 'es' },
  build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 20_000 },
});
