// Searching a folder and what is below it, going to a row, and coming back to where one was.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { BrowsePage } from './pages/browse';
import { expect, hydrated, place, test } from './portal';

const many = place('analyst', 'reports', 'team/many/');

/** The query of the page's URL. */
const query = (page: Page) => new URL(page.url()).searchParams;

/** Opens the ten thousand rows. */
async function openMany(browse: BrowsePage, signIn: (persona: 'analyst', to: string) => Promise<void>): Promise<void> {
  await signIn('analyst', many);
  await browse.complete('10,000 objects');
}

test('a text anywhere in the name, upper or lower case @phone', async ({ browse, signIn }) => {
  await openMany(browse, signIn);
  await expect(browse.search).toHaveAttribute('placeholder', 'Search 10,000 objects');
  await browse.search.fill('RECORD-0123');
  await expect(browse.footer).toHaveText(/^10 matches among 10,000 objects · complete in/);
  expect(await browse.names()).toEqual(Array.from({ length: 10 }, (_, digit) => `record-0123${digit}.txt`));
  await expect(browse.grid).toHaveAttribute('aria-rowcount', '11');
  await expect(await browse.row('record-01239.txt')).toHaveAttribute('aria-rowindex', '11');

  await browse.search.press('Escape');
  await expect(browse.search).toHaveValue('');
  await browse.complete(/^10,000 objects/);
  await expect(browse.grid).toHaveAttribute('aria-rowcount', '10001');
});

test('a pattern fits the whole name, and the order stays', async ({ browse, signIn }) => {
  await openMany(browse, signIn);
  await browse.search.fill('record-?999*');
  await expect(browse.footer).toHaveText(/^10 matches/);
  await browse.column('Name').getByRole('button').click();
  await expect.poll(async () => (await browse.names())[0]).toBe('record-09999.txt');
  await expect(browse.footer).toHaveText(/^10 matches/);
  await browse.search.fill('9999*');
  await expect(browse.footer).toHaveText(/^0 matches/);
});

test('nothing found says what was looked at @phone', async ({ browse, frame, page, signIn }) => {
  await openMany(browse, signIn);
  await browse.search.fill('no-such-name');
  const notice = frame.notice('Nothing found');
  await expect(notice).toContainText('No name holds “no-such-name”. All 10,000 objects in this folder were looked at.');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await browse.complete(/^10,000 objects/);
});

test('special characters are looked for as they stand', async ({ browse, page, signIn }) => {
  // So tall that every row is in view.
  await page.setViewportSize({ width: 1280, height: 3_000 });
  await signIn('analyst', place('analyst', 'odd-names'));
  await expect(browse.footer).toContainText('complete in');
  const all = await browse.names();
  for (const text of ['[', '\\', '"*"', '日本', '+', '%', '&', 'é', '😀']) {
    const literal = text.replace(/^"(.+)"$/, '$1').toLowerCase();
    const expected = all.filter((name) => name.toLowerCase().includes(literal));
    await browse.search.fill(text);
    await expect(browse.footer).toContainText(`${expected.length} match`);
    if (expected.length > 0) expect(await browse.names(), text).toEqual(expected);
  }
});

test('with subfolders: every object below, by its path @phone', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.search.fill('record-00*7.txt');
  await expect(browse.footer).toHaveText(/^0 matches among 4 objects and 3 folders · complete/);
  await page.getByRole('button', { name: 'With subfolders' }).click();
  await expect(browse.footer).toHaveText(/^100 matches among [\d,]+ objects · complete in/);
  expect((await browse.names())[0]).toBe('many/record-00007.txt');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const download = await browse.save(browse.body().first());
  expect(download.suggestedFilename()).toBe('record-00007.txt');
  await browse.search.fill('');
  await browse.complete('4 objects · 3 folders');
});

test('go to a name: the first row at or after it', async ({ browse, page, signIn }) => {
  await openMany(browse, signIn);
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeVisible();
  await browse.search.fill('record-04999a');
  await page.getByRole('button', { name: 'Go to' }).click();
  await expect(browse.active()).toContainText('record-05000.txt');
  await expect(browse.active()).toBeInViewport({ ratio: 0.9 });
  await browse.complete(/^10,000 objects/);
  await expect(browse.grid).toBeFocused();
  await browse.search.fill('zzz');
  await browse.search.press('Control+Enter');
  await expect(browse.active()).toContainText('record-09999.txt');
  await expect(page.getByText('this is the last row').first()).toBeVisible();
});

