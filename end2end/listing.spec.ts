// Listings of many pages: all of it, as it comes, without a round trip too many.

import { expect, place, test } from './portal';

test('ten thousand objects, to the last row @phone', async ({ browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  await expect(browse.grid).toHaveAttribute('aria-rowcount', '10001');
  expect((await browse.names())[0]).toBe('record-00000.txt');

  await browse.grid.focus();
  await browse.grid.press('End');
  await expect.poll(async () => (await browse.names()).at(-1)).toBe('record-09999.txt');
  const last = await browse.row('record-09999.txt');
  await expect(last).toBeInViewport({ ratio: 0.9 });
  await expect(last).toHaveAttribute('aria-rowindex', '10001');
  expect(await browse.body().count(), 'only what is in view exists').toBeLessThan(100);
});

test('the wheel reaches the last row too, and rows do not move away from the pointer', async ({ browse, signIn, page }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  await browse.grid.hover();
  await page.mouse.wheel(0, 500_000);
  await expect.poll(async () => (await browse.names()).at(-1)).toBe('record-09999.txt');
  await expect(await browse.row('record-09999.txt')).toBeInViewport({ ratio: 0.9 });
});

test('sorted the other way round, every name is there once', async ({ browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  await browse.column('Name').getByRole('button').click();
  await expect.poll(async () => (await browse.names()).slice(0, 2)).toEqual(['record-09999.txt', 'record-09998.txt']);
  await browse.grid.focus();
  await browse.grid.press('End');
  await expect.poll(async () => (await browse.names()).at(-1)).toBe('record-00000.txt');
});

test('no page of it costs a preflight: every GET is signed in its query and has no header of ours', async ({ browse, functions, page, sandbox, signIn }) => {
  const network = await page.context().newCDPSession(page);
  const sent: { method: string; url: string; headers: string[] }[] = [];
  network.on('Network.requestWillBeSent', ({ request: { method, url, headers } }) => {
    sent.push({ method, url, headers: Object.keys(headers).map((name) => name.toLowerCase()) });
  });
  await network.send('Network.enable');
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  await browse.crumbs.getByRole('link', { name: 'team' }).click();
  await browse.complete('4 objects');

  // Over both names of this device.
  const port = new URL(sandbox.endpoints.s3).port;
  const toS3 = sent.filter(({ url }) => new URL(url).port === port);
  expect(toS3.length, 'ten pages of a thousand, and one').toBeGreaterThanOrEqual(11);
  expect(new Set(toS3.map(({ url }) => new URL(url).hostname)).size).toBe(2);
  expect(toS3.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(sent.filter(({ method }) => method === 'OPTIONS')).toEqual([]);
  // What Chromium itself adds; anything else would make the request one that needs to be asked for.
  const harmless = /^(accept|accept-language|cache-control|pragma|origin|referer|user-agent|sec-.*|host|connection|dnt)$/;
  for (const { url, headers } of toS3) {
    expect(headers.filter((name) => !harmless.test(name))).toEqual([]);
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-Algorithm')).toBe('AWS4-HMAC-SHA256');
    expect(query.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(query.get('X-Amz-Expires'))).toBeLessThanOrEqual(120);
    expect(query.get('X-Amz-Security-Token')).toBeTruthy();
  }

  // The same ear hears the preflight of a request that needs one, so its silence above means something.
  await page.goto('/functions?role=analyst&name=echo');
  await functions.call('{}');
  await expect(functions.result).toContainText('200');
  expect(sent.filter(({ method }) => method === 'OPTIONS')).toHaveLength(1);
});

test('signed addresses stand nowhere in the page', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.save(await browse.row('plan.txt'));
  const traces = await page.evaluate(() => ({
    document: document.documentElement.outerHTML,
    links: [...document.querySelectorAll('[href], [src]')].map((element) => element.getAttribute('href') ?? element.getAttribute('src')).join(' '),
    timing: performance.getEntriesByType('resource').map(({ name }) => name).join(' '),
    state: JSON.stringify(history.state),
    address: location.href,
  }));
  for (const [where, text] of Object.entries(traces)) expect(text, where).not.toMatch(/X-Amz-|Signature=/i);
});
