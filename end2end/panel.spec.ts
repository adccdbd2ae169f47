// The side panel: what it says of the row where a person is, and what is in the bucket after something was changed there.

import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bytes } from './pages/browse';
import { Details } from './pages/details';
import { expect, place, test as base } from './portal';
import { Visitor } from './visitor';

const BUCKET = 'versioned';

const test = base.extend<{ details: Details; s3: S3Client; prefix: string }>({
  details: async ({ page }, use) => use(new Details(page)),
  s3: async ({ sandbox }, use) => use(await (await Visitor.signIn(sandbox, 'analyst')).s3('uploader')),
  prefix: async ({}, use, info) => use(`panel-${info.testId}-${info.retry}-${Date.now()}/`),
});

interface Described {
  metadata?: Record<string, string>;
  tagging?: string;
  type?: string;
}

async function put(s3: S3Client, key: string, text: string, { metadata, tagging, type }: Described = {}): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text, ContentType: type, Metadata: metadata, Tagging: tagging }));
}

async function head(s3: S3Client, key: string) {
  return s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
}

async function text(s3: S3Client, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

async function tags(s3: S3Client, key: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: key }));
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}

test('it follows the row where the person is, and counts what is marked', async ({ browse, details, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await expect(details.opener).toBeVisible();
  await browse.grid.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('i');
  await expect(details.title).toHaveText('roadmap.svg');
  await expect(browse.grid).toBeFocused();
  await expect(details.fact('Key')).toHaveText('team/roadmap.svg');
  await expect(details.fact('Content type')).toHaveText('image/svg+xml');
  await expect(details.fact('Storage class')).toHaveText('Standard');
  await expect(details.fact('ETag')).toHaveText(/^"[0-9a-f]{32}"$/);
  // Who runs through the rows asks about the last only.
  const asked: string[] = [];
  page.on('request', (request) => void (request.method() === 'HEAD' && asked.push(new URL(request.url()).pathname)));
  await browse.grid.evaluate((grid) => {
    for (let presses = 0; presses < 3; presses++) grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, cancelable: true }));
  });
  await expect(details.title).toHaveText('contacts.csv');
  await expect(details.fact('Content type')).toHaveText('text/csv; charset=utf-8');
  expect(asked).toEqual(['/reports/team/contacts.csv']);

  await page.keyboard.press('Home');
  await expect(details.title).toHaveText('2026/');
  await expect(details.panel).toContainText('A folder is what the names of objects have in common');
  await details.panel.getByRole('button', { name: 'Count what is in it' }).click();
  await expect(details.fact('Objects')).toHaveText('27');

  for (const name of ['plan.txt', 'contacts.csv', 'many/']) {
    await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).click();
  }
  await expect(details.title).toHaveText('1 folder and 2 objects');
  // One thing at a time: what is selected first, then the panel.
  await page.keyboard.press('Escape');
  await expect(details.title).toHaveText('many/');
  await page.keyboard.press('Escape');
  await expect(details.panel).toBeHidden();
});

test('letters that are typed still lead to a name', async ({ browse, details, page, signIn, s3, prefix }) => {
  for (const name of ['alpha', 'bin', 'index', 'iris']) await put(s3, prefix + name, name);
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('4 objects');
  await expect(details.opener).toBeVisible();
  await page.getByRole('button', { name: 'With subfolders' }).waitFor();
  await browse.grid.focus();
  await page.keyboard.type('bi');
  await expect(browse.active()).toContainText('bin');
  await expect(details.panel).toBeHidden();
  await page.waitForTimeout(1_100);
  await page.keyboard.press('Shift+I');
  await expect(browse.active()).toContainText('index');
  await expect(details.panel).toBeHidden();
});

