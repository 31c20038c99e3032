import 'monaco-editor/esm/vs/language/typescript/ts.worker.js';
