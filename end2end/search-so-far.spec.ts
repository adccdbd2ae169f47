// Searching a listing that still goes on.

import { expect, place, test } from './portal';

test.use({ sandboxOptions: { objects: 200_000, latency: 150 } });

const flat = place('analyst', 'synthetic', 'big/');

test('what is found is “so far” until everything is there; Stop and Go on', async ({ browse, page, signIn }) => {
  await signIn('analyst', `${flat}&search=7`);
  await expect(browse.footer).toHaveText(/matches among [\d,]+ objects so far$/);
  await expect(browse.grid).toHaveAttribute('aria-rowcount', '-1');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(browse.footer).toHaveText(/so far · stopped$/);
  await browse.search.fill('nowhere-to-be-found');
  await expect(page.getByText('the listing was stopped before its end')).toBeVisible();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(browse.footer).toHaveText(/^0 matches among 200,000 objects · complete/);
});

test('a row that is not listed yet is gone to once it is', async ({ browse, page, signIn }) => {
  await signIn('analyst', flat);
  await expect(browse.footer).toContainText('so far');
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeVisible();
  await browse.search.fill('00195000');
  await browse.search.press('Control+Enter');
  await expect(page.getByText('“00195000” is not listed yet').first()).toBeVisible();
  await expect(browse.active()).toContainText('00195000-');
  await expect(browse.search).toHaveValue('');
  await expect(browse.grid).toBeFocused();
  await expect(browse.active()).toBeVisible();
});