test('its width is changed by pointer and keys, and stays', async ({ browse, details, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await details.opener.click();
  const width = async () => Math.round((await details.panel.boundingBox())?.width ?? 0);
  await expect.poll(width).toBe(380);
  await details.edge.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(width).toBe(420);
  await expect(details.edge).toHaveAttribute('aria-valuenow', '420');
  await page.keyboard.press('ArrowRight');
  await expect.poll(width).toBe(400);
  const box = await details.edge.boundingBox();
  if (!box) throw new Error('the edge is not there');
  await page.mouse.move(box.x + box.width / 2, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 100, box.y + 240, { steps: 5 });
  await page.mouse.up();
  await expect.poll(width).toBe(500);
  await page.mouse.move(box.x - 200, box.y + 200);
  await expect.poll(width).toBe(500);
  await page.keyboard.press('Home');
  await expect.poll(width).toBe(280);
  await details.panel.getByRole('button', { name: 'Close the details' }).click();
  await expect(details.panel).toBeHidden();
  await expect(browse.grid).toBeFocused();
  await details.opener.click();
  await expect.poll(width).toBe(280);
});

test('on a phone it lies over the rows and is closed there @phone', async ({ browse, details, isMobile, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await details.of('plan.txt');
  await expect(details.fact('Content type')).toHaveText('text/plain; charset=utf-8');
  const [panel, window] = [await details.panel.boundingBox(), page.viewportSize()];
  expect(panel?.width === window?.width).toBe(isMobile);
  const close = details.panel.getByRole('button', { name: 'Close the details' });
  if (isMobile) await expect(close).toBeFocused();
  await close.click();
  await expect(details.panel).toBeHidden();
});

test('metadata and class are changed, and what else belongs to the object stays', async ({ browse, details, signIn, s3, prefix }) => {
  const key = `${prefix}figures.csv`;
  await put(s3, key, 'a,b\n', { metadata: { author: 'ada' }, tagging: 'stage=live', type: 'text/plain' });
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await details.of('figures.csv');
  await expect(details.fact('author')).toHaveText('ada');
  await details.metadata.getByRole('button', { name: /^Change…/ }).click();
  const save = details.metadata.getByRole('button', { name: /^Save/ });
  await expect(save).toHaveAttribute('aria-disabled', 'true');
  await details.metadata.getByRole('textbox', { name: 'Content type' }).fill('text/csv');
  await details.metadata.getByRole('button', { name: 'Add an entry' }).click();
  await details.metadata.getByRole('textbox', { name: 'Name of entry 2' }).fill('Project');
  await details.metadata.getByRole('textbox', { name: 'Value of entry 2' }).fill('quarter');
  await expect(details.metadata).toContainText('a name has letters a to z, digits and - . _ only; Project has something else');
  await details.metadata.getByRole('textbox', { name: 'Name of entry 2' }).fill('project');
  await details.metadata.getByRole('combobox', { name: 'Storage class' }).selectOption('STANDARD_IA');
  // Nobody can tell whether there is metadata that the bucket hides.
  await expect(details.metadata).toContainText('Say above that nothing else is to be kept.');
  await details.metadata.getByRole('checkbox').check();
  await save.click();
  await expect(details.panel).toContainText('Saved.');
  await expect(details.fact('Content type')).toHaveText('text/csv');
  await expect(details.fact('Storage class')).toHaveText('Standard IA');
  const after = await head(s3, key);
  expect([after.ContentType, after.Metadata, after.StorageClass]).toEqual(['text/csv', { author: 'ada', project: 'quarter' }, 'STANDARD_IA']);
  expect([await text(s3, key), await tags(s3, key)]).toEqual(['a,b\n', { stage: 'live' }]);
  // The listing shows the class without being asked.
  await expect(await browse.row('figures.csv')).toContainText('Standard IA');
});

test('what somebody else changed in the meantime is not overwritten', async ({ browse, details, signIn, s3, prefix }) => {
  const key = `${prefix}a.txt`;
  await put(s3, key, 'first', { tagging: 'stage=live' });
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await details.of('a.txt');
  await details.metadata.getByRole('button', { name: /^Change…/ }).click();
  await details.metadata.getByRole('textbox', { name: 'Content type' }).fill('text/csv');
  await details.metadata.getByRole('checkbox').check();
  await put(s3, key, 'second', { tagging: 'stage=live' });
  await details.metadata.getByRole('button', { name: /^Save/ }).click();
  await expect(details.panel.getByRole('alert')).toContainText('was changed by somebody else in the meantime, so nothing was written.');
  expect([await text(s3, key), (await head(s3, key)).ContentType]).not.toContain('text/csv');

  await details.tags.getByRole('button', { name: /^Change…/ }).click();
  await details.tags.getByRole('button', { name: 'Remove tag 1' }).click();
  await s3.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: key, Tagging: { TagSet: [{ Key: 'theirs', Value: '1' }] } }));
  await details.tags.getByRole('button', { name: /^Save/ }).click();
  await expect(details.panel.getByRole('alert')).toContainText('The tags of');
  expect(await tags(s3, key)).toEqual({ theirs: '1' });
});

