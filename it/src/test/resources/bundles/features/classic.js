importScripts('imported.js');
postMessage(self.imported);
