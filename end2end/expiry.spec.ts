// Time runs out: credentials are renewed under the hands of whoever works, an ended sign-in costs one navigation.

import { type Request } from '@playwright/test';
import { bytes } from './pages/browse';
import { expect, hydrated, place, test } from './portal';

const isMint = (request: Request): boolean => request.url().endsWith('/api/credentials');

test('credentials of twenty seconds, a sign-in of ninety', async ({ page, browse, frame, signIn, complaints, sandbox }) => {
  test.setTimeout(180_000);
  const minted: string[] = [];
  page.on('response', async (answer) => {
    if (isMint(answer.request()) && answer.ok()) minted.push(((await answer.json()) as { AccessKeyId: string }).AccessKeyId);
  });
  const begun = Date.now();
  await signIn('expiring', place('brief', 'reports', 'team/'));
  await browse.complete('4 objects');
  await expect(frame.timeLeft).toHaveText(/0:[01]\d/);
  await expect(frame.timeLeft).toHaveAttribute('data-level', 'soon');

  // Renewed while the page just stands there: at four fifths of their life, so nothing ever fails.
  await expect.poll(() => minted.length, { timeout: 25_000 }).toBeGreaterThanOrEqual(2);
  expect(new Set(minted).size).toBe(minted.length);
  await expect.poll(() => minted.length, { timeout: 25_000 }).toBeGreaterThanOrEqual(3);
  // More than twice their life after the first: a request is signed with new ones.
  const download = await browse.save(await browse.row('plan.txt'));
  expect(new URL(download.url()).searchParams.get('X-Amz-Credential')).toContain(minted.at(-1));
  expect((await bytes(download)).toString()).toContain('Monday: measure.');

  // The sign-in ends after 90 seconds. Whatever asks the portal next leads there, once, and back here.
  // Only where the call before the navigation was answered by the balancer itself.
  complaints.tolerate(/status of 401/);
  await browse.folder('2026/').click();
  const here = sandbox.endpoints.balancer + place('brief', 'reports', 'team/2026/');
  await expect(page).toHaveURL(here);
  const documents: string[] = [];
  page.on('domcontentloaded', (loaded) => documents.push(loaded.url()));
  await expect(page).toHaveTitle(/Sign in to the sandbox/, { timeout: 120_000 - (Date.now() - begun) });
  expect(documents).toHaveLength(1);
  await page.getByRole('link', { name: /Eli Brandt/ }).click();
  await expect(page).toHaveURL(here);
  await hydrated(page);
  await browse.complete('1 object · 4 folders');
});

test('a sign-in that ends elsewhere: one tab of two is sent to sign in', async ({ page, browse, complaints, context, frame, signIn }) => {
  complaints.foresee(/status of 401/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const other = await context.newPage();
  await other.goto(place('analyst', 'reports', 'team/2026/'));
  await hydrated(other);
  await other.bringToFront();

  await context.clearCookies();
  await other.getByRole('button', { name: /^Credentials last/ }).click();
  await other.getByRole('button', { name: 'Renew now' }).click();
  await expect(other).toHaveTitle(/Sign in to the sandbox/);

  await page.bringToFront();
  await frame.timeLeft.click();
  await page.getByRole('button', { name: 'Renew now' }).click();
  await expect(frame.credentials).toContainText('Your sign-in has ended.');
  await expect(frame.credentials).toContainText('Sign in, here or in another tab, then try again.');
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/'));
  // What it holds goes on working.
  await browse.folder('2026/').click();
  await browse.complete('1 object');

  // Signed in again over there, this one goes on where it was.
  await other.bringToFront();
  await other.getByRole('link', { name: /Amara Okafor/ }).click();
  await expect(other).toHaveURL(place('analyst', 'reports', 'team/2026/'));
  await page.bringToFront();
  await frame.timeLeft.click();
  const renewed = page.waitForResponse((answer) => isMint(answer.request()) && answer.ok());
  await page.getByRole('button', { name: 'Renew now' }).click();
  await renewed;
  await expect(frame.credentials).not.toContainText('Your sign-in has ended.');
});

test('many need credentials, the portal is asked once', async ({ page, browse, signIn }) => {
  const mints: string[] = [];
  page.on('request', (request) => isMint(request) && mints.push(request.url()));
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.folder('2026/').click();
  await browse.complete('1 object');
  await browse.folder('q1/').click();
  await browse.complete('8 objects');
  expect(mints).toHaveLength(1);
});
