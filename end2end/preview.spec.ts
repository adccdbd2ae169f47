// What is in an object: each kind of object shows what is in it, by few bytes, and nothing in it does anything.

import AxeBuilder from '@axe-core/playwright';
import type { Page, Request } from '@playwright/test';
import { Preview } from './pages/preview';
import { expect, place, test as base } from './portal';

const GALLERY = place('reader', 'reports', 'gallery/');

/** What S3 was asked for, object by object, and how the bytes were named. */
class Asked {
  readonly requests: Request[] = [];

  constructor(page: Page, s3: string) {
    page.on('request', (request) => {
      if (request.url().startsWith(`${s3}/reports/gallery/`) && request.method() === 'GET') this.requests.push(request);
    });
  }

  /** The ranges that the page asked of an object, in the order in which it did. */
  ranges(name: string): string[] {
    const of = this.requests.filter((request) => new URL(request.url()).pathname.endsWith(`/${name}`) && request.resourceType() === 'fetch');
    return of.map((request) => request.headers()['range'] ?? 'everything');
  }
}

const test = base.extend<{ preview: Preview; asked: Asked }>({
  preview: async ({ page }, use) => use(new Preview(page)),
  asked: async ({ page, sandbox }, use) => use(new Asked(page, sandbox.endpoints.s3)),
});

/** Bytes that ranges ask for. */
function bytes(ranges: string[]): number {
  return ranges.reduce((sum, range) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    expect(first, range).toBeDefined();
    return sum + Number(last) - Number(first) + 1;
  }, 0);
}

test.describe('text', () => {
  for (const [name, facts, words] of [
    ['plain.txt', 'Text · ASCII', 'With a tab, and <b>no markup</b>.'],
    ['utf-16.txt', 'Text · UTF-16LE', 'Grüße aus Zürich, 日本 und 😀.'],
    ['windows-1252.txt', 'Text · windows-1252', 'Straße 12; 10,5 m², fällig über Öl'],
    ['shift-jis.txt', 'Text · Shift_JIS', 'これは日本語の文章です。'],
    ['order.json', 'JSON · ASCII', '      "price": 1.10e2'],
    ['page.html', 'HTML · ASCII', '<script>window.pwned = true'],
    ['script.js', 'JavaScript · ASCII', 'window.pwned = true'],
  ] as const) {
    test(name, async ({ preview, signIn }) => {
      await signIn('analyst', GALLERY);
      await preview.open(name);
      await expect(preview.text).toContainText(words);
      await expect(preview.facts).toContainText(facts);
      await expect(preview.section.locator('b, script, svg:not(.icon)')).toHaveCount(0);
    });
  }

  test('a long one by steps of 256 KiB', async ({ preview, signIn, asked }) => {
    await signIn('analyst', GALLERY);
    await preview.open('long.txt');
    await expect(preview.text).toContainText('line 000001: the quick brown fox');
    await expect(preview.facts).toHaveText('Text · ASCII · the first 262 kB of 5.0 MB');
    await expect(preview.text).not.toContainText('line 006000');
    await preview.more.click();
    await expect(preview.text).toContainText('line 006000: the quick brown fox');
    await expect(preview.facts).toHaveText('Text · ASCII · the first 524 kB of 5.0 MB');
    expect(asked.ranges('long.txt')).toEqual(['bytes=0-262143', 'bytes=262144-524287']);
  });

  test('a mistake in JSON is told by line and column, and nesting without end', async ({ preview, signIn }) => {
    await signIn('analyst', GALLERY);
    await preview.open('broken.json');
    await expect(preview.section).toContainText('Line 3, column 11: a colon should stand between name and value.');
    await expect(preview.text).toContainText('"lines" [1, 2]');
    await preview.open('deep.json');
    await expect(preview.section).toContainText('Line 1, column 501: this is nested deeper than 500 levels.');
  });

  test('what is no text: nothing, bytes, and a bomb', async ({ preview, signIn, asked }) => {
    await signIn('analyst', GALLERY);
    await preview.open('empty.txt');
    await expect(preview.section).toContainText('The object is empty.');
    expect(asked.ranges('empty.txt')).toEqual([]);
    await preview.open('bytes.bin');
    await expect(preview.facts).toHaveText('No text · the first 1.0 kB of 4.1 kB');
    await expect(preview.section.getByRole('region', { name: 'Bytes' })).toContainText('0000  00 00 00 01 02 03 04 06');
    await preview.open('bomb.txt.gz');
    await expect(preview.facts).toHaveText('Unpacked from gzip · ASCII · the beginning');
    expect((await preview.text.textContent())?.length).toBe(2 * 1024 * 1024);
  });
});

