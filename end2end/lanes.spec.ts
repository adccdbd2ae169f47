// A listing in several lanes: ranges of the key space side by side, over both host names of the bucket.

import type { Page } from '@playwright/test';
import type { BrowsePage } from './pages/browse';
import { expect, place, test } from './portal';

const OBJECTS = 40_000;

test.use({ sandboxOptions: { objects: OBJECTS, latency: 80 } });

const flat = place('analyst', 'synthetic', 'big/');
const whole = '40,000 objects';

/** What was asked of a bucket's listing: by host name, and where each page began. */
function listen(page: Page): { hosts: Map<string, number>; begins: string[] } {
  const asked = { hosts: new Map<string, number>(), begins: [] as string[] };
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.searchParams.get('list-type') !== '2') return;
    asked.hosts.set(url.hostname, (asked.hosts.get(url.hostname) ?? 0) + 1);
    const from = ['start-after', 'continuation-token'].map((name) => url.searchParams.get(name)).find(Boolean);
    asked.begins.push(`${url.searchParams.get('delimiter')} ${from}`);
  });
  return asked;
}

/** Goes through all rows and checks that their numbers have no gap and none twice. */
async function everyNumber(browse: BrowsePage, page: Page, count: number): Promise<void> {
  const seen = new Set<number>();
  await browse.grid.focus();
  await browse.grid.press('Home');
  // A page of rows at a time would be 2,000 presses: places all over it, the edges of pages among them.
  for (let at = 0; at < count; at += 997) {
    await page.evaluate((at) => {
      const grid = document.querySelector('[role=grid]');
      if (grid) grid.scrollTop = at * 36;
    }, at);
    await expect.poll(async () => {
      const rows = await browse.body().evaluateAll((rows) =>
        rows.map((row) => [Number(row.getAttribute('aria-rowindex')) - 2, row.querySelector('.entry__name')?.textContent ?? ''] as const),
      );
      const right = rows.every(([index, name]) => Number(/(\d{8})-/.exec(name)?.[1]) === index);
      if (right) for (const [index] of rows) seen.add(index);
      return right && rows.some(([index]) => Math.abs(index - at) < 40);
    }).toBe(true);
  }
  expect(seen.size).toBeGreaterThan(count / 100);
  await browse.grid.press('End');
  await expect.poll(async () => (await browse.names()).at(-1)).toMatch(new RegExp(`^${String(count - 1).padStart(8, '0')}-`));
}

test('all of it, by both host names, each row in its place', async ({ browse, page, signIn }) => {
  const asked = listen(page);
  await signIn('analyst', flat);
  await browse.complete(whole);
  expect([...asked.hosts.keys()].sort()).toEqual(['127.0.0.1', 'localhost']);
  expect(Math.min(...asked.hosts.values())).toBeGreaterThan(3);
  expect(new Set(asked.begins).size, 'no page twice').toBe(asked.begins.length);
  expect(asked.begins.length, 'few pages more than one lane takes').toBeLessThan(70);
  await expect(browse.grid).toHaveAttribute('aria-rowcount', `${OBJECTS + 1}`);
  await everyNumber(browse, page, OBJECTS);
});

test('rows in view stay where they are while others come', async ({ browse, signIn }) => {
  await signIn('analyst', flat);
  await browse.footer.filter({ hasText: /objects so far$/ }).waitFor();
  const first = await browse.names();
  // Looked at until the end of it: every time, these rows.
  for (let complete = false; !complete; ) {
    complete = (await browse.footer.textContent())?.includes('complete in') ?? false;
    expect(await browse.names()).toEqual(first);
  }
  await browse.complete(whole);
});

test('stopped it keeps what was found, and goes on without asking for it again', async ({ browse, page, signIn }) => {
  const asked = listen(page);
  // It comes no further than this until it was stopped, however fast the machine is.
  let open = (): void => undefined;
  const gate = new Promise<void>((done) => { open = done; });
  let passed = 0;
  await page.route(/[?&]list-type=2/, async (route) => {
    passed += 1;
    if (passed > 8) await gate;
    // Stopping ends those that wait.
    await route.continue().catch(() => undefined);
  });
  await signIn('analyst', flat);
  await browse.footer.filter({ hasText: /objects so far$/ }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(browse.footer).toHaveText(/^[\d,]+ objects so far · stopped$/);
  open();
  const before = asked.begins.length;
  await page.getByRole('button', { name: 'Go on' }).click();
  await browse.complete(whole);
  expect(asked.begins.length).toBeGreaterThan(before);
  // What was under way is asked for again, and nothing else is.
  expect(asked.begins.length - new Set(asked.begins).size).toBeLessThanOrEqual(12);
  await everyNumber(browse, page, OBJECTS);
});

test('a service that says SlowDown gets fewer requests, and is listed to the end', async ({ browse, complaints, page, signIn }) => {
  complaints.foresee(/status of 503/);
  await signIn('admin', place('collector', 'throttled', 'big/'));
  await expect(browse.footer).toContainText('complete in', { timeout: 60_000 });
  await browse.complete(whole);
  await everyNumber(browse, page, OBJECTS);
});

test('a service that does not know start-after is listed to the end', async ({ browse, page, signIn }) => {
  await signIn('admin', place('collector', 'heedless', 'big/'));
  await browse.complete(whole);
  await everyNumber(browse, page, OBJECTS);
});

test('with subfolders: every object below, found by a search', async ({ browse, page, signIn }) => {
  await signIn('admin', place('collector', 'tree', 'big/'));
  await browse.complete('211 folders');
  await browse.search.fill('/000*.csv');
  await page.getByRole('button', { name: 'With subfolders' }).click();
  await expect(browse.footer).toContainText(`among ${whole} · complete in`);
  await browse.search.fill('/0003999');
  await expect(browse.footer).toHaveText(/^10 matches among 40,000 objects/);
  expect((await browse.names()).map((name) => /\/(\d{8})-/.exec(name)?.[1])).toEqual(Array.from({ length: 10 }, (_, digit) => `0003999${digit}`));
});

test('a search over a listing on its way finds what comes later', async ({ browse, signIn }) => {
  await signIn('analyst', flat);
  await browse.search.fill('0003999');
  // 00003999 too.
  await expect(browse.footer).toHaveText(/^11 matches among 40,000 objects · complete in/);
});

test('one lane goes on where the part with the lanes cannot be had', async ({ browse, complaints, page, signIn }) => {
  await page.route(/\/pkg\/.*lanes/, (route) => route.abort());
  const asked = listen(page);
  await signIn('analyst', flat);
  await browse.complete(whole);
  expect([...asked.hosts]).toEqual([['127.0.0.1', OBJECTS / 1_000]]);
  complaints.foresee(/Failed to load resource/);
  complaints.foresee(/Failed to fetch/);
});

test('one host name is enough where the other cannot be reached', async ({ browse, complaints, page, signIn }) => {
  await page.route(/^http:\/\/localhost:/, (route) => route.abort());
  const asked = listen(page);
  await signIn('analyst', flat);
  await browse.complete(whole);
  expect(asked.hosts.get('localhost'), 'tried once').toBe(1);
  complaints.foresee(/Failed to load resource/);
});
