// Uploads, from the file on the device to the object that S3 has: byte for byte, and through everything that gets in between.

import { GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transfers } from './pages/transfers';
import { expect, hydrated, place, test as base } from './portal';
import { Visitor } from './visitor';

const MEBIBYTE = 1024 * 1024;

/** Bytes in which no part is like another. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const test = base.extend<{ folder: string; s3: S3Client }>({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'upload-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },
  s3: async ({ sandbox }, use) => use(await (await Visitor.signIn(sandbox, 'analyst')).s3('uploader')),
});

async function object(s3: S3Client, bucket: string, key: string): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!Body) throw new Error(`${key} has no body`);
  return Body.transformToByteArray();
}

async function unfinished(s3: S3Client, bucket: string, prefix: string): Promise<number> {
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
  return Uploads?.length ?? 0;
}

test('a small file is stored, and the listing shows it @phone', async ({ browse, signIn, transfers, s3 }) => {
  const prefix = `small-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.give('Files…', { name: 'über + plan.txt', mimeType: 'text/plain', buffer: Buffer.from('Monday: measure.\n') });
  await transfers.stored(1);
  await browse.complete('1 object');
  expect(await browse.names()).toEqual(['über + plan.txt']);
  expect(Buffer.from(await object(s3, 'uploads', `${prefix}über + plan.txt`)).toString()).toBe('Monday: measure.\n');
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'uploads', Key: `${prefix}über + plan.txt` }));
  expect(head.ContentType).toBe('text/plain');
  await transfers.panel.getByRole('button', { name: 'Clear finished' }).click();
  await expect(transfers.panel).toBeHidden();
});

test('a file of 100 MB goes in parts and arrives byte for byte', async ({ folder, signIn, transfers, s3, page }) => {
  const bytes = noise(100_000_000);
  await writeFile(join(folder, 'large.bin'), bytes);
  await signIn('analyst', place('uploader', 'uploads'));
  const parts = new Set<string>();
  page.on('request', (request) => {
    const number = new URL(request.url()).searchParams.get('partNumber');
    if (number && request.method() === 'PUT') parts.add(number);
  });
  await transfers.give('Files…', join(folder, 'large.bin'));
  await transfers.stored(1);
  expect(parts.size).toBe(6);
  expect(hash(await object(s3, 'uploads', 'large.bin'))).toBe(hash(bytes));
  expect(await unfinished(s3, 'uploads', 'large.bin')).toBe(0);
});

test('a folder keeps its shape', async ({ folder, signIn, transfers, s3, browse }) => {
  await mkdir(join(folder, 'tree/inner/deep'), { recursive: true });
  for (const path of ['tree/a.txt', 'tree/inner/b.txt', 'tree/inner/deep/c.txt']) await writeFile(join(folder, path), path);
  for (let number = 0; number < 60; number += 1) await writeFile(join(folder, `tree/inner/n${number}.txt`), `${number}`);
  const prefix = `folder-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.give('Folder…', join(folder, 'tree'));
  await transfers.stored(63);
  await browse.complete('1 folder');
  for (const path of ['tree/a.txt', 'tree/inner/b.txt', 'tree/inner/deep/c.txt']) {
    expect(Buffer.from(await object(s3, 'uploads', prefix + path)).toString()).toBe(path);
  }
});

test('files that are dropped or pasted are taken on', async ({ signIn, transfers, s3, page, browse }) => {
  const prefix = `dropped-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.button.waitFor();
  for (const [event, property, name] of [
    ['drop', 'dataTransfer', 'dropped.txt'],
    ['paste', 'clipboardData', 'pasted.txt'],
  ] as const) {
    await page.evaluate(
      ([event, property, name]) => {
        const data = new DataTransfer();
        data.items.add(new File([name], name, { type: 'text/plain' }));
        const Kind = property === 'dataTransfer' ? DragEvent : ClipboardEvent;
        document.body.dispatchEvent(new Kind(event, { [property]: data, bubbles: true, cancelable: true }));
      },
      [event, property, name] as const,
    );
  }
  await transfers.stored(2);
  await browse.complete('2 objects');
  for (const name of ['dropped.txt', 'pasted.txt']) {
    expect(Buffer.from(await object(s3, 'uploads', prefix + name)).toString()).toBe(name);
  }
});

test('a folder that is dropped keeps its shape', async ({ folder, signIn, transfers, s3, page, context, browse }) => {
  await mkdir(join(folder, 'tree/inner/deep'), { recursive: true });
  for (const path of ['tree/a.txt', 'tree/inner/b.txt', 'tree/inner/deep/c.txt']) await writeFile(join(folder, path), path);
  // Chromium gives a hundred entries at a time.
  for (let number = 0; number < 120; number += 1) await writeFile(join(folder, `tree/inner/n${number}.txt`), `${number}`);
  const prefix = `dropped-folder-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.button.waitFor();
  // Playwright drops no folders; the browser's own protocol does, with real entries.
  const session = await context.newCDPSession(page);
  const data = { items: [], files: [join(folder, 'tree')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  await transfers.stored(123);
  await browse.complete('1 folder');
  for (const path of ['tree/a.txt', 'tree/inner/b.txt', 'tree/inner/deep/c.txt']) {
    expect(Buffer.from(await object(s3, 'uploads', prefix + path)).toString()).toBe(path);
  }
});

test('what could not be read of a folder that is dropped is named', async ({ signIn, transfers, s3, page, browse }) => {
  const prefix = `partly-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.button.waitFor();
  await page.evaluate(() => {
    // Entries as a browser gives them: a file that may not be opened, and a folder that breaks off in the middle.
    type Call<T> = (answer: T) => void;
    const file = (fullPath: string, readable: boolean) => ({
      isFile: true,
      fullPath,
      file: (take: Call<File>, refuse: Call<DOMException>) =>
        readable ? take(new File([fullPath], fullPath.replace(/.*\//, ''))) : refuse(new DOMException('', 'NotReadableError')),
    });
    const folder = (fullPath: string, entries: object[], whole: boolean) => ({
      isFile: false,
      fullPath,
      createReader: () => {
        const answers = [entries];
        return {
          readEntries: (take: Call<object[]>, refuse: Call<DOMException>) => {
            const next = answers.pop() ?? (whole ? [] : undefined);
            if (next) take(next);
            else refuse(new DOMException('', 'NotReadableError'));
          },
        };
      },
    });
    const inner = folder('/tree/inner', [file('/tree/inner/b.txt', true)], false);
    const tree = folder('/tree', [file('/tree/a.txt', true), file('/tree/locked.txt', false), inner, file('/tree/z.txt', true)], true);
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    Object.assign(drop, { dataTransfer: { items: [{ kind: 'file', webkitGetAsEntry: () => tree }] } });
    document.body.dispatchEvent(drop);
  });
  await expect(transfers.line).toContainText('3 of 5');
  await expect(transfers.line).toContainText('2 failed');
  const rows = await transfers.rows();
  await expect(rows.filter({ hasText: 'locked.txt' })).toContainText('The browser could not read tree/locked.txt');
  await expect(rows.filter({ hasText: 'of the folder' })).toContainText('tree/inner');
  await browse.complete('1 folder');
  for (const path of ['tree/a.txt', 'tree/inner/b.txt', 'tree/z.txt']) {
    expect(Buffer.from(await object(s3, 'uploads', prefix + path)).toString()).toBe(`/${path}`);
  }
});

test('what is there stays until the person says otherwise', async ({ folder, signIn, transfers, s3, complaints }) => {
  complaints.foresee(/status of 412/);
  const prefix = `kept-${Date.now()}/`;
  const large = noise(17 * MEBIBYTE);
  await writeFile(join(folder, 'large.bin'), large);
  await writeFile(join(folder, 'small.txt'), 'after');
  for (const name of ['large.bin', 'small.txt']) await s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: prefix + name, Body: 'before' }));
  await signIn('analyst', place('uploader', 'uploads', prefix));
  await transfers.give('Files…', [join(folder, 'large.bin'), join(folder, 'small.txt')]);
  await expect(transfers.line).toContainText('2 exist already');
  const rows = await transfers.rows();
  await expect(rows.filter({ hasText: 'small.txt' })).toContainText('There is an object');
  for (const name of ['large.bin', 'small.txt']) expect(Buffer.from(await object(s3, 'uploads', prefix + name)).toString()).toBe('before');
  await transfers.panel.getByRole('button', { name: 'Replace small.txt' }).click();
  await expect(transfers.line).toContainText('1 of 2');
  expect(Buffer.from(await object(s3, 'uploads', `${prefix}small.txt`)).toString()).toBe('after');
  expect(Buffer.from(await object(s3, 'uploads', `${prefix}large.bin`)).toString()).toBe('before');
  await transfers.panel.getByRole('button', { name: 'Replace all existing' }).click();
  await transfers.stored(2);
  expect(hash(await object(s3, 'uploads', `${prefix}large.bin`))).toBe(hash(large));
});

test('it rests and goes on', async ({ folder, signIn, transfers, s3, page }) => {
  const bytes = noise(40 * MEBIBYTE);
  await writeFile(join(folder, 'rest.bin'), bytes);
  await signIn('analyst', place('uploader', 'slow'));
  await transfers.give('Files…', join(folder, 'rest.bin'));
  const rows = await transfers.rows();
  await transfers.panel.getByRole('button', { name: 'Pause rest.bin' }).click();
  await expect(rows).toContainText('paused');
  let sent = 0;
  page.on('request', (request) => (sent += request.method() === 'PUT' ? 1 : 0));
  await page.waitForTimeout(500);
  expect(sent, 'nothing is sent while it rests').toBe(0);
  const asked = page.waitForEvent('dialog');
  await page.evaluate(() => void setTimeout(() => location.reload()));
  expect((await asked).type(), 'the browser asks before it is lost').toBe('beforeunload');
  await (await asked).dismiss();
  await transfers.panel.getByRole('button', { name: 'Resume rest.bin' }).click();
  await transfers.stored(1);
  expect(hash(await object(s3, 'slow', 'rest.bin'))).toBe(hash(bytes));
});

test('it goes on after the page was left in the middle', async ({ folder, signIn, transfers, s3, page }) => {
  const bytes = noise(70 * MEBIBYTE);
  const path = join(folder, 'interrupted.bin');
  await writeFile(path, bytes);
  await utimes(path, 1_795_000_000, 1_795_000_000);
  await signIn('analyst', place('uploader', 'slow'));
  await transfers.give('Files…', path);
  // At least one part is confirmed.
  await expect(transfers.line).toContainText(/[1-9]\d? %/, { timeout: 30_000 });
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = dialog.type() === 'beforeunload';
    void dialog.accept();
  });
  await page.reload();
  expect(asked, 'the browser asks before the page is left').toBe(true);
  await hydrated(page);

  await expect(transfers.line).toContainText('1 interrupted');
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  expect(stored).toContain('interrupted.bin');
  expect(stored).not.toMatch(/ASIA|[Tt]oken|[Ss]ecret/);
  // Another file of the name is not taken for it.
  const choose = async (files: string): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await transfers.panel.getByRole('button', { name: 'Choose file interrupted.bin' }).click();
    await (await chooser).setFiles(files);
  };
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other/interrupted.bin'), bytes.subarray(1));
  await choose(join(folder, 'other/interrupted.bin'));
  await expect(transfers.panel).toContainText('That is another file');

  const parts: string[] = [];
  page.on('request', (request) => {
    const number = new URL(request.url()).searchParams.get('partNumber');
    if (number && request.method() === 'PUT') parts.push(number);
  });
  await choose(path);
  await transfers.stored(1);
  expect(parts.length, 'parts that S3 has are not sent again').toBeLessThan(5);
  expect(hash(await object(s3, 'slow', 'interrupted.bin'))).toBe(hash(bytes));
  expect(await page.evaluate(() => localStorage.getItem('vestibule-uploads'))).toBeNull();
});

test('what one tab has in hand is offered in another only once that tab is gone', async ({ folder, signIn, transfers, s3, page, context }) => {
  const prefix = `tabs-${Date.now()}/`;
  await writeFile(join(folder, 'tabs.bin'), noise(100 * MEBIBYTE));
  await signIn('analyst', place('uploader', 'slow', prefix));
  await transfers.give('Files…', join(folder, 'tabs.bin'));
  await expect.poll(() => unfinished(s3, 'slow', prefix)).toBe(1);

  const other = await context.newPage();
  const there = new Transfers(other);
  await other.goto(page.url());
  await hydrated(other);
  await there.button.click();
  await there.menu.getByRole('button', { name: 'Look for unfinished uploads' }).click();
  await expect(there.menu).toContainText('No upload was left unfinished here.');
  // The list comes with the button, and what is on it a moment later.
  await other.waitForTimeout(1_000);
  await expect(there.panel).toBeHidden();

  // It rests, and is still the first tab's.
  await transfers.rows();
  await transfers.panel.getByRole('button', { name: 'Pause tabs.bin' }).click();
  await expect(transfers.line).toContainText('1 paused');
  await other.reload();
  await hydrated(other);
  await there.button.waitFor();
  await other.waitForTimeout(1_000);
  await expect(there.panel).toBeHidden();

  await page.close();
  await expect(there.line, 'without a reload').toContainText('1 interrupted');
  await other.reload();
  await hydrated(other);
  await expect(there.line).toContainText('1 interrupted');
  await there.rows();
  await there.panel.getByRole('button', { name: 'Cancel tabs.bin' }).click();
  await expect(there.panel).toBeHidden();
  await expect.poll(() => unfinished(s3, 'slow', prefix)).toBe(0);
});

test('cancelling drops at S3 what it has', async ({ folder, signIn, transfers, s3 }) => {
  await writeFile(join(folder, 'cancelled.bin'), noise(40 * MEBIBYTE));
  await signIn('analyst', place('uploader', 'slow'));
  await transfers.give('Files…', join(folder, 'cancelled.bin'));
  await expect.poll(() => unfinished(s3, 'slow', 'cancelled.bin')).toBe(1);
  await transfers.rows();
  await transfers.panel.getByRole('button', { name: 'Cancel cancelled.bin' }).click();
  await expect(transfers.panel).toBeHidden();
  await expect.poll(() => unfinished(s3, 'slow', 'cancelled.bin')).toBe(0);
});

test('a bucket that is busy and breaks off gets everything in the end', async ({ folder, signIn, transfers, s3, complaints }) => {
  complaints.foresee(/status of 503/);
  complaints.tolerate(/ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_CONTENT_LENGTH|status of 412/);
  const bytes = noise(80 * MEBIBYTE);
  await writeFile(join(folder, 'busy.bin'), bytes);
  await signIn('analyst', place('uploader', 'busy'));
  const small = Array.from({ length: 8 }, (_, number) => ({ name: `small-${number}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`${number}`) }));
  await transfers.give('Files…', small);
  await transfers.give('Files…', join(folder, 'busy.bin'));
  await transfers.stored(9, 60_000);
  expect(hash(await object(s3, 'busy', 'busy.bin'))).toBe(hash(bytes));
  for (const { name, buffer } of small) expect(Buffer.from(await object(s3, 'busy', name))).toEqual(buffer);
});

test('credentials that run out in the middle lose nothing', async ({ folder, signIn, transfers, s3, page }) => {
  test.slow();
  const bytes = noise(200 * MEBIBYTE);
  await writeFile(join(folder, 'long.bin'), bytes);
  await signIn('expiring', place('brief-uploader', 'slow'));
  const parts: string[] = [];
  const keys = new Set<string>();
  page.on('request', (request) => {
    const number = new URL(request.url()).searchParams.get('partNumber');
    if (!number || request.method() !== 'PUT') return;
    parts.push(number);
    keys.add(/Credential=(\w+)/.exec(request.headers()['authorization'] ?? '')?.[1] ?? '');
  });
  await transfers.give('Files…', join(folder, 'long.bin'));
  await transfers.stored(1, 90_000);
  expect(keys.size, 'several credentials signed the parts').toBeGreaterThan(1);
  expect(parts.length, 'no part was sent twice').toBe(13);
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'slow', Key: 'long.bin' }));
  expect(head.ContentLength).toBe(bytes.length);
  expect(hash(await object(s3, 'slow', 'long.bin'))).toBe(hash(bytes));
});

test('it goes on while other pages are shown, and when a part of the program does not load', async ({ folder, signIn, transfers, s3, page, frame, complaints }) => {
  complaints.foresee(/Connecting to 'https:\/\/sign-in\.invalid\/' violates/);
  complaints.tolerate(/Failed to fetch|WebAssembly/);
  const bytes = noise(40 * MEBIBYTE);
  await writeFile(join(folder, 'survivor.bin'), bytes);
  await signIn('analyst', place('uploader', 'slow'));
  await transfers.button.waitFor();
  // What an expired session of the balancer makes of whatever is asked for from here on.
  await page.route('**/pkg/**', (route) => route.fulfill({ status: 302, headers: { location: 'https://sign-in.invalid/' } }));
  await transfers.give('Files…', join(folder, 'survivor.bin'));
  await frame.sections.getByRole('link', { name: 'My access' }).click();
  await expect(page.getByRole('heading', { name: 'This part of the page did not load' })).toBeVisible();
  await expect(transfers.line).toContainText('0 of 1');
  await frame.choose('Data analyst');
  await frame.sections.getByRole('link', { name: 'Functions' }).click();
  await expect(transfers.line).toContainText(/0 of 1|stored/);
  await transfers.stored(1);
  expect(hash(await object(s3, 'slow', 'survivor.bin'))).toBe(hash(bytes));
});

test('where the role may not write the button says so', async ({ signIn, transfers }) => {
  await signIn('analyst', place('reader', 'reports', 'team/'));
  await expect(transfers.button).toHaveAttribute('aria-disabled', 'true');
  await expect(transfers.button).toHaveAccessibleName('Upload: The role Report reader may not write here.');
});

test('uploads that were left unfinished are found and dropped', async ({ folder, signIn, transfers, s3, page }) => {
  await writeFile(join(folder, 'left.bin'), noise(40 * MEBIBYTE));
  const prefix = `left-${Date.now()}/`;
  await signIn('analyst', place('uploader', 'slow', prefix));
  await transfers.give('Files…', join(folder, 'left.bin'));
  await expect.poll(() => unfinished(s3, 'slow', prefix)).toBe(1);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await hydrated(page);
  await transfers.button.click();
  await transfers.menu.getByRole('button', { name: 'Look for unfinished uploads' }).click();
  await transfers.menu.getByRole('button', { name: `Drop ${prefix}left.bin` }).click();
  await expect(transfers.menu).toContainText('No upload was left unfinished here.');
  expect(await unfinished(s3, 'slow', prefix)).toBe(0);
});
