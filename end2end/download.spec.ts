// Downloads through the page itself: objects of buckets that refuse signatures in URLs, and folders and selections as one
// ZIP, read by Python's zipfile.
//
// Chromium's own dialog for saving a file cannot be driven. So most tests take the dialog away and save as browsers do
// that have none: by the storage of the site, and from there as a download. One puts a dialog in its place that chooses a
// file in that storage, which is a real file of the same kind.

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Download, Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bytes } from './pages/browse';
import { expect, hydrated, place, test as base } from './portal';
import { Visitor } from './visitor';

const run = promisify(execFile);

/** An entry as Python finds it: bytes, SHA-256, and the time of the last change. */
type Entry = [size: number, hash: string, time: number[]];

const READ = `
import hashlib, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
assert len(names) == len(set(names)), names
print(json.dumps({i.filename: [i.file_size, hashlib.sha256(archive.read(i)).hexdigest(), i.date_time] for i in archive.infolist()}))
if len(sys.argv) > 2: archive.extractall(sys.argv[2])
`;

async function entries(path: string, folder?: string): Promise<Record<string, Entry>> {
  const { stdout } = await run('python3', ['-c', READ, path, ...(folder ? [folder] : [])], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Record<string, Entry>;
}

const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Bytes in which no piece is like another. */
function noise(length: number): Buffer {
  const content = Buffer.alloc(length);
  for (let at = 0, state = 7; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content.writeUInt32LE(state, at);
  }
  return content;
}

/** What a bucket has below a prefix, by AWS's own client. */
async function contents(s3: S3Client, bucket: string, prefix: string): Promise<Record<string, string>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const found: Record<string, string> = {};
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    found[Key.slice(prefix.length)] = hash((await Body?.transformToByteArray()) ?? new Uint8Array());
  }
  return found;
}

/** The files in the site's own storage. */
function stored(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const names: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle);
        else names.push(name);
      }
    };
    await walk(root);
    return names;
  });
}

/** Holds what the page receives to so many bytes a second. */
async function throttle(page: Page, bytesPerSecond: number, latency = 0): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', { offline: false, latency, downloadThroughput: bytesPerSecond, uploadThroughput: -1 });
}

const test = base.extend<{ folder: string; withoutDialog: void; everything: () => Promise<Download> }>({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'download-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },
  withoutDialog: [
    async ({ page }, use) => {
      await page.addInitScript(() => delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker);
      await use();
    },
    { auto: true },
  ],
  everything: async ({ page, transfers }, use) =>
    use(async () => {
      const download = page.waitForEvent('download', { timeout: 60_000 });
      await transfers.everything();
      return download;
    }),
});

test('an object of a bucket that wants signatures in headers @phone', async ({ browse, signIn, transfers, page }) => {
  const signed: string[] = [];
  page.on('request', (request) => request.url().includes('X-Amz-Signature') && signed.push(request.url()));
  await page.addInitScript(() => {
    const revoke = URL.revokeObjectURL.bind(URL);
    URL.revokeObjectURL = (url) => {
      document.documentElement.dataset['revoked'] = url;
      revoke(url);
    };
  });
  await signIn('admin', place('collector', 'header-only'));
  await browse.complete('2 objects');
  const download = await browse.save(await browse.row('minutes.txt'));
  expect(download.suggestedFilename()).toBe('minutes.txt');
  expect((await bytes(download)).toString()).toBe('No URL may carry a signature here.\n');
  await transfers.saved(1);
  expect(signed).toEqual([]);
  await expect(page.locator('html[data-revoked^="blob:"]')).toBeAttached({ timeout: 15_000 });
});

test('a bucket whose policy turns out to refuse signatures in URLs', async ({ browse, signIn, transfers, complaints }) => {
  complaints.foresee(/status of 403/);
  await signIn('admin', place('collector', 'guarded'));
  await browse.complete('2 objects');
  const download = await browse.save(await browse.row('figures.csv'));
  expect((await bytes(download)).toString()).toContain('2026-11-28,west');
  await transfers.saved(1);
});

