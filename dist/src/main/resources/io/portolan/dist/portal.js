import { flagsOf, open, OpenError } from '/shell.js';
import { loadsOf } from '/telemetry.js';

const LOOK_MILLIS = 2000;
const MOST_EVENTS = 40;
const MOST_BASES = 3;
const byId = (id) => document.getElementById(id);
const sessionId = sessionStorage.getItem('session') ?? crypto.randomUUID();
sessionStorage.setItem('session', sessionId);

let world = { extensions: [], nodes: [], portalHost: '' };
let told = {};
let opened;
let leaving;

/** An element with text or elements in it; nothing of the world is ever taken for markup. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children.map(String));
  return element;
}
const row = (cells, attributes = {}) => {
  const line = h('tr', attributes);
  line.append(...cells.map((cell) => h('td', typeof cell === 'number' ? { class: 'number' } : {}, cell)));
  return line;
};

function happened(text, kind = '') {
  byId('events').prepend(h('li', { class: kind }, `${new Date().toLocaleTimeString()} ${text}`));
  [...byId('events').children].slice(MOST_EVENTS).forEach((each) => each.remove());
}

/** Tells the nodes as a real portal does, and this page's list as well. */
function loads(test) {
  const nodes = loadsOf(undefined, test);
  return {
    begin(registered, session, since) {
      const load = nodes.begin(registered, session, since);
      happened(`ExtensionLoad start of ${registered.extension}`);
      return {
        failed(state) {
          happened(`ExtensionLoad errored: ${state}`, 'warn');
          load.failed(state);
        },
        end(how) {
          const millis = Math.round(performance.now() - since);
          happened(`ExtensionLoad ${how.action} after ${millis} ms`, how.action === 'complete' ? 'good' : 'bad');
          return load.end(how);
        },
      };
    },
  };
}

const regionOf = (base) => Object.values(told).find((node) => node.url === base)?.region ?? world.nodes.find((node) => node.url === base)?.region ?? base;
const chosen = () => world.extensions.find((each) => each.name === byId('extension').value);

/** The portal's own address as the reference's flags would have it. */
function address(extension) {
  const url = new URL(location.href);
  const stamp = byId('stamp').value.trim();
  if (stamp) {
    url.searchParams.set('feature.canmodifystamps', 'true');
    url.searchParams.set(extension, stamp);
  }
  const sideload = byId('sideload').value.trim();
  if (sideload) {
    url.searchParams.set('feature.canmodifyextensions', 'true');
    url.hash = `#?testExtensions=${JSON.stringify({ [extension]: sideload })}`;
  }
  return url.href;
}

async function start() {
  const extension = chosen();
  if (!extension) return;
  close();
  const first = world.nodes.find((node) => node.region === byId('first').value) ?? world.nodes[0];
  const flight = byId('flight').value.trim();
  leaving = new AbortController();
  byId('cancel').disabled = false;
  say(`Opening ${extension.name} …`);
  // On a phone it stands below everything that can be chosen.
  if (matchMedia('(max-width: 720px)').matches) byId('frame').scrollIntoView();
  const since = performance.now();
  try {
    opened = await open(
      byId('host'),
      {
        extension: extension.name,
        route: extension.route,
        // A real portal has one, the extension's own host name, which the directors answer with a region that is up.
        bases: [first, ...world.nodes.filter((node) => node.region !== first.region)].slice(0, MOST_BASES).map((node) => node.url),
        flights: flight ? [{ alias: flight, percent: Number(byId('percent').value) }] : [],
      },
      {
        session: { trustedAuthority: world.portalHost, language: 'en', sessionId, test: byId('test').checked },
        flags: flagsOf(address(extension.name)),
        consent: (name, url) => Promise.resolve(confirm(`Run ${name} from ${url}?`)),
        ...(byId('sandbox').checked ? { sandbox: 'allow-scripts' } : {}),
        onNews: (news) => happened(`${news.portolan}: ${news.version} became ${news.next}`, 'warn'),
        loads: loads(byId('test').checked),
        firstSignMillis: Number(byId('sign').value),
        readyMillis: Number(byId('ready').value),
        signal: leaving.signal,
      },
    );
    const tried = opened.tries.map((each) => `${regionOf(each.base)}: ${each.error}`).join('; ');
    say(
      `${extension.name} ${opened.version} from ${regionOf(opened.base)}, ${opened.choice.kind}${opened.choice.alias ? ` ${opened.choice.alias}` : ''}, ` +
        `after ${Math.round(performance.now() - since)} ms${tried ? ` (${tried})` : ''}`,
      tried ? 'warn' : 'good',
    );
  } catch (error) {
    say(error instanceof OpenError ? `${error.state}: ${error.message}` : `Not opened: ${error.message}`, 'bad');
  } finally {
    byId('cancel').disabled = true;
    show();
  }
}

