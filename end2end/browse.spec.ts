// Walking through folders: by click, by link, back and forward.

import type { Page } from '@playwright/test';
import { bytes } from './pages/browse';
import { expect, place, test } from './portal';

test('from the locations down and back up @phone', async ({ page, browse, signIn, isMobile }) => {
  await signIn('analyst');
  const locations = browse.locations.getByRole('link');
  await expect(locations).toHaveCount(6);
  if (!isMobile) await expect(browse.locations.getByRole('row').nth(1)).toContainText('team/list, read, write, deleteeu-west-1');

  await locations.filter({ hasText: 'reports' }).click();
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/'));
  await expect(page).toHaveTitle('team/ in reports · Vestibule');
  await browse.complete('4 objects · 3 folders');
  expect(await browse.names()).toEqual(['2026/', 'many/', 'measurements/', 'contacts.csv', 'handbook.md', 'plan.txt', 'roadmap.svg']);

  await browse.folder('2026/').click();
  await browse.complete('1 object · 4 folders');
  await browse.folder('q3/').click();
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/2026/q3/'));
  await browse.complete('8 objects');

  await browse.crumbs.getByRole('link', { name: 'team' }).click();
  await browse.complete('4 objects · 3 folders');
  await page.goBack();
  await browse.complete('8 objects');
  await page.goBack();
  await browse.complete('1 object · 4 folders');
  await page.goForward();
  await browse.complete('8 objects');
  await browse.crumbs.getByRole('link', { name: 'Locations' }).click();
  await expect(locations).toHaveCount(6);
});

