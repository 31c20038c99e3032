// What applications make of their files, one feature each; the value of each says how it went.
const at = (path) => new URL(path, import.meta.url).href;

const said = (port) =>
  new Promise((resolve) => {
    port.onmessage = (event) => resolve(event.data);
    port.onerror = () => resolve('error');
  });

const shown = (id) => {
  const { width, height } = document.getElementById(id).getBBox();
  return width > 0 && height > 0;
};

const features = {
  classicWorker: () => said(new Worker(at('classic.js'))),
  moduleWorker: () => said(new Worker(at('module.js'), { type: 'module' })),
  sharedWorker: () => said(new SharedWorker(at('shared.js')).port),
  blobWorker: () => {
    const script = `importScripts(${JSON.stringify(at('imported.js'))}); postMessage(self.imported);`;
    return said(new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))));
  },
  workerFetch: () => {
    const script = `fetch(${JSON.stringify(at('part.js'))}).then((answer) => answer.text()).then((text) => postMessage(text.trim()));`;
    return said(new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))));
  },
  wasm: async () => {
    const { instance } = await WebAssembly.instantiateStreaming(fetch(at('add.wasm')));
    return instance.exports.add(40, 2);
  },
  font: async () => (await document.fonts.load('16px Sent')).length,
  dynamicImport: async () => (await import('./later.js')).value,
  canvas: async () => {
    const image = new Image();
    image.src = at('dot.svg');
    await image.decode();
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data].join();
  },
  styleUrl: () => getComputedStyle(document.body).backgroundImage,
  metaUrl: () => import.meta.url,
  localUse: () => shown('local'),
  externalUse: () => shown('external'),
  pushedFragment: () => {
    history.pushState({}, '', '#/x');
    return location.pathname + location.hash;
  },
  relativeCall: async () => new URL('../../api/x', document.baseURI).href,
};

window.features = async () => {
  const results = {};
  for (const [name, run] of Object.entries(features)) {
    try {
      results[name] = await run();
    } catch (error) {
      results[name] = `${error.name}: ${error.message}`;
    }
  }
  return results;
};