test.describe('tables', () => {
  test('CSV: separators, quotes, and only some rows at first', async ({ preview, signIn, asked }) => {
    await signIn('analyst', GALLERY);
    await preview.open('semicolons.csv');
    await expect(preview.facts).toHaveText('CSV · ASCII · 3 rows · 3 columns');
    expect(await preview.row(1)).toEqual(['Ada', 'London', '1,5']);
    expect(await preview.row(2)).toEqual(['Grace', 'New\nYork', '2,75']);

    await preview.open('orders.csv');
    await expect(preview.facts).toContainText('CSV · ASCII · the first 200 rows from the first 262 kB of ');
    await expect(preview.facts).toContainText('· 4 columns');
    await expect(preview.table.getByRole('row')).toHaveCount(201);
    await preview.more.click();
    await expect(preview.table.getByRole('row')).toHaveCount(401);
    expect(await preview.row(400)).toEqual(['400', '2026-05-09', 'customer 0800', '400.00']);
    expect(asked.ranges('orders.csv')).toEqual(['bytes=0-262143']);

    await preview.open('orders.csv.gz');
    await expect(preview.facts).toContainText('Unpacked from gzip · ASCII · the first 200 rows');
    expect(await preview.row(1)).toEqual(['1', '2026-02-02', 'customer 0007', '1.01']);
    expect(bytes(asked.ranges('orders.csv.gz'))).toBeLessThan(262_145);

    await preview.open('one-line.csv');
    await expect(preview.section).toContainText('No row ends in what was read, so it is shown as text.');
  });

  test('JSON Lines', async ({ preview, signIn }) => {
    await signIn('analyst', GALLERY);
    await preview.open('events.jsonl');
    await expect(preview.facts).toHaveText('JSON Lines · ASCII · the first 200 rows · 3 columns');
    expect(await preview.row(1)).toEqual(['0', 'sign-in', '["a","b"]']);
    expect(await preview.row(2)).toEqual(['1', 'read', '–']);
  });

  test('Parquet: its end and its first rows, and not the rest', async ({ preview, signIn, asked }) => {
    await signIn('analyst', GALLERY);
    await preview.open('squares.parquet');
    await expect(preview.facts).toHaveText('Parquet · the first 200 of 500,000 rows · 2 columns');
    await expect(preview.table.getByRole('columnheader', { name: /^square/ })).toContainText('integer');
    expect(await preview.row(200)).toEqual(['199', '39601']);
    const ranges = asked.ranges('squares.parquet');
    // What it is, what its end says, the first of twenty groups of rows: of 8 MB half a megabyte.
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBe('bytes=0-4095');
    expect(bytes(ranges)).toBeLessThan(500_000);
    await preview.more.click();
    await expect(preview.facts).toContainText('the first 400 of 500,000 rows');
    expect(asked.ranges('squares.parquet')).toEqual(ranges);

    await preview.open('nested.parquet');
    expect(await preview.row(1)).toEqual(['["a", "b"]', '{x: 1, y: "one"}', '[[1, 2], []]', '{"k": 1, "l": null}', '[{a: 1, b: [true]}, {a: 2, b: []}]']);
    await preview.open('damaged.parquet');
    await expect(preview.section).toContainText('What it says about its columns is longer than 16 MiB. Download it to see it.');
  });
});