test('a folder as one ZIP, with what is in it and its times @phone', async ({ signIn, everything, transfers, sandbox, page }) => {
  await signIn('analyst', place('reader', 'reports', 'team/2026/'));
  const download = await everything();
  expect(download.suggestedFilename()).toBe('2026.zip');
  await transfers.saved(1);
  const found = await entries(await download.path());
  const expected = await contents(await (await Visitor.signIn(sandbox, 'analyst')).s3('reader'), 'reports', 'team/2026/');
  expect(Object.keys(expected).length).toBeGreaterThan(20);
  expect(Object.fromEntries(Object.entries(found).map(([name, [, hash]]) => [name, hash]))).toEqual(expected);
  expect(found['q4/forecast.json']?.[2].slice(0, 3)).toEqual([2026, 11, 20]);
  await transfers.panel.getByRole('button', { name: 'Clear finished' }).click();
  await expect(transfers.panel).toBeHidden();
  expect(page.url()).toContain('2026');
});

test('more objects than a page of a listing has', async ({ signIn, everything, transfers, sandbox }) => {
  const s3 = await (await Visitor.signIn(sandbox, 'analyst')).s3('uploader');
  const prefix = `pages-${Date.now()}/`;
  const numbers = Array.from({ length: 1_203 }, (_, number) => number);
  const put = async (number: number): Promise<unknown> => s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: `${prefix}${number}.txt`, Body: `${number}` }));
  while (numbers.length > 0) await Promise.all(numbers.splice(0, 50).map(put));
  await signIn('analyst', place('uploader', 'uploads', prefix));
  const download = await everything();
  await transfers.saved(1);
  const found = await entries(await download.path());
  expect(Object.keys(found).length).toBe(1_203);
  expect(found['1202.txt']?.[1]).toBe(hash(Buffer.from('1202')));
});

test('names that are none stay inside, and what no browser can ask for is named', async ({ signIn, everything, transfers, folder }) => {
  await signIn('analyst', place('analyst', 'odd-names'));
  const download = await everything();
  await expect(transfers.line).toContainText('1 saved with objects missing');
  const row = await transfers.rows();
  await expect(row.first()).toContainText('8 objects are not in this file.');
  for (const key of ['../outside.txt', 'dots/./same.txt', '..']) await expect(transfers.panel).toContainText(`${key} has a name that no browser can ask for`);
  await writeFile(join(folder, 'beside'), '');
  const found = await entries(await download.path(), join(folder, 'inside'));
  expect((await readdir(folder)).sort()).toEqual(['beside', 'inside']);
  for (const [name, key] of [
    ['_CON', 'CON'],
    ['_/leading-slash.txt', '/leading-slash.txt'],
    ['UPPER.TXT', 'UPPER.TXT'],
    ['upper (2).txt', 'upper.txt'],
    ['back_slash', 'back\\slash'],
    ["folder/this folder's own object", 'folder/'],
    ['emoji/👩‍👩‍👧.txt', 'emoji/👩‍👩‍👧.txt'],
    ['trailing space_', 'trailing space '],
  ] as const) {
    expect(found[name]?.[1], name).toBe(hash(Buffer.from(key)));
    expect((await readFile(join(folder, 'inside', name))).toString()).toBe(key);
  }
});