test('tags are shown and changed', async ({ browse, details, page, signIn, s3, prefix }) => {
  const key = `${prefix}é & b.txt`;
  await put(s3, key, 'x', { tagging: 'stage=live&owner=sales%20team' });
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await details.of('é & b.txt');
  await expect(details.fact('owner')).toHaveText('sales team');
  await details.tags.getByRole('button', { name: /^Change…/ }).click();
  await details.tags.getByRole('textbox', { name: 'Value of tag 2' }).fill('done');
  await details.tags.getByRole('button', { name: 'Remove tag 1' }).click();
  await details.tags.getByRole('button', { name: 'Add a tag' }).click();
  const name = details.tags.getByRole('textbox', { name: 'Name of tag 2' });
  await expect(name).toBeFocused();
  await page.keyboard.type('aws:x');
  await expect(details.tags).toContainText("names that begin with aws: are AWS's own");
  await name.fill('year');
  await details.tags.getByRole('textbox', { name: 'Value of tag 2' }).fill('2026');
  await details.tags.getByRole('button', { name: /^Save/ }).click();
  await expect(details.panel).toContainText('Tags saved.');
  await expect(details.fact('year')).toHaveText('2026');
  expect(await tags(s3, key)).toEqual({ stage: 'done', year: '2026' });
});

test('versions are looked at, saved, brought back and deleted for good', async ({ browse, details, page, signIn, s3, prefix }) => {
  const key = `${prefix}letter.txt`;
  for (const body of ['first', 'second one', 'third']) await put(s3, key, body);
  await put(s3, `${key}.other`, 'another object');
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('2 objects');
  await details.of('letter.txt');
  const lines = await details.showVersions();
  await expect(lines).toHaveCount(3);
  await expect(lines.nth(0)).toContainText('newest');
  await expect(lines.nth(1)).toContainText(/10\sB/);

  await lines.nth(1).getByRole('button', { name: /^Look at/ }).click();
  await expect(details.panel).toContainText('You look at the version of');
  await expect(details.fact('Size')).toHaveText(/10\sB/);
  const download = page.waitForEvent('download');
  await lines.nth(1).getByRole('button', { name: /^Download/ }).click();
  expect((await bytes(await download)).toString()).toBe('second one');
  await details.panel.getByRole('button', { name: 'Back to the newest' }).click();
  await expect(details.fact('Size')).toHaveText(/5\sB/);

  await expect(lines.nth(0).getByRole('button', { name: /Restore.*It is the newest already/ })).toHaveAttribute('aria-disabled', 'true');
  await lines.nth(2).getByRole('button', { name: /^Restore/ }).click();
  await expect(details.panel).toContainText('Restored');
  await expect(lines).toHaveCount(4);
  expect(await text(s3, key)).toBe('first');
  await expect(details.title).toHaveText('letter.txt');

  await lines.nth(0).getByRole('button', { name: /^Delete…/ }).click();
  await expect(details.dialog).toContainText('gone for good');
  await expect(details.dialog).toContainText(key);
  await page.keyboard.press('Escape');
  await expect(details.dialog).toBeHidden();
  expect(await text(s3, key)).toBe('first');
  await lines.nth(0).getByRole('button', { name: /^Delete…/ }).click();
  await details.dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(lines).toHaveCount(3);
  expect(await text(s3, key)).toBe('third');
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: key }));
  expect(Versions).toHaveLength(4);
});

