// portolan.api is the mount of the controllers of exactly this page's version: /market/@V/api. Nothing else has to be known of them.
const { version, region, api } = window.portolan ?? { api: 'api' };
const find = (id) => document.getElementById(id);

find('version').textContent = version ?? 'unknown';
find('region').textContent = region ?? 'unknown';

async function json(path, init) {
  const answer = await fetch(`${api}/${path}`, init);
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer.json();
}

function row(...cells) {
  const line = document.createElement('tr');
  for (const cell of cells) {
    line.insertCell().textContent = cell;
  }
  return line;
}

for (const { item, made } of await json('catalogue/')) {
  const quote = await json('quotes/price', { method: 'POST', body: item });
  find('items').append(row(item, made, `${quote.price} ${quote.currency}`, `${quote.region}, ${quote.version}`));
}

// A socket stays with the version that it was opened at, through rollouts too; when it ends, the page opens another.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

function listen(pause = FIRST_PAUSE) {
  let wait = Math.min(pause * 2, LONGEST_PAUSE);
  const socket = new WebSocket(new URL(`${api}/chat/socket`, location.href).href.replace(/^http/, 'ws'));
  socket.addEventListener('message', (event) => {
    wait = FIRST_PAUSE;
    const said = JSON.parse(event.data);
    const line = document.createElement('li');
    line.textContent = said.text ?? `connected to ${said.from} ${said.version} in ${said.region}`;
    find('chat').append(line);
  });
  socket.addEventListener('close', () => setTimeout(listen, wait * (0.5 + Math.random() / 2), wait));
}

listen();

find('say').addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch(`${api}/chat/`, { method: 'POST', body: find('text').value });
  find('text').value = '';
});
