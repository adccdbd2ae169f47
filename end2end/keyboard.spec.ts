// Everything by keys: ranges, cells, the shortcuts under `?`, and what is said of it.

import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Page } from '@playwright/test';
import type { BrowsePage } from './pages/browse';
import { Operations } from './pages/operations';
import { Overlay } from './pages/overlay';
import { expect, place, test as base } from './portal';
import { Visitor } from './visitor';

const BUCKET = 'uploads';
const many = place('analyst', 'reports', 'team/many/');
const team = place('analyst', 'reports', 'team/');

const test = base.extend<{ operations: Operations; overlay: Overlay; s3: S3Client; prefix: string }>({
  operations: async ({ page }, use) => use(new Operations(page)),
  overlay: async ({ page }, use) => use(new Overlay(page)),
  s3: async ({ sandbox }, use) => {
    const visitor = await Visitor.signIn(sandbox, 'analyst');
    const { AccessKeyId, SecretAccessKey, SessionToken } = await visitor.credentials('uploader');
    const s3 = new S3Client({
      region: 'eu-west-1',
      endpoint: sandbox.endpoints.s3,
      forcePathStyle: true,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
    await use(s3);
    s3.destroy();
  },
  prefix: async ({ s3 }, use, info) => {
    const prefix = `keyboard-${info.parallelIndex}-${info.testId}-${info.repeatEachIndex}/`;
    await use(prefix);
    for (let left = await keys(s3, prefix); left.length > 0; left = await keys(s3, prefix)) {
      const Objects = left.slice(0, 1_000).map((name) => ({ Key: prefix + name }));
      await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    }
  },
});

async function put(s3: S3Client, key: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }));
}

/** The keys below `prefix`, without it. */
async function keys(s3: S3Client, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined, first = true; first || token; first = false) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix, ContinuationToken: token }));
    found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
    token = page.NextContinuationToken;
  }
  return found;
}

/** Opens a folder, with everything that keys need. */
async function open(page: Page, browse: BrowsePage, signIn: (persona: 'analyst', to: string) => Promise<void>, to: string, found: string): Promise<void> {
  await signIn('analyst', to);
  await browse.complete(found);
  await ready(page);
  await browse.grid.focus();
}

async function ready(page: Page): Promise<void> {
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toBeAttached();
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeAttached();
}

/** The names of the rows in view that are selected. */
function selected(browse: BrowsePage): Promise<string[]> {
  return browse.grid
    .locator('[role=row][aria-selected=true]:not([hidden])')
    .evaluateAll((rows) => rows.map((row) => row.querySelector('.entry__name')?.textContent ?? ''));
}

const record = (at: number) => `record-${String(at).padStart(5, '0')}.txt`;
const active = (browse: BrowsePage) => browse.active().locator('.entry__name');
const count = (page: Page) => page.locator('.selected');
const said = (page: Page) => page.locator('#said');

test('a range grows and shrinks with Shift, and leaves what was selected before', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, many, '10,000 objects');
  await expect(browse.grid).toHaveAttribute('aria-multiselectable', 'true');
  await page.keyboard.press('Space');
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowDown');
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Shift+ArrowDown');
  await expect.poll(() => selected(browse)).toEqual([0, 3, 4, 5, 6].map(record));
  await expect(count(page)).toContainText('5 selected');
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('Shift+ArrowUp');
  await expect.poll(() => selected(browse), 'on the other side of where it began').toEqual([0, 2, 3].map(record));
  await page.keyboard.press('Shift+End');
  await expect(count(page)).toContainText('9,998 selected');
  await expect(active(browse)).toHaveText(record(9_999));
  await page.keyboard.press('Shift+Home');
  await expect(count(page)).toContainText('4 selected');
  await page.keyboard.press('Shift+PageDown');
  await expect.poll(async () => (await selected(browse)).length).toBeGreaterThan(8);

  await page.keyboard.press('Escape');
  await expect(count(page)).toHaveCount(0);
  expect(await selected(browse)).toEqual([]);

  // From the row that was selected last.
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+Space');
  await expect.poll(() => selected(browse)).toEqual([1, 2, 3, 4].map(record));
});

