// Without JavaScript: who is signed in, the sections and the locations are there, and the rest is explained.

import { expect, place, test } from './portal';

test.use({ javaScriptEnabled: false });

// Chromium fetches the program all the same and wonders after some seconds why nobody used it.
test.beforeEach(({ complaints }) => complaints.tolerate(/was preloaded using link preload but not used/));

test('the frame and the locations are rendered by the server @phone', async ({ page, browse, frame }) => {
  await page.goto(`/sandbox/sign-in?as=analyst&to=${encodeURIComponent('/browse')}`);
  // Playwright's search by text leaves out whatever stands in a noscript element.
  const explanation = page.locator('noscript');
  await expect(explanation).toBeVisible();
  await expect.poll(() => explanation.evaluate((element) => element.textContent)).toContain('so it needs JavaScript and WebAssembly');
  await expect(frame.sections.getByRole('link')).toHaveText(['Browse', 'Functions', 'Flow', 'My access']);
  await expect(frame.person).toHaveAccessibleName(/signed in as Amara Okafor$/);
  await expect(browse.locations.getByRole('link')).toHaveCount(6);
  await browse.locations.getByRole('link').filter({ hasText: 'reports' }).click();
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/'));
  await expect(page).toHaveTitle('team/ in reports · Vestibule');
  await expect(browse.crumbs.getByRole('listitem')).toHaveText(['Locations', 'reports', 'team']);
});

test('functions, refusals and the way out', async ({ page, frame, functions }) => {
  await page.goto('/sandbox/sign-in?as=analyst&to=/functions');
  await expect(functions.list.getByRole('link')).toHaveText(['echo', 'word-count', 'fail', 'slow', 'forbidden', 'count', 'buffered', 'busy', 'picture', 'resize']);
  await page.goto(place('analyst', 'private'));
  await expect(frame.notice('This bucket is not open here')).toBeVisible();
  await page.goto('/sandbox/sign-in?as=outsider');
  await expect(frame.notice('No role is open to you')).toBeVisible();
  await page.goto('/sign-out');
  await expect(frame.notice('You are signed out')).toBeVisible();
});
