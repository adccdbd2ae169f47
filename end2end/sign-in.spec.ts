// Signing in, as each of the sandbox's people.

import { expect, hydrated, place, test } from './portal';

const people = [
  { id: 'analyst', name: 'Amara Okafor' },
  { id: 'admin', name: 'Ingrid Sand' },
  { id: 'outsider', name: 'Olu Bergman' },
  { id: 'no-audience', name: 'Noor Haddad' },
  { id: 'expiring', name: 'Eli Brandt' },
];

test('whoever is not signed in picks a person and lands where they wanted to go @phone', async ({ page, browse, frame, sandbox }) => {
  await page.goto(place('analyst', 'reports', 'team/2026/'));
  await expect(page).toHaveURL((url) => url.origin === sandbox.endpoints.idp);
  await expect(page).toHaveTitle(/Sign in to the sandbox/);
  await expect(page.getByText('Sandbox: nothing here is AWS')).toBeVisible();
  const cards = page.getByRole('listitem');
  await expect(cards).toHaveCount(people.length);
  for (const person of people) await expect(cards.filter({ hasText: person.name })).toContainText(person.id);

  await page.getByRole('link', { name: /Amara Okafor/ }).click();
  await expect(page).toHaveURL(sandbox.endpoints.balancer + place('analyst', 'reports', 'team/2026/'));
  await hydrated(page);
  await expect(frame.person).toHaveAccessibleName(/signed in as Amara Okafor$/);
  await browse.complete('1 object · 4 folders');
});

test("the sandbox's own sign-in page keeps the place too", async ({ page, sandbox, browse }) => {
  await page.goto(`/sandbox/sign-in?to=${encodeURIComponent('/browse?role=reader')}`);
  await page.getByRole('link', { name: /Ingrid Sand/ }).click();
  await expect(page).toHaveURL(`${sandbox.endpoints.balancer}/browse?role=reader`);
  await expect(browse.locations.getByRole('link')).toHaveCount(1);
});

test('a link from outside does not lead outside', async ({ page, complaints }) => {
  complaints.foresee(/status of 400/);
  const answer = await page.goto('/sandbox/sign-in?as=analyst&to=%2F%2Fevil.example%2F');
  expect(answer?.status()).toBe(400);
  await expect(page.getByRole('heading', { name: 'This does not work' })).toBeVisible();
});

test('analyst and admin have their roles, and change between them by URL', async ({ page, frame, browse, signIn }) => {
  await signIn('analyst');
  await expect(page).toHaveURL(/\/browse$/);
  await expect(frame.role).toHaveAccessibleName('Role: Data analyst');
  await expect(browse.locations.getByRole('link')).toHaveCount(6);
  await frame.choose('Report reader');
  await expect(page).toHaveURL(/role=reader/);
  await expect(frame.role).toHaveAccessibleName('Role: Report reader');
  await expect(browse.locations.getByRole('link')).toHaveCount(1);
  await page.goBack();
  await expect(frame.role).toHaveAccessibleName('Role: Data analyst');

  await signIn('admin');
  await expect(frame.person).toHaveAccessibleName(/signed in as Ingrid Sand$/);
  await frame.role.click();
  await expect(page.getByRole('group', { name: 'Roles' }).getByRole('link')).toHaveCount(12);
});

test("a role minted with the portal's own identity opens without an audience", async ({ frame, browse, signIn }) => {
  await signIn('no-audience', place('auditor', 'reports', 'team/2026/'));
  await expect(frame.role).toHaveAccessibleName('Role: Auditor');
  await browse.complete('1 object · 4 folders');
  await expect(frame.timeLeft).toHaveText(/5\d\smin/);
});

test('the credentials are told, but not their secrets', async ({ page, frame, signIn }) => {
  const minted = page.waitForResponse('**/api/credentials');
  await signIn('analyst', place('analyst'));
  const { AccessKeyId, SecretAccessKey, SessionToken } = (await (await minted).json()) as Record<string, string>;
  await expect(frame.timeLeft).toHaveText(/5\d\smin/);
  await frame.timeLeft.click();
  await expect(frame.credentials).toContainText(AccessKeyId ?? 'none');
  for (const secret of [SecretAccessKey, SessionToken]) expect(await page.content()).not.toContain(secret);

  const renewed = page.waitForResponse('**/api/credentials');
  await page.getByRole('button', { name: 'Renew now' }).click();
  const next = (await (await renewed).json()) as Record<string, string>;
  expect(next['AccessKeyId']).not.toBe(AccessKeyId);
  await expect(frame.credentials).toContainText(next['AccessKeyId'] ?? 'none');
});

test('an outsider is told whom to ask @phone', async ({ frame, signIn, page }) => {
  const minted: string[] = [];
  page.on('request', (request) => minted.push(request.url()));
  await signIn('outsider', place('analyst', 'reports', 'team/'));
  const notice = frame.notice('No role is open to you');
  await expect(notice).toContainText('your sign-in names no group');
  await expect(notice).toContainText('Ask the people who run the portal which group you should be in');
  await expect(frame.role).toHaveCount(0);
  await expect(frame.person).toHaveAccessibleName(/signed in as Olu Bergman$/);
  expect(minted.filter((url) => url.endsWith('/api/credentials'))).toEqual([]);
});

test('a token without audience: the message names both ways to give it one @phone', async ({ frame, browse, signIn, complaints, page, sandbox }) => {
  complaints.foresee(/status of 502/);
  const services: string[] = [];
  page.on('request', (request) => services.push(new URL(request.url()).origin));
  await signIn('no-audience', place('analyst', 'reports', 'team/'));
  const notice = frame.notice('This folder cannot be listed');
  await expect(notice).toContainText('names no audience (aud)');
  await expect(notice).toContainText('AuthenticationRequestExtraParams');
  await expect(notice).toContainText('pre-token-generation trigger');
  await expect(notice).toContainText('mint_misconfigured');
  await expect(browse.footer).toHaveText('Nothing could be listed');
  await expect(frame.timeLeft).toContainText('no keys');
  await frame.timeLeft.click();
  await expect(frame.credentials).toContainText('names no audience (aud)');
  expect(services).not.toContain(sandbox.endpoints.s3);
});

test('a role of others is refused before anything is minted', async ({ frame, signIn, page }) => {
  await signIn('analyst', place('fault-down', 'reports'));
  await expect(frame.notice('This role is not open to you')).toContainText('“fault-down”, which none of your groups is given');
  await page.getByRole('link', { name: 'Data analyst' }).click();
  await expect(frame.role).toHaveAccessibleName('Role: Data analyst');
});
