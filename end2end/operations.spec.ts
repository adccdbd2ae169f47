// Copies, moves, renames, deletes and links: what the page says, and what is in the bucket afterwards.

import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Operations } from './pages/operations';
import { expect, place, test as base } from './portal';
import { Visitor } from './visitor';

const BUCKET = 'uploads';

const test = base.extend<{ operations: Operations; s3: S3Client; prefix: string }>({
  operations: async ({ page }, use) => use(new Operations(page)),
  s3: async ({ sandbox }, use) => use(await (await Visitor.signIn(sandbox, 'analyst')).s3('uploader')),
  prefix: async ({}, use, info) => use(`operations-${info.testId}-${info.retry}-${Date.now()}/`),
});

async function put(s3: S3Client, key: string, text = key): Promise<void> {
  const Metadata = { origin: 'a test' };
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text, ContentType: 'text/x-of-its-own', Metadata }));
}

async function keys(s3: S3Client, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix, ContinuationToken: token }));
    found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
    token = page.NextContinuationToken;
  }
  return found;
}

async function text(s3: S3Client, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

test('objects and folders are copied, with what belongs to them @phone', async ({ operations, browse, signIn, s3, prefix }) => {
  for (const name of ['a.txt', 'é & b.txt', 'inner/c.txt', 'inner/deep/d.txt', 'other/e.txt']) await put(s3, prefix + name);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('2 objects');
  await operations.choose('é & b.txt', 'inner/');
  await operations.ask('Copy…');
  await operations.send('Copy', `${prefix}copies`);
  await expect(operations.lines).toContainText('3 objects copied');
  expect(await keys(s3, `${prefix}copies/`)).toEqual(['inner/c.txt', 'inner/deep/d.txt', 'é & b.txt']);
  expect(await keys(s3, prefix)).toContain('inner/deep/d.txt');
  const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: `${prefix}copies/inner/c.txt` }));
  expect([head.ContentType, head.Metadata]).toEqual(['text/x-of-its-own', { origin: 'a test' }]);
  // The listing shows the new folder without being asked.
  await expect(browse.folder('copies/')).toBeVisible();
});

test('a move leaves what is at the destination, and what would replace it', async ({ operations, browse, signIn, s3, prefix }) => {
  for (const name of ['from/1', 'from/2', 'from/3']) await put(s3, prefix + name);
  await put(s3, `${prefix}to/from/2`, 'was there before');
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('2 folders');
  await operations.choose('from/');
  await operations.ask('Move…');
  await operations.send('Move', `${prefix}to/`);
  await expect(operations.lines).toContainText('2 objects moved');
  await expect(operations.lines).toContainText('1 object left, because there is one of that name');
  expect(await keys(s3, prefix)).toEqual(['from/2', 'to/from/1', 'to/from/2', 'to/from/3']);
  expect(await text(s3, `${prefix}to/from/2`)).toBe('was there before');

  await operations.lines.getByRole('button', { name: /^Dismiss/ }).click();
  await operations.choose('from/');
  await operations.ask('Move…');
  await operations.send('Move', `${prefix}to/`, true);
  await expect(operations.lines).toContainText('1 object moved');
  expect(await keys(s3, prefix)).toEqual(['to/from/1', 'to/from/2', 'to/from/3']);
  expect(await text(s3, `${prefix}to/from/2`)).toBe(`${prefix}from/2`);
});

test('an original that changes while it is moved stays', async ({ operations, browse, page, signIn, s3, prefix }) => {
  await put(s3, `${prefix}a.txt`);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  // Somebody writes it between the copy and the delete.
  await page.route(/[?&]delete/, async (route) => {
    if (route.request().method() === 'POST') await put(s3, `${prefix}a.txt`, 'newer');
    await route.continue();
  });
  await operations.choose('a.txt');
  await operations.ask('Move…');
  await operations.send('Move', `${prefix}to/`);
  await expect(operations.lines).toContainText('1 object failed');
  await expect(operations.lines).toContainText('It is copied, but the original may still be there.');
  expect(await text(s3, `${prefix}a.txt`)).toBe('newer');
  expect(await text(s3, `${prefix}to/a.txt`)).toBe(`${prefix}a.txt`);
});

