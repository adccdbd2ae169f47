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

test('all matches are selected so far, and are not all once there are more', async ({ browse, page, signIn }) => {
  // One name in a thousand.
  await signIn('analyst', `${flat}&search=000-`);
  await expect(browse.footer).toHaveText(/^[1-9]\d* match(es)? among [\d,]+ objects so far$/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(browse.footer).toHaveText(/so far · stopped$/);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  const selected = page.locator('.selected');
  await expect(selected).toContainText(/^All \d+ so far selected/);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(browse.footer).toHaveText(/^200 matches among 200,000 objects · complete/);
  await expect(selected).toContainText(/^\d+ selected, not all matches/);
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await expect(selected).toContainText(/^200 selected/);
});

test('a listing that failed says what was looked at, and goes on', async ({ browse, complaints, frame, page, signIn }) => {
  complaints.foresee(/status of 403/);
  const later = /[?&](continuation-token|start-after)=/;
  await page.route(later, (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/xml',
      headers: { 'access-control-allow-origin': new URL(page.url()).origin },
      body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    }),
  );
  await signIn('analyst', flat);
  await expect(browse.footer).toContainText('the rest could not be listed');
  await browse.search.fill('nowhere-to-be-found');
  const notice = frame.notice('Nothing found so far');
  await expect(notice).toContainText('No name holds “nowhere-to-be-found”. The first');
  await expect(notice).toContainText('in this folder were looked at; the rest could not be listed.');
  await expect(browse.alert).toContainText('AccessDenied');
  await page.unroute(later);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(browse.footer).toHaveText(/^0 matches among 200,000 objects · complete/);
});
