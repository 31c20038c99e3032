import { name } from './part.js';
const { value } = await import('./later.js');
postMessage(name + ' ' + value);