test('whoever moves an object above 5 GiB is asked first, and it stays where they do not agree @phone', async ({ complaints, operations, browse, page, signIn, s3, prefix }) => {
  // The sandbox copies no parts.
  complaints.foresee(/status of 501/);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}film.bin`, Body: 'not that long' }));
  // Listings say that it is: nobody sends six gigabytes here.
  await page.route(/list-type=2/, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<Size>\d+<\/Size>/g, '<Size>6000000000</Size>');
    await route.fulfill({ response, body });
  });
  const parts: string[] = [];
  page.on('request', (request) => parts.push(...(/[?&]uploads(=|&|$)/.test(request.url()) && request.method() === 'POST' ? [request.url()] : [])));
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');

  await operations.choose('film.bin');
  await operations.ask('Move…');
  await operations.dialog.getByRole('textbox', { name: 'Folder' }).fill(`${prefix}to/`);
  const move = operations.dialog.getByRole('button', { name: 'Move' });
  await move.click();
  await expect(operations.dialog.getByRole('alert')).toContainText('1 object is larger than 5 GiB.');
  const agree = operations.dialog.getByRole('checkbox', { name: /Move it all the same; otherwise it stays/ });
  await expect(agree).not.toBeChecked();
  await move.click();
  await expect(operations.lines).toContainText('1 object failed');
  await expect(operations.lines).toContainText('may have metadata or tags that are hidden from this page');
  expect(parts).toEqual([]);
  expect(await keys(s3, prefix)).toEqual(['film.bin']);

  await operations.lines.getByRole('button', { name: /^Dismiss/ }).click();
  await operations.choose('film.bin');
  await operations.ask('Move…');
  await operations.dialog.getByRole('textbox', { name: 'Folder' }).fill(`${prefix}to/`);
  await move.click();
  await expect(agree, 'each move is asked for').not.toBeChecked();
  await agree.check();
  await move.click();
  // It begins, fails, and the original stays.
  await expect(operations.lines).toContainText('1 object failed');
  expect(parts).toHaveLength(1);
  expect(await keys(s3, prefix)).toEqual(['film.bin']);
});

test('a folder gets another name, by keyboard', async ({ operations, browse, page, signIn, s3, prefix }) => {
  for (const name of ['old/1', 'old/2', 'older']) await put(s3, prefix + name);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 folder');
  await operations.choose('old/');
  await operations.ask('Rename…');
  const name = operations.dialog.getByRole('textbox', { name: 'New name' });
  await expect(name).toBeFocused();
  await expect(name).toHaveValue('old');
  await name.fill('a/b');
  await name.press('Enter');
  await expect(operations.dialog.getByRole('alert')).toHaveText('A name has at least one character, and no slash.');
  await name.fill('new');
  await name.press('Enter');
  await expect(operations.lines).toContainText('2 objects moved');
  expect(await keys(s3, prefix)).toEqual(['new/1', 'new/2', 'older']);
  await operations.choose('older');
  await operations.ask('Rename…');
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
  expect(await keys(s3, prefix)).toContain('older');
});

test('a folder is deleted once its true number was typed, and what came later stays', async ({ operations, browse, page, signIn, s3, prefix }) => {
  const names = Array.from({ length: 25 }, (_, at) => `many/${at}.txt`);
  await Promise.all(['keep.txt', ...names].map((name) => put(s3, prefix + name)));
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await operations.choose('many/');
  await operations.ask('Delete…');
  const act = operations.dialog.getByRole('button', { name: 'Delete 25 objects' });
  await expect(act).toHaveAttribute('aria-disabled', 'true');
  // Of the next second: S3 tells times in seconds.
  await page.waitForTimeout(1_100);
  await put(s3, `${prefix}many/later.txt`);
  await operations.dialog.getByRole('textbox').fill('25');
  await act.click();
  await expect(operations.lines).toContainText('25 objects deleted');
  await expect(operations.lines).toContainText('25 objects cannot be brought back from here');
  await expect(operations.lines).toContainText('1 object came in the meantime and left alone');
  expect(await keys(s3, prefix)).toEqual(['keep.txt', 'many/later.txt']);
  await expect(operations.lines.getByRole('button', { name: /^Undo/ }), 'this bucket keeps no versions').toHaveCount(0);
});

test('what is under way goes on elsewhere in the portal, and stops when it is told', async ({ operations, browse, frame, page, signIn, s3, prefix }) => {
  const names = Array.from({ length: 300 }, (_, at) => `many/${String(at).padStart(3, '0')}`);
  await Promise.all(names.map((name) => put(s3, prefix + name)));
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 folder');
  let copies = 0;
  await page.route(/\/copies\//, async (route) => {
    copies += route.request().method() === 'PUT' ? 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    await route.continue().catch(() => undefined);
  });
  await operations.choose('many/');
  await operations.ask('Copy…');
  await operations.send('Copy', `${prefix}copies/`);
  await expect(operations.lines).toContainText('of 300 objects');
  await frame.sections.getByRole('link', { name: 'My access' }).click();
  await expect(page).toHaveURL(/\/access/);
  const before = copies;
  await expect.poll(() => copies).toBeGreaterThan(before + 10);
  await operations.lines.getByRole('button', { name: /^Stop/ }).click();
  await expect(operations.lines).toContainText(/stopped: \d+ objects copied/);
  const said = Number(/stopped: (\d+)/.exec((await operations.lines.textContent()) ?? '')?.[1]);
  const there = (await keys(s3, `${prefix}copies/`)).length;
  expect(there).toBeGreaterThanOrEqual(said);
  expect(there).toBeLessThan(300);
  expect(await keys(s3, `${prefix}many/`)).toHaveLength(300);
});

test('what a role may not do is grey, with the reason', async ({ operations, browse, signIn, page }) => {
  await signIn('analyst', place('reader', 'reports', 'team/'));
  await browse.complete('4 objects');
  await operations.choose('plan.txt');
  await operations.more.click();
  for (const [act, why] of [
    ['Move…', 'The role Report reader may not delete here.'],
    ['Rename…', 'The role Report reader may not write here.'],
    ['Delete…', 'The role Report reader may not delete here.'],
  ] as const) {
    const item = operations.menu.getByRole('button', { name: `${act}: ${why}` });
    await expect(item).toHaveAttribute('aria-disabled', 'true');
    await item.click({ force: true });
    await expect(operations.dialog).toBeHidden();
  }
  await operations.menu.getByRole('button', { name: 'Copy…', exact: true }).click();
  await expect(operations.dialog).toContainText('Your role may not write anywhere');
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
});

test('a link works for whoever has it, as long as it says, and is gone with the dialog', async ({ operations, browse, page, signIn, s3, prefix }) => {
  await put(s3, `${prefix}é.txt`, 'to be shared');
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await operations.choose('é.txt');
  await operations.ask('Share a link…');
  await expect(page.getByRole('textbox', { name: 'Link' })).toHaveCount(0);
  const make = operations.dialog.getByRole('button', { name: 'Make the link' });
  const life = operations.dialog.getByRole('combobox', { name: 'The link works for' });
  const link = operations.dialog.getByRole('textbox', { name: 'Link' });

  await make.click();
  const url = new URL(await link.inputValue());
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  expect(await (await fetch(url)).text()).toBe('to be shared');
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);

  await life.selectOption('7 days');
  await expect(link).toHaveCount(0);
  await make.click();
  await expect(operations.dialog).toContainText('your credentials end then');
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
  expect(await page.content()).not.toContain('X-Amz-Signature');

  // The back/forward cache would keep what the page holds as it is left.
  await operations.ask('Share a link…');
  await make.click();
  await expect(link).toBeVisible();
  await page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  expect(await page.content()).not.toContain('X-Amz-Signature');
  await expect(link).toHaveCount(0);
  expect(page.url()).not.toContain('X-Amz');
});
