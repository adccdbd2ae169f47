// Signing out: nothing works and nothing is left, here, in other tabs, behind the Back button and in memory.

import { chromium } from '@playwright/test';
import * as heap from './heap';
import { BrowsePage } from './pages/browse';
import { expect, hydrated, place, test } from './portal';
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

test('with the back/forward cache on: Back asks the portal before anything is shown', async ({ sandbox, launchOptions }) => {
  // Playwright turns the cache off in the browser it gives to tests.
  const browser = await chromium.launch({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    const page = await browser.newPage({ baseURL: sandbox.endpoints.balancer });
    const browse = new BrowsePage(page);
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      addEventListener('pageshow', (event) => {
        if (event.persisted) seen.push(`kept, ${getComputedStyle(document.documentElement).visibility}`);
      });
    });
    await page.goto(`/sandbox/sign-in?as=analyst&to=${encodeURIComponent(place('analyst', 'reports', 'team/'))}`);
    await hydrated(page);
    await browse.complete('4 objects');

    // Away and back, still signed in: the page is the one that was kept, hidden until the portal has answered.
    await page.goto('/sandbox/endpoints');
    const asked = page.waitForRequest('**/api/whoami');
    await page.goBack();
    await asked;
    await expect(browse.grid).toBeVisible();
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual(['kept, hidden']);

    // Away, signed out behind its back, and back: nothing of it is shown.
    await page.goto('/sandbox/sign-out');
    await page.goBack();
    await expect(page).toHaveTitle(/Sign in to the sandbox|Vestibule sandbox/);
    await expect(page.getByText('plan.txt')).toHaveCount(0);
  } finally {
    await browser.close();
  }
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

test("no secret stays in the page's memory", async ({ page, browse, context, frame, signIn }) => {
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
  expect(await heap.find(other, [secretKey])).toContain(`WebAssembly.Memory with ${secretKey.slice(0, 4)}…`);

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