test('clicks with Shift and Ctrl select, and do nothing else', async ({ page, browse, signIn, context }) => {
  await open(page, browse, signIn, team, '4 objects');
  let downloads = 0;
  page.on('download', () => downloads++);
  const row = (name: string) => browse.grid.locator('[role=row]:not([hidden])', { has: page.locator('.entry__name', { hasText: new RegExp(`^${name}$`) }) });
  await row('many/').locator('.cell--size').click();
  await row('plan.txt').locator('.entry').click({ modifiers: ['Shift'] });
  const all = await browse.names();
  const range = all.slice(all.indexOf('many/'), all.indexOf('plan.txt') + 1);
  await expect.poll(() => selected(browse)).toEqual(range);
  await expect(browse.grid).toBeFocused();
  expect(await page.evaluate(() => String(getSelection())), 'no text is').toBe('');
  await row('many/').locator('.cell--time').click({ modifiers: ['ControlOrMeta'] });
  await expect.poll(() => selected(browse)).toEqual(range.slice(1));
  await row('roadmap.svg').locator('.entry').click({ modifiers: ['ControlOrMeta'] });
  await expect.poll(() => selected(browse)).toEqual([...range.slice(1), 'roadmap.svg']);
  expect(downloads).toBe(0);
  expect(page.url()).toContain(team.split('?')[1]);

  // A link is a link.
  const opened = context.waitForEvent('page');
  await row('many/').locator('.entry').click({ modifiers: ['ControlOrMeta'] });
  await (await opened).close();
  await expect.poll(() => selected(browse)).toEqual([...range.slice(1), 'roadmap.svg']);
});

test('selection and active row hold rows, and not places: sorted, and while more come', async ({ page, browse, signIn }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/continuation-token|start-after/, async (route) => {
    await held;
    await route.continue();
  });
  await signIn('analyst', many);
  await expect(browse.footer).toContainText('so far');
  await ready(page);
  await browse.column('Name').getByRole('button').click();
  await expect.poll(async () => (await browse.names())[0]).toBe(record(999));
  await browse.grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(active(browse)).toHaveText(record(997));
  release();
  await browse.complete('10,000 objects');
  await expect(count(page)).toContainText('1 selected');
  // From where it stands now.
  await page.keyboard.press('ArrowUp');
  await expect(active(browse)).toHaveText(record(998));
  await page.keyboard.press('Shift+ArrowDown');
  await expect.poll(() => selected(browse)).toEqual([record(998), record(997)]);
  await browse.column('Name').getByRole('button').click();
  await browse.grid.focus();
  await expect(browse.column('Name')).toHaveAttribute('aria-sort', 'ascending');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(active(browse)).toHaveText(record(998));
  await expect.poll(() => selected(browse)).toEqual([record(997), record(998)]);
});

test('everything, while it is still being listed, but for two: deleted by what S3 lists', async ({ page, browse, operations, signIn, s3, prefix }) => {
  const names = Array.from({ length: 1_100 }, (_, at) => record(at));
  for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map((name) => put(s3, prefix + name)));
  await put(s3, `${prefix}folder/inside.txt`);
  // The table never gets its second page; what walks through the folder does.
  await page.route(/delimiter=.*(continuation-token|start-after)|(continuation-token|start-after).*delimiter=/, () => undefined);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await expect(browse.footer).toContainText('so far');
  await ready(page);
  await browse.grid.focus();
  await page.keyboard.press('Control+a');
  await expect(count(page)).toHaveText('All 1,000 so far selected');
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toHaveAttribute('aria-checked', 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(count(page)).toHaveText('All 998 so far selected');
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toHaveAttribute('aria-checked', 'mixed');
  await page.keyboard.press('Delete');
  await expect(operations.dialog).toContainText('Delete everything but 2?');
  const act = operations.dialog.getByRole('button', { name: 'Delete 1,099 objects' });
  await expect(act).toBeVisible();
  await operations.dialog.getByRole('textbox').fill('1099');
  await act.click();
  await expect(operations.lines).toContainText('1,099 objects deleted');
  expect(await keys(s3, prefix)).toEqual([record(0), record(1)]);
});