test('what was deleted comes back', async ({ browse, details, page, signIn, s3, prefix }) => {
  for (const name of ['gone.txt', 'inner/gone too.txt', 'here.txt']) await put(s3, prefix + name, name);
  // Deleted twice it has two markers, and what never was has nothing below its own.
  for (const name of ['gone.txt', 'gone.txt', 'never was.txt', 'inner/gone too.txt']) {
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: prefix + name }));
  }
  await signIn('analyst', place('uploader', BUCKET, prefix));
  await browse.complete('1 object');
  await details.of('here.txt');
  await details.deleted.getByRole('button', { name: 'Show deleted objects' }).click();
  const gone = details.deleted.getByRole('list', { name: 'Deleted objects' }).getByRole('listitem');
  await expect(gone).toHaveCount(1);
  await expect(details.deleted).toContainText('What was deleted from a folder in it is shown in that folder.');
  await gone.getByRole('button', { name: 'Bring back gone.txt' }).click();
  await expect(details.deleted).toContainText('Nothing that was deleted here can come back.');
  await browse.complete('2 objects');
  expect(await text(s3, `${prefix}gone.txt`)).toBe('gone.txt');

  // Of a folder that nothing is left of the rows tell nothing.
  await details.deleted.getByRole('link', { name: 'inner/' }).click();
  await expect(page).toHaveURL(place('uploader', BUCKET, `${prefix}inner/`));
  await details.deleted.getByRole('button', { name: 'Show deleted objects' }).click();
  await details.deleted.getByRole('button', { name: 'Bring back gone too.txt' }).click();
  await browse.complete('1 object');
});

test('what a role may not do, and what cannot be done, is grey with the reason', async ({ browse, complaints, details, page, signIn }) => {
  // The preview of what is in the archive.
  complaints.tolerate(/status of 403/);
  await signIn('analyst', place('reader', 'reports', 'team/'));
  await browse.complete('4 objects');
  await details.of('plan.txt');
  await expect(details.tags).toContainText('The role Report reader may not see tags here: it lacks the permission “tags”.');
  await expect(details.versions).toContainText('it lacks the permission “versions”.');
  await expect(details.deleted).toContainText('it lacks the permission “versions”.');
  const change = details.metadata.getByRole('button', { name: /^Change….*The role Report reader may not write here/ });
  await expect(change).toHaveAttribute('aria-disabled', 'true');

  await page.goto(place('uploader', BUCKET, 'letters/'));
  await browse.complete('3 objects');
  await details.of('ledger-2024.txt');
  await expect(details.metadata).toContainText('copies it only after it was restored from the archive');
});

test('what the bucket hides is said, and not lost', async ({ browse, details, signIn, s3 }) => {
  const before = await s3.send(new HeadObjectCommand({ Bucket: 'unexposed', Key: 'hidden.txt' }));
  await signIn('analyst', place('uploader', 'unexposed'));
  await browse.complete('1 object');
  await details.of('hidden.txt');
  // From the listing.
  await expect(details.fact('Storage class')).toHaveText('Standard IA');
  await expect(details.fact('ETag')).toHaveText(before.ETag ?? '');
  await details.metadata.getByText('What this page may not see').click();
  await expect(details.metadata).toContainText('these are missing among ExposeHeaders: ETag');
  await details.metadata.getByRole('button', { name: /^Change…/ }).click();
  await details.metadata.getByRole('textbox', { name: 'Content type' }).fill('text/html');
  await details.metadata.getByRole('checkbox').check();
  const save = details.metadata.getByRole('button', { name: /^Save/ });
  await expect(save).toHaveAttribute('aria-disabled', 'true');
  await expect(details.metadata).toContainText('It would lose what the bucket’s CORS rules hide from this page: Content-Disposition');
  await save.click({ force: true });
  const after = await s3.send(new HeadObjectCommand({ Bucket: 'unexposed', Key: 'hidden.txt' }));
  expect([after.ContentDisposition, after.ContentType]).toEqual([before.ContentDisposition, before.ContentType]);
});

test('a read that fails says why, and can be tried again', async ({ browse, complaints, details, page, signIn }) => {
  complaints.foresee(/status of 403|net::ERR_FAILED/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  let broken = true;
  await page.route(/\/reports\/team\/plan\.txt/, (route) => (broken ? route.abort() : route.continue()));
  await details.of('plan.txt');
  // Of what is known of it, and of the preview.
  await expect(details.panel.getByRole('alert')).toHaveText([/^The browser got no readable answer/, /^The browser got no readable answer/]);
  broken = false;
  await details.panel.getByRole('button', { name: 'Try again' }).first().click();
  await expect(details.fact('Content type')).toHaveText('text/plain; charset=utf-8');
});
