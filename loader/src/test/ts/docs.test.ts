import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const GUIDE = join('..', 'docs', 'build-extensions');
const OUTPUT = join('target', 'docs');

/** What the guide's examples have around them. */
const AROUND = `
import type { Registered, Session } from '@portolan/loader/shell';
declare global {
  const sessionId: string;
  const host: Element;
  const orders: Registered;
  const session: Session;
  const editor: { onDidChange(call: () => void): void };
  function saveDrafts(): Promise<void>;
  function showList(): Promise<void>;
  function showDetails(): Promise<void>;
  interface WindowEventMap {
    'portolan:revoked': CustomEvent<{ next: string; waitUntil(promise: Promise<unknown>): void }>;
  }
  const portolan: Window['portolan'];
}
`;

function examples(): { file: string; text: string }[] {
  return readdirSync(GUIDE)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join(GUIDE, file), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map((match) => ({ file, text: match[1] as string })),
    );
}

describe('guide', () => {
  it('has examples that fit what there is', { timeout: 120_000 }, () => {
    rmSync(OUTPUT, { recursive: true, force: true });
    mkdirSync(OUTPUT, { recursive: true });
    const all = examples();
    expect(all.length).toBeGreaterThan(3);
    all.forEach(({ file, text }, i) =>
      writeFileSync(join(OUTPUT, `${file.replace('.md', '')}-${i}.ts`), text.includes('import ') ? text : `${text}\nexport {};\n`),
    );
    writeFileSync(join(OUTPUT, 'around.ts'), `${AROUND}import '../../src/main/ts/boot/boot.js';\n`);
    writeFileSync(
      join(OUTPUT, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: {
          module: 'esnext',
          moduleResolution: 'bundler',
          noUnusedLocals: false,
          paths: {
            '@portolan/loader/shell': ['../../src/main/ts/shell/shell.ts'],
            '@portolan/loader/telemetry': ['../../src/main/ts/telemetry/telemetry.ts'],
          },
        },
        include: ['*.ts'],
      }),
    );
    try {
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', join(OUTPUT, 'tsconfig.json')], { encoding: 'utf8' });
    } catch (error) {
      expect.fail(String((error as { stdout?: string }).stdout));
    }
  });
});
