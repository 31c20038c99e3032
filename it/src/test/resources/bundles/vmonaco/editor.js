import * as monaco from 'monaco-editor/esm/vs/editor/editor.api.js';
import 'monaco-editor/esm/vs/languages/definitions/typescript/register.js';
import 'monaco-editor/esm/vs/languages/features/typescript/register.js';

self.MonacoEnvironment = {
  getWorker: (_, label) =>
    label === 'typescript'
      ? new Worker(new URL('./ts.worker.js', import.meta.url), { type: 'module' })
      : new Worker(new URL('./editor.worker.js', import.meta.url), { type: 'module' }),
};

export function start(host, problems) {
  const editor = monaco.editor.create(host, { value: 'const word: string = 7;\n', language: 'typescript', minimap: { enabled: false } });
  monaco.editor.onDidChangeMarkers(() => {
    const found = monaco.editor.getModelMarkers({ resource: editor.getModel().uri });
    problems.textContent = found.map((marker) => `Line ${marker.startLineNumber}: ${marker.message}`).join(' · ');
  });
  window.editor = editor;
}
