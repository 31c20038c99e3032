import { describe, expect, it } from 'vitest';
import { addressOf, choiceOf, type Registered } from '../../main/ts/shell/address.js';
import { flagsOf } from '../../main/ts/shell/flags.js';
import { flightOf, type Draws } from '../../main/ts/shell/flights.js';
import { numbers } from './world.js';

const ORDERS: Registered = { extension: 'Contoso_Orders', route: 'orders', bases: ['https://orders.ext.test'] };
const SESSION = { trustedAuthority: 'portal.test', language: 'en', sessionId: 's1', pin: '1.0' };
const NONE = flagsOf('https://portal.test/');

/** Where a portal of that address goes. */
const goes = (address: string, registered = ORDERS): string =>
  addressOf(registered, 'https://orders.ext.test', choiceOf(registered, flagsOf(address), undefined), SESSION);

function memory(): Draws {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe('shell', () => {
  it('opens the usual page with what it says of itself', () => {
    expect(goes('https://portal.test/')).toBe(
      'https://orders.ext.test/orders?trustedAuthority=portal.test&l=en&sessionId=s1&pin=1.0',
    );
  });

  it('row X.1: opens a name, a stage or a build under the flag, and not without it', () => {
    for (const name of ['preview', 'stage3', '1d0d8d31', 'a b/c$&']) {
      const query = new URLSearchParams({ 'feature.canmodifystamps': 'true', Contoso_Orders: name });
      const url = new URL(goes(`https://portal.test/?${query}`));
      expect(url.pathname).toBe(`/orders/${encodeURIComponent(name)}`);
      expect(url.searchParams.has('pin')).toBe(false);
      query.delete('feature.canmodifystamps');
      expect(new URL(goes(`https://portal.test/?${query}`)).pathname).toBe('/orders');
    }
    const old = { ...ORDERS, uriFormat: 'https://old.test/x/{0}/page' };
    expect(goes('https://portal.test/?feature.canmodifystamps=true&Contoso_Orders=v2', old)).toContain('https://old.test/x/v2/page?');
  });

  it('row 4.7: hands on that there is to be no CDN, where it is forced', () => {
    expect(['', '?nocdn=true', '?nocdn=force'].map((query) => flagsOf(`https://portal.test/${query}`).nocdn)).toEqual([false, false, true]);
    const url = addressOf(ORDERS, 'https://orders.ext.test', { kind: 'usual' }, { ...SESSION, nocdn: true, tells: true, test: true });
    expect(url).toContain('&shell=1&nocdn=force&feature.UserType=test');
  });

  it('row X.2: sideloads from this machine only, and only under the flag', () => {
    const fragment = '#?testExtensions={"Contoso_Orders":"https://localhost:44300/orders"}';
    expect(goes(`https://portal.test/?feature.canmodifyextensions=true${fragment}`)).toContain('https://localhost:44300/orders?');
    expect(goes(`https://portal.test/${fragment}`)).toContain('https://orders.ext.test/orders?');
    for (const bad of ['http://localhost/x', 'https://evil.test/x', 'https://localhost@evil.test/', 'javascript:alert(1)', '1']) {
      const asked = `https://portal.test/?feature.canmodifyextensions=true#?testExtensions={"Contoso_Orders":"${bad}"}`;
      expect(() => flagsOf(asked)).toThrow('expected: an address on https://localhost');
    }
    expect(() => flagsOf('https://portal.test/?feature.canmodifyextensions=true#?testExtensions=[1')).toThrow('a JSON object');
  });

  it('row X.3: half of 10,000 users are in a flight of half, and stay in it while it grows', () => {
    const random = numbers(20261127);
    const users = Array.from({ length: 10_000 }, () => {
      const kept = memory();
      const at = (percent: number) => flightOf('Contoso_Orders', [{ alias: 'next', percent }], kept, random);
      return { half: at(50), again: at(50), more: at(70), none: at(0), all: at(100) };
    });
    const half = users.filter((user) => user.half);

    expect(half.length).toBeGreaterThan(4800);
    expect(half.length).toBeLessThan(5200);
    expect(users.every((user) => user.half === undefined || user.more !== undefined)).toBe(true);
    expect(users.every((user) => (user.half === undefined) === (user.again === undefined))).toBe(true);
    expect(users.every((user) => user.none === undefined && user.all !== undefined)).toBe(true);
    const url = new URL(addressOf(ORDERS, 'https://orders.ext.test', choiceOf(ORDERS, NONE, half[0]?.half), SESSION));
    expect(url.pathname).toBe('/orders/next');
    expect(url.searchParams.get('flight')).toBe('1');
  });

  it('draws between flights, and anew where nothing can be kept', () => {
    const flights = [
      { alias: 'a', percent: 10 },
      { alias: 'b', percent: 20 },
    ];
    const drawn = (number: number) => flightOf('Contoso_Orders', flights, undefined, () => number)?.alias;

    expect([0, 0.0999, 0.1, 0.2999, 0.3, 0.9999].map(drawn)).toEqual(['a', 'a', 'b', 'b', undefined, undefined]);
    const refuses = {
      getItem: () => {
        throw new Error('no storage');
      },
      setItem: () => {
        throw new Error('no storage');
      },
    };
    expect(flightOf('Contoso_Orders', flights, refuses, () => 0)?.alias).toBe('a');
  });
});