test('the steps above what the role opens are there, but lead nowhere', async ({ browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/2026/'));
  await browse.complete('1 object');
  await expect(browse.crumbs.getByRole('listitem')).toHaveText(['Locations', 'reports', 'team', '2026']);
  await expect(browse.crumbs.getByRole('link')).toHaveText(['Locations', 'team']);
  await expect(browse.crumbs.locator('[aria-current=page]')).toHaveText('2026');
});

test('a deep link opens its folder, in the role that it names', async ({ browse, frame, signIn }) => {
  await signIn('analyst', place('reader', 'reports', 'archive/2024/'));
  await expect(frame.role).toHaveAccessibleName('Role: Report reader');
  await browse.complete('1 object · 4 folders');
  expect(await browse.names()).toEqual(['q1/', 'q2/', 'q3/', 'q4/', 'annual-report.md']);
});

test('a download is the object, byte for byte', async ({ browse, signIn, page }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const download = await browse.save(await browse.row('plan.txt'));
  expect(download.suggestedFilename()).toBe('plan.txt');
  expect((await bytes(download)).toString()).toBe('Monday: measure.\nTuesday: write it down.\nWednesday: throw half of it away.\n');
  await expect(page.getByText('plan.txt is being saved by the browser').first()).toBeVisible();
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/'));
});

test('sizes and times: short in the row, whole in the tooltip', async ({ page, browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const row = await browse.row('plan.txt');
  await expect(row.getByRole('gridcell').nth(2)).toHaveText('75\u00a0B');
  await expect(row.getByRole('gridcell').nth(3)).toHaveText(/Nov/);
  await row.getByRole('gridcell').nth(3).locator('span').hover();
  await expect(row.getByRole('gridcell').nth(3).locator('[title]')).toHaveAttribute('title', /2026.*ago|2026.*in /);
  await expect(row.getByRole('gridcell').nth(4)).toHaveText('Standard');
  const name = row.getByRole('gridcell').nth(1).locator('.entry');
  await name.hover();
  await expect(name).toHaveAttribute('title', 'plan.txt');
  // The same element shows another object now, under a pointer that rests.
  await page.getByRole('button', { name: 'Name', exact: true }).dispatchEvent('click');
  await expect(name).not.toHaveText(/plan\.txt/);
  await expect(name).toHaveAttribute('title', (await name.locator('.entry__name').textContent()) ?? '');
  // Where nobody points there is none, and so none of another object's.
  await page.mouse.move(0, 0);
  await expect(name).not.toHaveAttribute('title');
});

test('sorting by name, size and time, folders first', async ({ browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/2026/q3/'));
  await browse.complete('8 objects');
  const byName = await browse.names();
  expect(byName).toEqual([...byName].sort());
  await expect(browse.column('Name')).toHaveAttribute('aria-sort', 'ascending');

  await browse.column('Name').getByRole('button').click();
  await expect(browse.column('Name')).toHaveAttribute('aria-sort', 'descending');
  await expect.poll(() => browse.names()).toEqual([...byName].reverse());

  await browse.column('Size').getByRole('button').click();
  await expect(browse.column('Size')).toHaveAttribute('aria-sort', 'ascending');
  await expect(browse.column('Name')).not.toHaveAttribute('aria-sort');
  await expect.poll(async () => (await browse.names()).at(0)).toBe('summary.json');
  await browse.column('Modified').getByRole('button').click();
  await expect(browse.column('Modified')).toHaveAttribute('aria-sort', 'ascending');
  await expect.poll(async () => (await browse.names()).slice(-2).sort()).toEqual(['chart.svg', 'summary.json']);
});

test('a screen reader is told every column, on a phone too @phone', async ({ browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const row = await browse.row('plan.txt');
  // What is not displayed is in no row for them.
  await expect(row.getByRole('gridcell').filter({ hasText: /^75\sB$/ })).toHaveCount(1);
  await expect(row.getByRole('gridcell').filter({ hasText: /^[A-Z][a-z]{2} \d/ })).toHaveCount(1);
});

test('an empty bucket says what would be here @phone', async ({ frame, browse, signIn, page }) => {
  await signIn('analyst', place('analyst', 'empty'));
  const notice = frame.notice('This bucket is empty');
  await expect(notice).toContainText('Every object of the bucket empty would be listed here.');
  await expect(browse.footer).toContainText('0 objects · complete in');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(notice).toBeVisible();
});

test('a folder that is not there is empty', async ({ frame, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/nowhere/'));
  await expect(frame.notice('This folder is empty')).toContainText('keys begin with “team/nowhere/”');
});

test('a bucket that the role does not open', async ({ frame, signIn, page, browse }) => {
  await signIn('analyst', place('analyst', 'private'));
  await expect(frame.notice('This bucket is not open here')).toContainText('The role Data analyst does not open the bucket “private”.');
  await page.getByRole('link', { name: 'All locations' }).click();
  await expect(browse.locations.getByRole('link')).toHaveCount(6);
});

test('changing the role keeps the place where the role opens it', async ({ browse, frame, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/2026/'));
  await browse.complete('1 object');
  await frame.choose('Report reader');
  await expect(page).toHaveURL(place('reader', 'reports', 'team/2026/'));
  await browse.complete('1 object');
  await expect(browse.crumbs.getByRole('link', { name: 'reports' })).toBeVisible();
});

test('a path that leads nowhere is a 404 that leads back @phone', async ({ page, frame, signIn, complaints }) => {
  await signIn('analyst');
  complaints.foresee(/status of 404/);
  const answer = await page.goto('/no-such-page');
  expect(answer?.status()).toBe(404);
  await expect(frame.notice('There is no such page')).toBeVisible();
});

test('pages follow the address: a link changes it, Back and a reload find it', async ({ browse, frame, page, signIn }) => {
  const folder = place('analyst', 'reports', 'team/2026/');
  await signIn('analyst', folder);
  await browse.complete('1 object');
  await frame.sections.getByRole('link', { name: 'My access' }).click();
  await expect(page.getByRole('heading', { name: 'My access', level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/access\?role=analyst$/);
  await frame.sections.getByRole('link', { name: 'Functions' }).click();
  await expect(page).toHaveURL(/\/functions\?role=analyst/);
  await page.goBack();
  await expect(page).toHaveURL(/\/access\?role=analyst$/);
  await expect(page.getByRole('heading', { name: 'My access', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(folder);
  await browse.complete('1 object');
  await page.goForward();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'My access', level: 1 })).toBeVisible();
});

/** Tells the program, before it begins, that a permission is missing everywhere. */
async function without(page: Page, permission: string): Promise<void> {
  await page.addInitScript((permission) => {
    // The document is whole then, and none of its modules has run.
    document.addEventListener(
      'readystatechange',
      () => {
        const told = document.getElementById('viewer');
        if (told?.textContent) told.textContent = told.textContent.replaceAll(new RegExp(`"${permission}",|,"${permission}"`, 'g'), '');
      },
      { once: true },
    );
  }, permission);
}

test('where the role may not read, every way to download says so and asks nothing', async ({ browse, page, signIn }) => {
  await without(page, 'read');
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const why = 'The role Data analyst may not read here.';
  const press = (await browse.row('plan.txt')).getByRole('button', { name: 'Download plan.txt' });
  await expect(press).toHaveAttribute('aria-disabled', 'true');
  await expect(press).toHaveAttribute('title', why);
  await expect(browse.grid.getByText('dot segment')).toHaveCount(0);
  await press.dispatchEvent('click');
  await expect(browse.alert).toContainText(`${why} Choose another role at the top`);
  const above = page.getByRole('button', { name: `Download: ${why}` });
  await expect(above).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('checkbox', { name: 'Select plan.txt' }).click();
  await expect(page.locator('.selected')).toContainText('1 selected');
  await expect(above).toHaveAttribute('aria-disabled', 'true');
  expect(asked.filter((url) => url.includes('plan.txt'))).toEqual([]);
});

test('where the role may not list, nothing is asked, and files can still be uploaded', async ({ frame, page, signIn }) => {
  await without(page, 'list');
  // What the server wrote it wrote for a role that lists: the folder is drawn here.
  await signIn('analyst', '/browse?role=uploader');
  const listed: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('list-type=2')) listed.push(request.url());
  });
  await page.getByRole('link', { name: 'uploads', exact: true }).click();
  const why = 'The role Uploader may not list here.';
  await expect(frame.notice('This folder cannot be listed')).toContainText(why);
  await expect(page.getByRole('button', { name: `Download: ${why}` })).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByRole('button', { name: 'Upload', exact: true })).toBeVisible();
  expect(listed).toEqual([]);
});