test('into the cells of a row and back, from left to right and from right to left', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('End');
  await expect(active(browse)).toHaveText('roadmap.svg');
  const named = () => page.evaluate(() => {
    const id = document.querySelector('[role=grid]')?.getAttribute('aria-activedescendant') ?? '';
    const element = document.getElementById(id);
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });
  for (const direction of ['ltr', 'rtl']) {
    await page.evaluate((dir) => { document.documentElement.dir = dir; }, direction);
    const [into, back] = direction === 'ltr' ? ['ArrowRight', 'ArrowLeft'] : ['ArrowLeft', 'ArrowRight'];
    await page.keyboard.press(into!);
    await expect.poll(named).toBe('Select roadmap.svg');
    await page.keyboard.press('Enter');
    await expect.poll(() => selected(browse)).toEqual(['roadmap.svg']);
    await page.keyboard.press('Space');
    await expect.poll(() => selected(browse)).toEqual([]);
    await page.keyboard.press(into!);
    await expect.poll(named).toMatch(/^roadmap.svg/);
    await page.keyboard.press(into!);
    await expect.poll(named).toMatch(/\d\sk?B$/);
    // The same column of the row above.
    await page.keyboard.press('ArrowUp');
    await expect(active(browse)).toHaveText('plan.txt');
    await expect.poll(() => page.evaluate(() => document.querySelector('.row--active [data-active]')?.className)).toContain('cell--size');
    for (let presses = 0; presses < 9; presses++) await page.keyboard.press(into!);
    await expect.poll(named).toBe('Download plan.txt');
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await download).suggestedFilename()).toBe('plan.txt');
    for (let presses = 0; presses < 9; presses++) await page.keyboard.press(back!);
    await page.keyboard.press('End');
    await expect(browse.grid).toHaveAttribute('aria-activedescendant', await browse.active().getAttribute('id') ?? 'none');
  }
  // A folder's name opens it.
  await page.evaluate(() => { document.documentElement.dir = 'ltr'; });
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/2026/'));
});

test('every cell of the table is numbered', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  const numbers = await browse.grid.locator('[role=row]:not([hidden])').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.getAttribute('aria-colindex')).join(' ')));
  expect(new Set(numbers)).toEqual(new Set(['1 2 3 4 5 6']));
  await expect(browse.grid).toHaveAttribute('aria-colcount', '6');
});