test('rows that are chosen, and no others', async ({ signIn, browse, transfers, page }) => {
  await signIn('analyst', place('reader', 'reports', 'team/'));
  await expect(browse.grid.getByRole('row', { name: /plan\.txt/ })).toBeVisible();
  const plan = browse.grid.getByRole('row', { name: /plan\.txt/ });
  await plan.getByRole('checkbox', { name: 'Select plan.txt' }).click();
  await expect(plan).toHaveAttribute('aria-selected', 'true');
  await browse.grid.focus();
  await browse.grid.press('Home');
  await browse.grid.press('Space');
  await expect(browse.grid.getByRole('row', { name: /2026\// })).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('.selected')).toContainText('2 selected');
  const begun = page.waitForEvent('download');
  await transfers.download.click();
  const download = await begun;
  expect(download.suggestedFilename()).toBe('team.zip');
  await transfers.saved(1);
  const names = Object.keys(await entries(await download.path()));
  expect(names).toContain('plan.txt');
  expect(names).toContain('2026/q1/summary.json');
  expect(names.filter((name) => name !== 'plan.txt' && !name.startsWith('2026/'))).toEqual([]);
  await expect(plan).toHaveAttribute('aria-selected', 'false');
});

test('one row that is chosen is saved as it is', async ({ signIn, browse, transfers, page }) => {
  await signIn('analyst', place('reader', 'reports', 'team/'));
  await browse.grid.getByRole('checkbox', { name: 'Select plan.txt' }).click();
  const begun = page.waitForEvent('download');
  await transfers.download.click();
  expect((await bytes(await begun)).toString()).toContain('Monday: measure.');
});

test('a bucket that is busy and breaks off gives everything, and what may not be read is named', async ({ signIn, everything, transfers, sandbox, complaints }) => {
  complaints.foresee(/status of 503/);
  complaints.foresee(/status of 403/);
  complaints.tolerate(/ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_CONTENT_LENGTH|ERR_FAILED/);
  const s3 = await (await Visitor.signIn(sandbox, 'admin')).s3('collector');
  const prefix = `flaky-${Date.now()}/`;
  const large = noise(30 * 1024 * 1024);
  await s3.send(new PutObjectCommand({ Bucket: 'flaky', Key: `${prefix}large.bin`, Body: large }));
  for (let number = 0; number < 10; number += 1) await s3.send(new PutObjectCommand({ Bucket: 'flaky', Key: `${prefix}small-${number}.txt`, Body: `${number}` }));
  await s3.send(new PutObjectCommand({ Bucket: 'flaky', Key: `${prefix}secret.txt`, Body: 'hidden' }));
  await s3.send(new PutObjectCommand({ Bucket: 'flaky', Key: `${prefix}packed.txt`, Body: 'not really packed', ContentEncoding: 'gzip' }));
  await signIn('admin', place('collector', 'flaky', prefix));
  const download = await everything();
  await expect(transfers.line).toContainText('1 saved with objects missing', { timeout: 30_000 });
  await transfers.rows();
  await expect(transfers.panel).toContainText(`1 object is not in this file. It could not be read: ${prefix}secret.txt may not be read by your role`);
  const found = await entries(await download.path());
  expect(found['large.bin']?.slice(0, 2)).toEqual([large.length, hash(large)]);
  expect(found['packed.txt']?.[1]).toBe(hash(Buffer.from('not really packed')));
  expect(Object.keys(found).length).toBe(12);
});

test('credentials that run out in the middle lose nothing', async ({ signIn, everything, transfers, page }) => {
  test.slow();
  const keys = new Set<string>();
  page.on('request', (request) => keys.add(new URL(request.url()).searchParams.get('X-Amz-Credential')?.split('/')[0] ?? ''));
  await signIn('expiring', place('brief', 'reports', 'team/many/record-00'));
  await throttle(page, 10_000_000, 180);
  const download = await everything();
  await transfers.saved(1, 90_000);
  keys.delete('');
  expect(keys.size, 'several credentials signed the requests').toBeGreaterThan(1);
  const found = await entries(await download.path());
  expect(Object.keys(found).length).toBe(1_000);
  expect(found['record-00999.txt']?.[1]).toBe(hash(Buffer.from(`record 999\nvalue ${999 ** 2 % 9_973}\n`)));
});

test('it rests and goes on, and cancelling removes what was written', async ({ signIn, transfers, sandbox, page }) => {
  const s3 = await (await Visitor.signIn(sandbox, 'analyst')).s3('uploader');
  const prefix = `rest-${Date.now()}/`;
  const large = noise(20 * 1024 * 1024);
  for (const name of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: `${prefix}${name}.bin`, Body: large }));
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await throttle(page, 8_000_000);
  let begun = page.waitForEvent('download', { timeout: 30_000 });
  await transfers.everything();
  await expect(transfers.line).toContainText(/[1-9]\d? %/);
  expect((await stored(page)).length).toBeGreaterThan(0);
  await transfers.rows();
  const name = `${prefix.slice(0, -1)}.zip`;
  await transfers.panel.getByRole('button', { name: `Pause ${name}` }).click();
  await expect(transfers.line).toContainText('1 paused');
  const asked = page.waitForEvent('dialog');
  await page.evaluate(() => void setTimeout(() => location.reload()));
  expect((await asked).type(), 'the browser asks before it is lost').toBe('beforeunload');
  await (await asked).dismiss();
  await transfers.panel.getByRole('button', { name: `Resume ${name}` }).click();
  const found = await entries(await (await begun).path());
  for (const entry of ['a.bin', 'b.bin']) expect(found[entry]?.[1]).toBe(hash(large));
  await transfers.saved(1);

  await transfers.everything();
  await expect(transfers.line).toContainText(/1 of 2 · [5-9]\d %/);
  await transfers.panel.getByRole('button', { name: `Cancel ${name}` }).click();
  await transfers.saved(1);
  // The one that is whole stays for as long as the browser may copy it.
  await expect.poll(() => stored(page)).toHaveLength(1);
});

test('the browser asks before the page is left, and what a page left behind is swept away', async ({ signIn, transfers, page, context }) => {
  await signIn('analyst', place('reader', 'reports', 'team/many/'));
  await throttle(page, 200_000, 50);
  await transfers.everything();
  await expect(transfers.line).toContainText(/so far|\d %/);
  await expect.poll(() => stored(page)).not.toEqual([]);
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = dialog.type() === 'beforeunload';
    void dialog.accept();
  });
  const other = await context.newPage();
  await other.addInitScript(() => delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker);
  await other.goto(page.url());
  await hydrated(other);
  await other.getByRole('button', { name: 'Download', exact: true }).waitFor();
  expect(await stored(other), 'what another page is writing stays').not.toEqual([]);
  await page.reload();
  expect(asked, 'the browser asks before the page is left').toBe(true);
  await hydrated(page);
  await transfers.download.waitFor();
  await expect.poll(() => stored(page)).toEqual([]);
});