test('by keyboard alone: slash, arrows, and first letters', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(browse.search).toBeFocused();
  await page.keyboard.type('plan');
  await expect.poll(() => browse.names()).toEqual(['plan.txt']);
  await page.keyboard.press('ArrowDown');
  await expect(browse.grid).toBeFocused();
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(browse.grid).toBeFocused();
  await browse.complete('4 objects');

  await page.keyboard.type('roa');
  await expect(browse.active()).toContainText('roadmap.svg');
  await page.waitForTimeout(1_100);
  await page.keyboard.press('m');
  await expect(browse.active()).toContainText('many/');
  await page.keyboard.press('m');
  await expect(browse.active()).toContainText('measurements/');
});

test('a link opens the same: sort, search, subfolders and row', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.search.fill('record-00');
  await page.getByRole('button', { name: 'With subfolders' }).click();
  await expect(browse.footer).toHaveText(/^1,000 matches among .* complete/);
  await browse.column('Name').getByRole('button').click();
  await browse.grid.focus();
  await browse.grid.press('PageDown');
  await browse.grid.press('PageDown');
  const active = await browse.active().locator('.entry__name').textContent();
  await expect.poll(() => query(page).get('row')).toBe(active);
  expect(query(page).get('sort')).toBe('-name');
  expect(query(page).get('search')).toBe('record-00');
  expect(query(page).get('subfolders')).toBe('1');

  const link = page.url();
  const other = await page.context().newPage();
  await other.goto(link);
  await hydrated(other);
  await expect(other.getByRole('searchbox')).toHaveValue('record-00');
  await expect(other.getByRole('button', { name: 'With subfolders' })).toHaveAttribute('aria-pressed', 'true');
  await expect(other.locator('.row--active')).toContainText(active!);
  await expect(other.locator('.row--active')).toBeInViewport();
  await expect(other.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending');
});

test('Back, Forward and a reload bring back the place in the list @phone', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.folder('many/').click();
  await browse.complete('10,000 objects');
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeVisible();
  await browse.grid.focus();
  await browse.grid.evaluate((grid) => { grid.scrollTop = 5_000 * 36; });
  await expect.poll(() => page.evaluate(() => String(history.state)), 'the place is kept').toMatch(/^[1-9]\d{3} /);
  const before = await browse.names();

  await page.reload();
  await hydrated(page);
  await expect.poll(() => browse.names(), 'after a reload').toEqual(before);
  await page.goBack();
  await browse.complete('4 objects');
  await page.goForward();
  await expect.poll(() => browse.names(), 'after Forward').toEqual(before);
});

test('what was searched is there again after a folder was looked into', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.search.fill('m');
  await expect.poll(() => browse.names()).toEqual(['many/', 'measurements/', 'handbook.md', 'roadmap.svg']);
  await browse.folder('many/').click();
  await browse.complete('10,000 objects');
  await expect(browse.search).toHaveValue('');
  await page.goBack();
  await expect(browse.search).toHaveValue('m');
  await expect.poll(() => browse.names()).toEqual(['many/', 'measurements/', 'handbook.md', 'roadmap.svg']);
});

test('found is spoken once it rests', async ({ browse, page, signIn }) => {
  await openMany(browse, signIn);
  await browse.search.fill('record-01');
  await expect(page.getByRole('status').filter({ hasText: '1,000 matches among 10,000 objects' })).toBeAttached();
});

test('a part of the program is one file, with all that it shares with others', async ({ browse, page, signIn }) => {
  const loaded: string[] = [];
  page.on('request', (request) => {
    const file = /\/pkg\/([^/]+\.wasm)$/.exec(new URL(request.url()).pathname)?.[1];
    if (file) loaded.push(file);
  });
  await openMany(browse, signIn);
  await browse.search.fill('record-0123');
  await expect(browse.footer).toHaveText(/^10 matches among 10,000 objects · complete in/);
  expect(loaded.filter((file) => file.includes('search'))).toEqual(['split_search.wasm']);
  expect(loaded.filter((file) => !/^(vestibule|split_\w+)\.wasm$/.test(file))).toEqual([]);
  expect(new Set(loaded).size, loaded.join(' ')).toBe(loaded.length);
});