test('the list under ? holds what works on the page, and only that', async ({ page, browse, frame, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeVisible();
  await expect(overlay.close).toBeFocused();
  expect(await overlay.groups()).toEqual(['Anywhere', 'In a table', 'Selection', 'In a folder']);
  await page.keyboard.press('Escape');
  await expect(overlay.dialog).toBeHidden();
  await expect(browse.grid).toBeFocused();

  await frame.person.click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await expect(overlay.dialog).toBeVisible();
  await overlay.close.click();
  await expect(overlay.dialog).toBeHidden();

  await page.goto('/functions?role=analyst&name=echo');
  await expect(page.getByRole('button', { name: 'Invoke' })).toBeVisible();
  await page.locator('#said').waitFor({ state: 'attached' });
  await page.keyboard.press('Control+/');
  expect(await overlay.groups()).toEqual(['Anywhere', 'Function']);
});

test('a Mac has its own keys', async ({ page, browse, overlay, signIn }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' }));
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await expect(overlay.entry('Select everything')).toContainText('⌘A');
  await expect(overlay.entry('The folder above')).toContainText('⌥↑');
  await expect(overlay.dialog).not.toContainText('Ctrl');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  expect(await selected(browse)).toEqual([]);
  await page.keyboard.press('Meta+a');
  await expect(count(page)).toContainText('selected');
  await browse.search.fill('x');
  await expect(page.getByRole('button', { name: 'Go to' })).toHaveAttribute('title', /⌘\+Enter/);
});

test('single characters can be switched off, and stay off', async ({ page, browse, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await overlay.singleKeys.uncheck();
  await expect(overlay.entry('Search').getByText('off')).toBeAttached();
  await page.keyboard.press('Escape');
  for (const key of ['/', '?', 'g', 'u']) await page.keyboard.press(key);
  await expect(overlay.dialog).toBeHidden();
  await expect(browse.grid).toBeFocused();
  await expect(page).toHaveURL(new RegExp(`prefix=team%2F(&|$)`));
  await page.reload();
  await browse.complete('4 objects');
  await ready(page);
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Control+/');
  await expect(overlay.dialog).toBeVisible();
  await overlay.singleKeys.check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeVisible();
});

test('nothing fires where text is typed, in dialogs, beside menus or while a character is composed', async ({ page, browse, operations, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await browse.search.focus();
  await page.keyboard.type('?ug/');
  await expect(browse.search).toHaveValue('?ug/');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await expect(browse.search).toHaveValue('');
  await expect(count(page)).toHaveCount(0);
  await expect(operations.dialog).toBeHidden();

  await browse.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('F2');
  await expect(operations.dialog).toBeVisible();
  for (const key of ['?', 'Delete', 'Alt+ArrowUp']) await page.keyboard.press(key);
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
  await expect(count(page), 'Escape was for the dialog').toContainText('1 selected');
  await expect(page).toHaveURL(new RegExp(`prefix=team%2F(&|$)`));

  await operations.more.click();
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(operations.menu).toBeHidden();
  await expect(count(page)).toContainText('1 selected');

  await browse.grid.focus();
  await browse.grid.evaluate((grid) => {
    for (const key of ['?', 'Delete', 'Escape']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, isComposing: true }));
  });
  await expect(count(page)).toContainText('1 selected');
  await expect(overlay.dialog).toBeHidden();
});

test('what belongs to the browser stays its own', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.evaluate(() => {
    const taken: string[] = [];
    Object.assign(window, { taken });
    addEventListener('keydown', (event) => event.defaultPrevented && taken.push(event.key));
  });
  for (const key of ['Control+c', 'Control+x', 'Control+f', 'Control+Shift+a', 'F5', 'Tab']) {
    await browse.grid.evaluate((grid, pressed) => {
      const parts = pressed.split('+');
      const key = parts.at(-1)!;
      grid.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: parts.includes('Control'), shiftKey: parts.includes('Shift'), bubbles: true, cancelable: true }));
    }, key);
  }
  expect(await page.evaluate(() => (window as unknown as { taken: string[] }).taken)).toEqual([]);
});

test('the folder above, at the row of the one that was left', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, place('analyst', 'reports', 'team/many/'), '10,000 objects');
  await page.keyboard.press('Alt+ArrowUp');
  await browse.complete('4 objects');
  await expect(active(browse)).toHaveText('many/');
  await page.keyboard.press('Enter');
  await browse.complete('10,000 objects');
  // A letter in the table goes to a name; elsewhere it is a shortcut.
  await page.locator('main').focus();
  await page.keyboard.press('u');
  await browse.complete('4 objects');
  await expect(active(browse)).toHaveText('many/');
});

test('what a role may not do is said, and shown', async ({ page, browse, operations, signIn }) => {
  await open(page, browse, signIn, place('reader', 'reports', 'team/'), '4 objects');
  await page.keyboard.press('End');
  await page.keyboard.press('Delete');
  await expect(said(page)).toHaveText(/Delete: The role Report reader may not delete here\./);
  await expect(said(page)).toBeInViewport();
  await expect(operations.dialog).toBeHidden();
  await page.keyboard.press('F2');
  await expect(said(page)).toHaveText(/Rename: The role Report reader may not write here\./);
});

