// Signing out: nothing works and nothing is left, here, in other tabs, behind the Back button and in memory.

import type { Page } from '@playwright/test';
import * as heap from './heap';
import { BrowsePage } from './pages/browse';
import { expect, hydrated, place, signIn as signInAt, test } from './portal';
import type { PortalCredentials } from './visitor';

test('the cookies are gone, and Back shows nothing @phone', async ({ page, browse, context, frame, signIn, sandbox }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const names = async () => (await context.cookies(sandbox.endpoints.balancer)).map(({ name }) => name);
  expect(await names()).toContain('AWSELBAuthSessionCookie-0');
  await frame.signOut();
  await expect(frame.notice('You are signed out')).toContainText('forgotten your credentials, in every tab');
  await expect(page).toHaveURL(`${sandbox.endpoints.balancer}/signed-out`);
  expect((await names()).filter((name) => name.startsWith('AWSELB'))).toEqual([]);

  await page.goBack();
  await expect(page).toHaveTitle(/Sign in to the sandbox/);
  await expect(page.getByText('plan.txt')).toHaveCount(0);
  await page.goto(place('analyst', 'reports', 'team/'));
  await expect(page).toHaveTitle(/Sign in to the sandbox/);
});

// Chromium does not keep a page with `no-store` that came over plain http; other browsers and https may. So the page is
// told what such a browser tells it.
const leave = (page: Page): Promise<void> =>
  page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
const comeBack = (page: Page): Promise<void> =>
  page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));

test('a page that was kept asks the portal before it shows anything', async ({ page, browse, context, signIn, frame }) => {
  await heap.watch(context);
  const secrets: string[] = [];
  page.on('response', async (answer) => {
    if (answer.url().endsWith('/api/credentials')) secrets.push(((await answer.json()) as PortalCredentials).SecretAccessKey);
  });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await leave(page);
  await expect(browse.grid).toBeHidden();
  expect(secrets).toHaveLength(1);
  expect(await heap.find(page, secrets), 'wiped on leaving').toEqual([]);

  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/whoami', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/api/whoami');
  await comeBack(page);
  await asked;
  await expect(browse.grid).toBeHidden();
  answer();
  await expect(browse.grid).toBeVisible();
  await expect(frame.person).toBeVisible();
  await browse.folder('2026/').click();
  await browse.complete('1 object');
});

test('a page that was kept while the person signed out shows nothing', async ({ page, browse, complaints, context, signIn }) => {
  complaints.foresee(/status of 401/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await leave(page);
  await context.clearCookies();
  await comeBack(page);
  await expect(page).toHaveTitle(/Sign in to the sandbox/);
  await expect(page.getByText('plan.txt')).toHaveCount(0);
});

test('a page that was kept is not shown to another person', async ({ page, browse, context, frame, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await leave(page);
  const other = await context.newPage();
  // Somebody who may see nothing of it: whoever else is an analyst would list the same objects.
  await signInAt(other, 'outsider');
  await comeBack(page);
  await expect(frame.person).toHaveAccessibleName(/Olu Bergman/);
  await expect(page.getByText('plan.txt')).toHaveCount(0);
  // Nothing of the page before is left: it was loaded anew.
  expect(await page.evaluate(() => performance.getEntriesByType('navigation')[0]?.toJSON().type)).toBe('reload');
});

test('in every tab: what was open there is closed', async ({ page, browse, context, frame, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const other = await context.newPage();
  await other.goto(place('analyst', 'reports', 'team/2026/'));
  await hydrated(other);
  await new BrowsePage(other).complete('1 object');

  await frame.signOut();
  await expect(frame.notice('You are signed out')).toBeVisible();
  await expect(other.getByRole('heading', { name: 'You are signed out' })).toBeVisible();
  await expect(other.getByText('budget.csv')).toHaveCount(0);
});

test('what one person began does not go on as another who signs in beside it', async ({ page, complaints, context, signIn, transfers }) => {
  complaints.foresee(/net::ERR_CONNECTION_RESET/);
  const isStored = (method: string, url: string): boolean => method === 'PUT' && url.includes('/uploads/');
  let [minted, stored] = [0, 0];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/credentials')) minted += 1;
    if (isStored(request.method(), request.url())) stored += 1;
  });
  await signIn('analyst', place('uploader', 'uploads', `beside-${Date.now()}/`));
  // The file is on its way until somebody else has signed in; then the connection breaks, after which it would be sent again.
  let breakOff = (): void => undefined;
  const broken = new Promise<void>((resolve) => (breakOff = resolve));
  await page.route('**/uploads/**', async (route) => {
    if (!isStored(route.request().method(), route.request().url())) return route.continue();
    await broken;
    await route.abort('connectionreset');
  });
  await transfers.give('Files…', { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('Monday: measure.\n') });
  await expect.poll(() => stored).toBe(1);
  const before = minted;

  // The administrator has the same role.
  const other = await context.newPage();
  await signInAt(other, 'admin', place('uploader', 'uploads'));
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible();
  breakOff();
  await page.waitForTimeout(3_000);
  expect({ minted, stored }, 'asked for after that').toEqual({ minted: before, stored: 1 });
});

test("no secret stays in the page's memory", async ({ page, browse, context, frame, signIn }) => {
  await heap.watch(context);
  test.setTimeout(120_000);
  const secrets: string[] = [];
  context.on('response', async (answer) => {
    if (!answer.url().endsWith('/api/credentials')) return;
    const { SecretAccessKey, SessionToken } = (await answer.json()) as PortalCredentials;
    secrets.push(SecretAccessKey, SessionToken);
  });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const other = await context.newPage();
  await other.goto(place('analyst', 'reports', 'team/2026/'));
  await hydrated(other);
  await new BrowsePage(other).complete('1 object');
  await expect.poll(() => secrets.length).toBe(4);
  const [secretKey = ''] = secrets.slice(2);
  // The search finds what is there: while they are in use they are in the memory of the wasm program.
  expect(await heap.find(other, [secretKey])).toContain(`a buffer with ${secretKey.slice(0, 4)}…`);

  await frame.signOut();
  await expect(frame.notice('You are signed out')).toBeVisible();
  await expect(other.getByRole('heading', { name: 'You are signed out' })).toBeVisible();
  // The other tab is the same document as before, so this is the memory that held them.
  expect(await heap.find(other, secrets), 'the tab that stayed').toEqual([]);
  expect(await heap.find(page, secrets), 'the tab that left').toEqual([]);
});

test('another site cannot sign anybody out', async ({ page, browse, signIn, sandbox, frame }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  // The same machine by another name is another site.
  const elsewhere = sandbox.endpoints.balancer.replace('127.0.0.1', 'localhost');
  await page.goto(`${elsewhere}/signed-out`);
  await page.evaluate((url) => {
    const link = Object.assign(document.createElement('a'), { href: url });
    link.click();
  }, `${sandbox.endpoints.balancer}/sign-out`);
  await expect(page.getByRole('heading', { name: 'Sign out?' })).toBeVisible();
  await page.goto(place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await expect(frame.person).toBeVisible();
});