function close() {
  leaving?.abort(new Error('left'));
  opened = undefined;
  byId('host').replaceChildren();
}

function say(text, kind = '') {
  byId('state').className = kind;
  byId('state').textContent = text;
}

/** Fills a list without losing what was chosen. */
function fill(select, values) {
  const before = select.value;
  if ([...select.children].map((each) => each.value).join() === values.join()) return;
  select.replaceChildren(...values.map((value) => h('option', { value }, value)));
  if (values.includes(before)) select.value = before;
}

const sums = (rows, key, add) => {
  const all = new Map();
  for (const each of rows) {
    const sum = all.get(key(each)) ?? { ...each };
    if (all.has(key(each))) add(sum, each);
    all.set(key(each), sum);
  }
  return [...all.values()];
};

function show() {
  const extension = chosen();
  const nodes = Object.values(told);
  const own = nodes.map((node) => ({ node, told: node.telemetry?.[extension?.name], serves: node.extensions?.[extension?.name] }));
  byId('regions').replaceChildren(
    ...own.map(({ node, told: seen, serves }) =>
      row(
        [
          node.region,
          node.error ?? serves?.serving ?? 'nothing',
          Object.values(seen?.versions ?? {}).flatMap((each) => each.loads).reduce((sum, each) => sum + each.started + each.completed, 0),
        ],
        opened && regionOf(opened.base) === node.region ? { class: 'here' } : {},
      ),
    ),
  );
  const versions = own.flatMap(({ told: seen }) => Object.entries(seen?.versions ?? {}));
  const all = sums(
    versions.flatMap(([, each]) => each.loads),
    (each) => `${each.event} ${each.name}`,
    (sum, each) => ['started', 'completed', 'cancelled', 'errored'].forEach((field) => (sum[field] += each[field])),
  );
  byId('loads').replaceChildren(...all.map((each) => row([each.event, each.name || '–', each.started, each.completed, each.cancelled, each.errored])));
  const sources = sums(
    own.flatMap(({ told: seen }) => (seen?.sources ?? []).map((each) => ({ ...each, failed: { ...each.failed } }))),
    (each) => each.source,
    (sum, each) => {
      sum.fetched += each.fetched;
      sum.bytes += each.bytes;
      for (const [cause, count] of Object.entries(each.failed)) sum.failed[cause] = (sum.failed[cause] ?? 0) + count;
    },
  );
  byId('sources').replaceChildren(
    ...sources.map((each) =>
      row([
        each.source,
        each.fetched,
        Math.round(each.bytes / 1024),
        Object.entries(each.failed).map(([cause, count]) => `${cause} ${count}`).join(', ') || '–',
      ]),
    ),
  );
  byId('failures').replaceChildren(
    ...versions.flatMap(([version, each]) =>
      each.failures.map((failure) =>
        h('li', {}, `${failure.event} ${failure.state} × ${failure.count} in ${version}${failure.test ? ' (test)' : ''}, session ${failure.session.slice(0, 8)}… ${failure.message}`),
      ),
    ),
  );
  const names = new Set(own.flatMap(({ serves }) => [serves?.serving, ...Object.keys(serves?.stages ?? {}), ...Object.keys(serves?.names ?? {})]).filter(Boolean));
  byId('names').replaceChildren(...[...names].sort().map((value) => h('option', { value })));
}

async function look() {
  try {
    [world, told] = await Promise.all(['/world.json', '/telemetry.json'].map(async (path) => (await fetch(path)).json()));
    world.nodes = world.nodes.filter((node) => node.url && told[node.id]);
    fill(byId('extension'), world.extensions.map((each) => each.name));
    fill(byId('first'), [...new Set(world.nodes.map((node) => node.region))]);
    show();
  } catch {
    byId('about').textContent = 'portolan dev has ended';
  } finally {
    setTimeout(look, LOOK_MILLIS);
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void start();
});
byId('cancel').addEventListener('click', () => leaving?.abort(new Error('the user left')));
byId('close').addEventListener('click', () => {
  close();
  say('Nothing is open.');
});
byId('extension').addEventListener('change', show);
void look();