test('what happens is said, once it rests, in one place', async ({ page, browse, operations, signIn, s3, prefix }) => {
  await put(s3, `${prefix}a.txt`);
  await put(s3, `${prefix}b.txt`);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('2 objects');
  await ready(page);
  await expect(page.locator('.frame').getByRole('status')).toHaveCount(1);
  await expect(said(page)).toHaveText(/2 objects · complete in/);
  await browse.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(said(page)).toHaveText(/2 selected/);
  await page.keyboard.press('Escape');
  await expect(said(page)).toHaveText(/Nothing selected/);
  await browse.search.fill('a');
  await expect(said(page)).toHaveText(/1 match among 2 objects/);
  await browse.search.fill('');
  await browse.grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  await operations.dialog.getByRole('button', { name: 'Delete 1 object' }).click();
  await expect(said(page)).toHaveText(/Delete a\.txt: 1 object deleted/);
});

// What each line of the list does, proved by pressing it. A line that is not here fails the test.
test('every line of the list does what it says', async ({ page, browse, operations, overlay, signIn, s3, prefix }) => {
  test.slow();
  for (const name of ['f/1', 'a.txt', 'b.txt', 'c.txt', 'd.txt']) await put(s3, prefix + name);
  const here = place('uploader', BUCKET, prefix);
  const at = (name: string) => expect(active(browse)).toHaveText(name);
  const toFirst = async (): Promise<void> => {
    await browse.grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Escape');
    await at('f/');
  };
  const inSearch = async (text: string): Promise<void> => {
    await browse.search.fill(text);
    await browse.search.focus();
  };
  const proofs: Record<string, (way: string) => Promise<void>> = {
    'Show the details of the row, or hide them': async (way) => {
      const details = page.getByRole('complementary', { name: 'Details' });
      await press(way);
      await expect(details).toBeVisible();
      await page.keyboard.press(way);
      await expect(details).toHaveCount(0);
    },
    'Show this list': async (way) => {
      await press(way);
      await expect(overlay.dialog).toBeVisible();
      await page.keyboard.press('Escape');
    },
    'Next row, row before': async (way) => {
      if (way === 'ArrowUp') await page.keyboard.press('ArrowDown');
      await press(way);
      await at(way === 'ArrowUp' ? 'f/' : 'a.txt');
    },
    'A page down, a page up': async (way) => {
      if (way === 'PageUp') await page.keyboard.press('End');
      await press(way);
      await at(way === 'PageUp' ? 'f/' : 'd.txt');
    },
    'First row, last row': async (way) => {
      if (way === 'Home') await page.keyboard.press('End');
      await press(way);
      await at(way === 'Home' ? 'f/' : 'd.txt');
    },
    'Open the row, or do what its active cell does': async (way) => {
      await press(way);
      await expect(page).toHaveURL(place('uploader', BUCKET, `${prefix}f/`));
      await browse.complete('1 object');
      await page.goBack();
      await browse.complete('4 objects');
    },
    'The next row that begins with what is typed': async () => {
      await press('c');
      await at('c.txt');
    },
    'Into the cells of the row, and back': async (way) => {
      const mark = browse.active().locator('[data-active]');
      if (way === 'ArrowLeft') await page.keyboard.press('ArrowRight');
      await press(way);
      await expect(mark).toHaveCount(way === 'ArrowLeft' ? 0 : 1);
      if (way === 'ArrowRight') await page.keyboard.press('ArrowLeft');
    },
    'Select the row, or not any more': async (way) => {
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/']);
      await press(way);
      await expect.poll(() => selected(browse)).toEqual([]);
    },
    'Select from the row selected last to this one': async (way) => {
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/', 'a.txt', 'b.txt']);
    },
    'Select on the way there': async (way) => {
      const up = /Up|Home/.test(way);
      if (up) await page.keyboard.press('End');
      await press(way);
      const all = ['f/', 'a.txt', 'b.txt', 'c.txt', 'd.txt'];
      const two = up ? all.slice(-2) : all.slice(0, 2);
      await expect.poll(() => selected(browse)).toEqual(way.includes('Arrow') ? two : all);
    },
    'Select everything': async (way) => {
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/', 'a.txt', 'b.txt', 'c.txt', 'd.txt']);
    },
    'Clear the selection': async (way) => {
      await page.keyboard.press('Space');
      await expect.poll(() => selected(browse)).toEqual(['f/']);
      await press(way);
      await expect.poll(() => selected(browse)).toEqual([]);
    },
    Search: async (way) => {
      await press(way);
      await expect(browse.search).toBeFocused();
      await expect(browse.search).not.toHaveAttribute('placeholder', 'Go to a name');
    },
    'Go to a name: type it, then Enter': async (way) => {
      await page.locator('main').focus();
      await press(way);
      await expect(browse.search).toBeFocused();
    },
    'In the search box: go to that name': async (way) => {
      await inSearch('b');
      await press(way);
      await at('b.txt');
      expect(await browse.names()).toHaveLength(5);
    },
    'In the search box: to the rows': async (way) => {
      await inSearch('d');
      await press(way);
      await expect(browse.grid).toBeFocused();
      await expect.poll(() => browse.names()).toEqual(['d.txt']);
      await browse.search.fill('');
      await expect.poll(() => browse.names()).toHaveLength(5);
    },
    'In the search box: empty it, and then to the rows': async (way) => {
      await inSearch('d');
      await press(way);
      await expect(browse.search).toHaveValue('');
      await press(way);
      await expect(browse.grid).toBeFocused();
    },
    'The folder above': async (way) => {
      if (way === 'u') await page.locator('main').focus();
      await press(way);
      await expect(page).not.toHaveURL(new RegExp(`prefix=${prefix.slice(0, -1)}`));
      await page.goto(here);
      await browse.complete('4 objects');
      await ready(page);
    },
    'Rename what is selected, or the active row': async (way) => {
      await press(way);
      await expect(operations.dialog.getByRole('textbox', { name: 'New name' })).toHaveValue('f');
      await page.keyboard.press('Escape');
      await expect(operations.dialog).toBeHidden();
    },
    'Delete what is selected, or the active row': async (way) => {
      await page.keyboard.press('ArrowDown');
      await press(way);
      await expect(operations.dialog).toContainText('Delete a.txt?');
      await page.keyboard.press('Escape');
      await expect(operations.dialog).toBeHidden();
    },
  };
  const press = (way: string): Promise<void> => page.keyboard.press(way.replace('Mod', 'Control'));
  await open(page, browse, signIn, here, '4 objects');
  await page.keyboard.press('?');
  const entries = await overlay.entries();
  expect(entries.map(({ words }) => words).sort()).toEqual(Object.keys(proofs).sort());
  await page.keyboard.press('Escape');
  for (const { words, ways } of entries) {
    expect(ways.length, words).toBeGreaterThan(0);
    for (const way of ways) {
      await test.step(`${words}: ${way}`, async () => {
        await toFirst();
        await proofs[words]!(way);
      });
    }
  }
});

test('a function is invoked as the list says', async ({ page, overlay, signIn }) => {
  await signIn('analyst', '/functions?role=analyst&name=echo');
  await page.locator('#said').waitFor({ state: 'attached' });
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"a": 1}');
  await page.getByRole('link', { name: 'Functions', exact: true }).focus();
  await page.keyboard.press('?');
  expect((await overlay.entries()).map(({ words, ways }) => [words, ...ways])).toEqual([
    ['Show this list', '?', 'Mod+/'],
    ['Invoke the function', 'Mod+Enter'],
  ]);
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Payload' }).focus();
  await page.keyboard.press('Control+Enter');
  await page.getByText('REPORT RequestId').waitFor();
  await expect(said(page)).toContainText('The function answered after');
});