test('where the search does not load the rows stay, the page says so, and trying again finds what was typed @phone', async ({ browse, complaints, page, signIn }) => {
  complaints.foresee(/Connecting to 'https:\/\/sign-in\.invalid\/' violates/);
  complaints.tolerate(/Failed to fetch|WebAssembly/);
  // What an expired session of the balancer makes of it.
  await page.route('**/split_search.wasm', (route) => route.fulfill({ status: 302, headers: { location: 'https://sign-in.invalid/' } }));
  await openMany(browse, signIn);
  await browse.search.fill('record-0123');
  const panel = page.getByRole('heading', { name: 'This part of the page did not load' });
  await expect(panel).toBeVisible();
  await browse.complete('10,000 objects');
  expect((await browse.names())[0]).toBe('record-00000.txt');
  await expect(browse.search).toHaveValue('record-0123');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await browse.column('Name').getByRole('button').click();
  await expect.poll(async () => (await browse.names())[0]).toBe('record-09999.txt');

  await page.unroute('**/split_search.wasm');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(browse.footer).toHaveText(/^10 matches among 10,000 objects · complete in/);
  await expect(panel).toHaveCount(0);
  await expect.poll(() => query(page).get('search')).toBe('record-0123');
  expect((await browse.names())[0], 'the order stays').toBe('record-01239.txt');
});

test('where the search does not load an empty folder still says how much there is', async ({ browse, complaints, page, signIn }) => {
  complaints.foresee(/Connecting to 'https:\/\/sign-in\.invalid\/' violates/);
  complaints.tolerate(/Failed to fetch|WebAssembly/);
  await page.route('**/split_search.wasm', (route) => route.fulfill({ status: 302, headers: { location: 'https://sign-in.invalid/' } }));
  await signIn('analyst', place('analyst', 'empty'));
  await browse.complete('0 objects');
  await expect(browse.grid).toHaveAttribute('aria-busy', 'false');
  await expect(page.getByRole('heading', { name: 'This part of the page did not load' })).toBeVisible();
  await page.unroute('**/split_search.wasm');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'This bucket is empty' })).toBeVisible();
});

test('a link carries what is selected; Back, a reload and another tab bring it back @phone', async ({ browse, context, page, signIn }) => {
  const folder = place('analyst', 'reports', 'team/');
  await signIn('analyst', folder);
  await browse.complete('4 objects');
  const names = await browse.names();
  const [inner = '', object = ''] = [names.find((name) => name.endsWith('/')), names.find((name) => !name.endsWith('/'))];
  const box = (name: string, on = page) => on.getByRole('checkbox', { name: `Select ${name}`, exact: true });
  await box(inner).click();
  await box(object).click();
  await expect.poll(() => query(page).getAll('selected')).toEqual([inner, object].sort());

  const selected = async (on: Page) => {
    await expect(on.locator('.selected')).toContainText('2 selected');
    for (const name of [inner, object]) await expect(box(name, on)).toHaveAttribute('aria-checked', 'true');
  };
  await page.reload();
  await selected(page);
  await browse.folder(inner).click();
  await expect.poll(() => query(page).get('prefix')).toBe(`team/${inner}`);
  await expect(page.locator('.selected')).toBeHidden();
  expect(query(page).getAll('selected')).toEqual([]);
  await page.goBack();
  await selected(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await selected(other);

  // Turned off again, it is gone from the link; what is not there is not selected, and nothing else is said of it.
  await box(inner).click();
  await box(object).click();
  await expect.poll(() => query(page).getAll('selected')).toEqual([]);
  await page.goto(`${folder}&selected=${encodeURIComponent(object)}&selected=no-such-name&selected=`);
  await expect(page.locator('.selected')).toContainText('1 selected');
});

test('a folder that is selected whole is so in the link, but for some; too many names are not in it', async ({ browse, page, signIn }) => {
  await openMany(browse, signIn);
  await browse.search.fill('record-00');
  await expect(browse.footer).toHaveText(/^1,000 matches/);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await expect(page.locator('.selected')).toContainText('1,000 selected');
  await expect.poll(() => query(page).get('search')).toBe('record-00');
  expect([...query(page).keys()]).not.toContain('selected');

  await page.goto(`${many}&all=1&except=record-00003.txt`);
  await expect(page.locator('.selected')).toContainText('9,999 selected');
  const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
  await expect(box('record-00003.txt')).toHaveAttribute('aria-checked', 'false');
  await box('record-00001.txt').click();
  await expect.poll(() => query(page).getAll('except')).toEqual(['record-00001.txt', 'record-00003.txt']);
});
