// A page's credentials are asked for by its document, beside the program and not behind it.

import { expect, place, test } from './portal';

test('the first mint does not wait for the program, and is asked for once', async ({ page, browse, signIn }) => {
  const mints: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/credentials')) mints.push(request.postData() ?? '');
  });
  let answered = false;
  // The program is held back until the mint is answered: one that waited for the program would wait for ever.
  await page.route('**/vestibule.wasm', async (route) => {
    await expect.poll(() => mints.length).toBe(1);
    await expect.poll(() => answered).toBe(true);
    await route.continue();
  });
  page.on('response', (response) => { answered ||= response.url().endsWith('/api/credentials') && response.ok(); });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  expect(mints.map((sent) => JSON.parse(sent) as unknown)).toEqual([{ role: 'analyst', duration_seconds: null }]);
  // What the document has left is taken away, and the page's text holds none of it.
  expect(await page.evaluate(() => 'vestibuleBegun' in window)).toBe(false);
});

test('a first mint that is refused is told as any other, and another page mints nothing', async ({ complaints, frame, page, signIn }) => {
  complaints.foresee(/status of 502/);
  const mints: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/credentials')) mints.push(request.postData() ?? '');
  });
  await signIn('no-audience', place('analyst', 'reports', 'team/'));
  await expect(frame.notice('This folder cannot be listed')).toBeVisible();
  expect(mints.length).toBe(1);
  await page.goto('/access');
  await expect(page.getByRole('heading', { name: 'My access', level: 1 })).toBeVisible();
  expect(mints.length).toBe(1);
});
