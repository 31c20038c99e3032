importScripts('imported.js');
onconnect = (event) => event.ports[0].postMessage(self.imported);