test('the file that the person names in a dialog', async ({ signIn, transfers, page, sandbox }) => {
  // Instead of the browser's dialog: one that chooses a file in the site's storage, or none.
  await page.addInitScript(() => {
    const chosen = async ({ suggestedName }: { suggestedName: string }): Promise<FileSystemFileHandle> => {
      if (document.documentElement.dataset['dismiss']) throw new DOMException('The user aborted a request.', 'AbortError');
      return (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
    };
    Object.assign(window, { showSaveFilePicker: chosen });
  });
  await signIn('analyst', place('reader', 'reports', 'team/2026/'));
  await transfers.everything();
  await transfers.saved(1);
  const content = await page.evaluate(async () => {
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle('2026.zip')).getFile();
    return [...new Uint8Array(await file.arrayBuffer())];
  });
  const folder = await mkdtemp(join(tmpdir(), 'download-'));
  await writeFile(join(folder, 'chosen.zip'), Buffer.from(content));
  const names = Object.keys(await entries(join(folder, 'chosen.zip')));
  await rm(folder, { recursive: true });
  expect(names.sort()).toEqual(Object.keys(await contents(await (await Visitor.signIn(sandbox, 'analyst')).s3('reader'), 'reports', 'team/2026/')).sort());

  await page.evaluate(() => (document.documentElement.dataset['dismiss'] = 'yes'));
  await transfers.panel.getByRole('button', { name: 'Clear finished' }).click();
  await transfers.everything();
  await expect(transfers.panel, 'whoever names no file wants none').toBeHidden();

  await page.evaluate(() => delete document.documentElement.dataset['dismiss']);
  await page.goto(place('reader', 'reports', 'team/many/'));
  await hydrated(page);
  await throttle(page, 200_000, 50);
  await transfers.everything();
  await expect(transfers.line).toContainText(/[1-9].* so far|\d %/);
  await transfers.panel.getByRole('button', { name: 'Cancel all' }).click();
  await expect.poll(() => stored(page), 'the partial file is gone, the whole one stays').toEqual(['2026.zip']);
});
