// The editor is a chunk of its own, as an application that shows something first would have it.
const { start } = await import('./editor.js');
start(document.getElementById('editor'), document.getElementById('problems'));
