// A table by keys: ranges, cells, the folder above, and what is said of it.

import { BUCKET, active, count, keys, many, open, put, ready, record, said, selected, team, test } from './keyboard';
import { expect, place } from './portal';

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
