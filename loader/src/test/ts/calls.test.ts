import { describe, expect, it } from 'vitest';
import { CallWatch } from '../../main/ts/telemetry/calls.js';
import { CALL_CHECK_MILLIS } from '../../main/ts/order.js';

const API = 'https://own.test/orders/@1.0/api';
const gone = (code: string, type = 'application/problem+json') => () =>
  new Response(JSON.stringify({ code }), { status: 410, headers: { 'Content-Type': type } });

function watchOf(answer: () => Response) {
  const asked: string[] = [];
  const clock = { now: 0 };
  let ended = 0;
  const watch = new CallWatch(
    API,
    {
      ask: (url) => {
        asked.push(url);
        return Promise.resolve(answer());
      },
      now: () => clock.now,
    },
    async () => {
      ended++;
    },
  );
  return { watch, asked, clock, ended: () => ended };
}

describe('call watch', () => {
  it('believes the region that the controllers of the version are no more', async () => {
    const { watch, asked, ended } = watchOf(gone('VERSION_GONE'));
    await watch.saw([{ name: API + '/items/7', responseStatus: 410 }]);

    expect(asked).toEqual([API + '/']);
    expect(ended()).toBe(1);
  });

  it('takes no word of a controller for that', async () => {
    for (const answer of [gone('item-gone'), gone('VERSION_GONE', 'application/json'), () => new Response('fine')]) {
      const { watch, ended } = watchOf(answer);
      await watch.saw([{ name: API + '/items/7', responseStatus: 410 }]);
      expect(ended()).toBe(0);
    }
  });

  it('looks neither at other requests nor at other answers', async () => {
    const { watch, asked } = watchOf(gone('VERSION_GONE'));
    await watch.saw([
      { name: API + '/items', responseStatus: 404 },
      { name: API + '/items' },
      { name: 'https://own.test/orders/@2.0/api/items', responseStatus: 410 },
      { name: 'https://own.test/orders/Content/1.0/a.js', responseStatus: 410 },
    ]);

    expect(asked).toEqual([]);
  });

  it('asks now and then, however many calls fail', async () => {
    const { watch, asked, clock } = watchOf(gone('item-gone'));
    const failed = [{ name: API + '/items/7', responseStatus: 410 }];
    await watch.saw(failed);
    await watch.saw(failed);
    expect(asked).toHaveLength(1);
    clock.now = CALL_CHECK_MILLIS;
    await watch.saw(failed);

    expect(asked).toHaveLength(2);
  });
});
