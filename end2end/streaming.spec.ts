// A listing on its way: an S3 that takes 400 ms for each page of it.

import { expect, place, test } from './portal';

test.use({ sandboxOptions: { latency: 400 } });

test('rows come as they are found, and the count says so', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await expect(browse.grid).toHaveAttribute('aria-busy', 'true');
  await expect(browse.footer).toHaveText(/^[1-9],\d{3} objects so far$/);
  expect((await browse.names())[0]).toBe('record-00000.txt');
  await expect(browse.grid).toHaveAttribute('aria-rowcount', '-1');
  await browse.complete('10,000 objects');
  await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0);
});

test('it stops when told, and goes on when told', async ({ browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await expect(browse.footer).toHaveText(/so far$/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(browse.footer).toHaveText(/^[1-9],\d{3} objects so far · stopped$/);
  await page.getByRole('button', { name: 'Go on' }).click();
  await browse.complete('10,000 objects');
  await browse.grid.focus();
  await browse.grid.press('End');
  await expect.poll(async () => (await browse.names()).at(-1)).toBe('record-09999.txt');
});

test('leaving a folder ends its listing', async ({ browse, page, signIn }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await expect(browse.footer).toHaveText(/so far$/);
  await browse.crumbs.getByRole('link', { name: 'team' }).click();
  await browse.complete('4 objects · 3 folders');
  // By all lanes and both host names.
  const pages = () => asked.filter((url) => url.includes('prefix=team%2Fmany%2F') && url.includes('list-type=2')).length;
  const before = pages();
  await browse.folder('2026/').click();
  await browse.complete('1 object · 4 folders');
  expect(pages(), 'nothing more of the folder that was left').toBe(before);
});