test.describe('pictures and players', () => {
  for (const [name, facts, size] of [
    ['photo.jpg', 'JPEG picture', '320 × 200'],
    ['picture.png', 'PNG picture', '240 × 160'],
    ['picture.webp', 'WebP picture', '320 × 200'],
    ['picture.avif', 'AVIF picture', '320 × 200'],
    ['drawing.svg', 'SVG drawing', '200 × 100'],
  ] as const) {
    test(name, async ({ preview, signIn }) => {
      await signIn('analyst', GALLERY);
      await preview.open(name);
      await expect(preview.section.getByRole('img', { name: `The picture ${name}` })).toBeVisible();
      await expect(preview.section).toContainText(`${size} pixels`);
      await expect(preview.facts).toContainText(facts);
    });
  }

  test('a large picture only on request, a damaged one with a sentence', async ({ complaints, preview, signIn, asked }) => {
    // The recorder of the test looks for the picture at its address.
    complaints.tolerate(/Connecting to 'blob:/);
    await signIn('analyst', GALLERY);
    await preview.open('large.bmp');
    await preview.section.getByRole('button', { name: /^Load/ }).click();
    await expect(preview.section).toContainText('1200 × 1200 pixels');
    expect(bytes(asked.ranges('large.bmp').slice(1))).toBe(1_200 * 1_200 * 3 + 54);
    await preview.open('damaged.png');
    await expect(preview.section).toContainText('The browser cannot draw it: it is damaged');
  });

  test('a film and a tone play from the bucket, by ranges', async ({ page, preview, signIn, asked }) => {
    await signIn('analyst', GALLERY);
    await preview.open('clip.webm');
    const film = preview.section.locator('video');
    await expect.poll(() => film.evaluate((player: HTMLVideoElement) => [player.videoWidth, player.videoHeight])).toEqual([160, 96]);
    await film.evaluate(async (player: HTMLVideoElement) => {
      player.muted = true;
      await player.play();
    });
    await expect.poll(() => film.evaluate((player: HTMLVideoElement) => player.currentTime)).toBeGreaterThan(0.2);

    await preview.open('tone.wav');
    const tone = preview.section.locator('audio');
    await expect.poll(() => tone.evaluate((player: HTMLAudioElement) => Math.round(player.duration))).toBe(190);
    const answer = page.waitForResponse((answer) => answer.url().includes('/tone.wav') && answer.status() === 206 && !(answer.headers()['content-range'] ?? '').startsWith('bytes 0-'));
    await tone.evaluate((player: HTMLAudioElement) => void (player.currentTime = 170));
    await answer;
    await expect.poll(() => tone.evaluate((player: HTMLAudioElement) => player.seeking)).toBe(false);
    // The page itself looked at what it is, and read no more.
    expect(asked.ranges('tone.wav')).toEqual(['bytes=0-4095']);
  });
});

test.describe('nothing in an object does anything', () => {
  const hostile = ['page.html', 'script.js', 'drawing.svg', 'document.pdf', 'page-called-picture.png', 'page-called-document.pdf', 'picture-called-page.html'];

  for (const name of hostile) {
    test(name, async ({ page, preview, sandbox, signIn }) => {
      await signIn('analyst', GALLERY);
      await preview.open(name);
      const portal = new URL(sandbox.endpoints.balancer).origin;
      const calls: string[] = [];
      page.on('request', (request) => {
        if (request.url().startsWith(`${portal}/api/`)) calls.push(request.url());
      });
      await expect(preview.facts).not.toBeEmpty();
      await preview.large.click();
      await expect(preview.dialog.locator('.preview__facts')).not.toBeEmpty();
      // Chromium hands a frame over to its PDF viewer just then, and may lose a key; the focus stays where it was put.
      await expect(async () => {
        if (await preview.dialog.isHidden()) return;
        await expect(preview.dialog.getByRole('button', { name: 'Close' })).toBeFocused({ timeout: 1_000 });
        await page.keyboard.press('Escape');
        await expect(preview.dialog).toBeHidden({ timeout: 1_000 });
      }).toPass({ timeout: 10_000 });
      // No frame but the page itself is of the portal's origin, and none of them ran anything.
      for (const frame of page.frames()) {
        if (frame === page.mainFrame()) expect(await frame.evaluate(() => 'pwned' in window)).toBe(false);
        else expect(new URL(frame.url()).origin).not.toBe(portal);
      }
      expect(calls).toEqual([]);
    });
  }

  test('what an object says it is, is held against what it is', async ({ preview, signIn }) => {
    await signIn('analyst', GALLERY);
    await preview.open('page-called-picture.png');
    await expect(preview.section).toContainText('It is stored as image/png. It is not that: it is text.');
    await expect(preview.text).toContainText('<!doctype html><script>');
    await preview.open('page-called-document.pdf');
    await expect(preview.section).toContainText('It is stored as application/pdf. It is not that: it is text.');
    await expect(preview.section.locator('iframe')).toHaveCount(0);
    await preview.open('picture-called-page.html');
    await expect(preview.section).toContainText('It is stored as text/html. It is not that: it is a PNG picture.');
    await expect(preview.section.getByRole('img')).toBeVisible();
  });

  test('a PDF stands in a frame of the bucket, which says that it is one', async ({ preview, sandbox, signIn }) => {
    await signIn('analyst', GALLERY);
    await preview.open('document.pdf');
    const frame = preview.section.locator('iframe');
    await expect(frame).toBeVisible();
    const url = new URL((await frame.getAttribute('src')) ?? '');
    expect(url.origin).toBe(new URL(sandbox.endpoints.s3).origin);
    expect(url.searchParams.get('response-content-type')).toBe('application/pdf');
    expect(url.searchParams.get('response-content-disposition')).toBe('inline');
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([200, 'application/pdf', 'inline']);
  });

  test('a drawing stands in an address that is of no origin', async ({ complaints, page, preview, signIn }) => {
    // Its script runs there, and asks nobody: it has no portal to speak to.
    complaints.tolerate(/Failed to parse URL from \/api\/whoami/);
    await signIn('analyst', GALLERY);
    await preview.open('drawing.svg');
    const address = (await preview.section.getByRole('img').getAttribute('src')) ?? '';
    expect(address).toMatch(/^data:image\/svg\+xml,/);
    // As "open in a new tab" would.
    const other = await page.context().newPage();
    await other.goto(address);
    expect(await other.evaluate(() => window.origin)).toBe('null');
    await other.close();
  });
});

test('over the whole page and back by keyboard, without a defect for axe', async ({ page, preview, signIn }) => {
  await signIn('analyst', GALLERY);
  for (const name of ['orders.csv', 'photo.jpg', 'order.json', 'clip.webm', 'page-called-picture.png']) {
    await preview.open(name);
    await expect(preview.facts).not.toBeEmpty();
    const inline = await new AxeBuilder({ page }).include('.preview').analyze();
    expect(inline.violations, name).toEqual([]);
    await preview.large.focus();
    await page.keyboard.press('Enter');
    await expect(preview.dialog).toBeVisible();
    await expect(preview.dialog.getByRole('heading', { name })).toBeVisible();
    await expect(preview.dialog.getByRole('button', { name: 'Close' })).toBeFocused();
    const wide = await new AxeBuilder({ page }).include('dialog').analyze();
    expect(wide.violations, `${name}, large`).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(preview.dialog).toBeHidden();
    await expect(preview.large).toBeFocused();
  }
});

test('what was shown is let go of when another object is', async ({ complaints, page, preview, signIn }) => {
  await signIn('analyst', GALLERY);
  await preview.open('photo.jpg');
  const address = (await preview.section.getByRole('img').getAttribute('src')) ?? '';
  expect(address).toMatch(/^blob:/);
  const loads = (): Promise<boolean> =>
    page.evaluate((address) => new Promise<boolean>((done) => {
      const image = new Image();
      image.onload = () => done(true);
      image.onerror = () => done(false);
      image.src = address;
    }), address);
  expect(await loads()).toBe(true);
  await preview.open('plain.txt');
  await expect(preview.text).toBeVisible();
  complaints.foresee(/ERR_FILE_NOT_FOUND/);
  expect(await loads()).toBe(false);
});

test('a bucket that takes no signature in an address', async ({ page, preview, signIn }) => {
  await signIn('admin', place('collector', 'header-only'));
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  await preview.open('figures.csv');
  await expect(preview.facts).toContainText('CSV');
  expect(urls.filter((url) => url.includes('X-Amz-Signature'))).toEqual([]);
});
