// What goes wrong, as a person meets it: what happened, whose move it is, and a way on.

import type { Page } from '@playwright/test';
import { expect, hydrated, place, test } from './portal';
import { BrowsePage } from './pages/browse';
import { Sandbox } from './sandbox';

test('a bucket that refuses @phone', async ({ browse, complaints, frame, signIn, page }) => {
  complaints.foresee(/status of 403/);
  await signIn('analyst', place('analyst', 'denied'));
  const notice = frame.notice('This folder cannot be listed');
  await expect(notice).toContainText('Your role may not list the bucket denied.');
  await expect(notice).toContainText('AccessDenied');
  await expect(browse.footer).toHaveText('Nothing could be listed');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(notice).toContainText('Your role may not list');
});

test('above the prefix that the role opens it is S3 that refuses', async ({ complaints, frame, signIn }) => {
  complaints.foresee(/status of 403/);
  await signIn('analyst', place('analyst', 'reports', 'archive/'));
  await expect(frame.notice('This folder cannot be listed')).toContainText('AccessDenied');
});

test('a bucket without CORS rules @phone', async ({ complaints, frame, sandbox, signIn }) => {
  complaints.foresee(/CORS policy/);
  complaints.foresee(/Failed to load resource: net::ERR_FAILED/);
  await signIn('analyst', place('analyst', 'no-cors'));
  const notice = frame.notice('This folder cannot be listed');
  await expect(notice).toContainText(`got no readable answer from ${new URL(sandbox.endpoints.s3).host}`);
  await expect(notice).toContainText('CORS rules');
  await expect(notice).not.toContainText('Failed to fetch');
});

for (const { role, status, says } of [
  { role: 'fault-throttled', status: 503, says: /busy|too many|throttl/i },
  { role: 'fault-down', status: 503, says: /token service is busy or failing/ },
  { role: 'fault-silent', status: 503, says: /token service did not answer within five seconds/ },
  { role: 'fault-packed', status: 502, says: /session policy|too large/i },
]) {
  test(`STS misbehaves: ${role}`, async ({ complaints, frame, page, signIn }) => {
    complaints.foresee(new RegExp(`status of ${status}`));
    const answered = page.waitForResponse('**/api/credentials', { timeout: 20_000 });
    await signIn('admin', place(role, 'reports'));
    const answer = await answered;
    expect(answer.status()).toBe(status);
    if (status === 503) expect(Number(answer.headers()['retry-after'])).toBeGreaterThan(0);
    const { message, next_step, code } = (await answer.json()) as Record<'message' | 'next_step' | 'code', string>;
    expect(message).toMatch(says);
    const notice = frame.notice('This folder cannot be listed');
    for (const text of [message, next_step, code]) await expect(notice).toContainText(text);
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
    // Another role is not in trouble.
    await frame.choose('Report reader');
    await expect(page.getByRole('link', { name: 'README.md' }).or(page.getByText('README.md')).first()).toBeVisible();
  });
}

test('a network that is gone, and comes back', async ({ browse, complaints, context, page, signIn }) => {
  complaints.foresee(/ERR_INTERNET_DISCONNECTED/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  // Most parts of the program have come by then; one may be on its way when the network goes.
  complaints.tolerate(/Failed to fetch|\/pkg\//);
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  await browse.folder('2026/').click();
  await expect(page.getByRole('heading', { name: 'This folder cannot be listed' })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await browse.complete('1 object · 4 folders');
});

// What S3 answers is written here where the sandbox, whose S3 is in order, cannot be brought to it.
const of = (page: Page): Record<string, string> => ({
  'access-control-allow-origin': new URL(page.url()).origin,
  'access-control-expose-headers': 'x-amz-bucket-region',
});
const LISTING = /[?&]list-type=2/;
const CUT = '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>reports</Name><IsTruncated>false</IsTruncated><Contents><Key>team/pl';

for (const { what, body, says } of [
  { what: 'breaks off in the middle', body: CUT, says: 'stops being well-formed XML at byte' },
  { what: 'is not well-formed', body: '<ListBucketResult><Contents></Key></ListBucketResult>', says: 'stops being well-formed XML at byte' },
  { what: 'is the page of somebody else', body: '<!doctype html><title>Sign in to the network</title>', says: 'answered with something else than a listing' },
]) {
  test(`a listing that ${what} is no listing`, async ({ browse, frame, page, signIn }) => {
    await page.route(LISTING, (route) => route.fulfill({ status: 200, contentType: 'application/xml', headers: of(page), body }));
    await signIn('analyst', place('analyst', 'reports', 'team/'));
    await expect(frame.notice('This folder cannot be listed')).toContainText(says);
    await expect(browse.footer).toHaveText('Nothing could be listed');
    await page.unroute(LISTING);
    await page.getByRole('button', { name: 'Try again' }).click();
    await browse.complete('4 objects');
  });
}

test('a later page that breaks off ends in no wrong total, and the listing goes on from there', async ({ browse, page, signIn }) => {
  let later = 0;
  await page.route(LISTING, (route) => {
    if (!/[?&](continuation-token|start-after)=/.test(route.request().url())) return route.continue();
    later += 1;
    return route.fulfill({ status: 200, contentType: 'application/xml', headers: of(page), body: CUT });
  });
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await expect(browse.footer).toHaveText(/^1,000 objects so far · the rest could not be listed/);
  await expect(browse.footer).not.toHaveText(/10,000/);
  expect(later).toBeGreaterThan(0);
  await page.unroute(LISTING);
  await page.getByRole('button', { name: 'Go on' }).click();
  await browse.complete('10,000 objects');
});

test('a bucket in another region: both are named', async ({ frame, page, signIn }) => {
  const body =
    '<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message><Bucket>reports</Bucket><Endpoint>reports.s3.eu-central-1.amazonaws.com</Endpoint></Error>';
  await page.route(LISTING, (route) =>
    route.fulfill({ status: 301, contentType: 'application/xml', headers: { ...of(page), 'x-amz-bucket-region': 'eu-central-1' }, body }),
  );
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  const notice = frame.notice('This folder cannot be listed');
  await expect(notice).toContainText('it is in another region than the portal believes');
  await expect(notice).toContainText('eu-central-1');
});

test('a device whose clock is twenty minutes fast signs by the clock of the portal', async ({ browse, page, signIn }) => {
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 20 * 60_000;
  });
  const asked = page.waitForRequest(LISTING);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  const [, year, month, day, hour, minute, second] = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec((await asked).url()) ?? [];
  const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  expect(Math.abs(signed - Date.now())).toBeLessThan(60_000);
  await browse.complete('4 objects');
});

test('an object that was deleted in the meantime', async ({ browse, complaints, page, signIn }) => {
  complaints.foresee(/status of 404/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  // Somebody else took it away: S3 answers as it does then.
  await page.route(/\/reports\/team\/plan\.txt/, (route) =>
    route.fulfill({
      status: 404,
      contentType: 'application/xml',
      headers: { 'access-control-allow-origin': new URL(page.url()).origin },
      body: '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>',
    }),
  );
  await (await browse.row('plan.txt')).getByRole('button', { name: 'Download plan.txt' }).click();
  await expect(browse.alert).toContainText('because it is not there');
  await expect(browse.alert).toContainText('NoSuchKey · 4442587FB7D0A2F9');
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(browse.alert).toHaveCount(0);
});

test('everything goes down and comes back: the page says so, and finds its way again', async ({ complaints, page }) => {
  complaints.foresee(/ERR_CONNECTION_REFUSED/);
  complaints.foresee(/status of 401/);
  const first = await Sandbox.start();
  const browse = new BrowsePage(page);
  const { balancer } = first.endpoints;
  let second: Sandbox | undefined;
  try {
    await page.goto(`${balancer}/sandbox/sign-in?as=analyst&to=${encodeURIComponent(place('analyst', 'reports', 'team/'))}`);
    await hydrated(page);
    await browse.complete('4 objects');
    complaints.tolerate(/Failed to fetch|\/pkg\//);
    await page.waitForLoadState('networkidle');
    await first.stop();
    await browse.folder('2026/').click();
    const again = page.getByRole('button', { name: 'Try again' });
    await expect(page.getByRole('heading', { name: 'This folder cannot be listed' })).toBeVisible();
    await expect(page.getByText(/got no readable answer from/)).toBeVisible();

    // Back on the same ports, but with other keys: S3 knows nothing of the credentials, and the balancer nothing of the session.
    second = await Sandbox.start({ ports: first.ports() });
    complaints.foresee(/status of 403/);
    await again.click();
    await expect(page).toHaveTitle(/Sign in to the sandbox/);
    await page.getByRole('link', { name: /Amara Okafor/ }).click();
    await expect(page).toHaveURL(balancer + place('analyst', 'reports', 'team/2026/'));
    await browse.complete('1 object · 4 folders');
  } finally {
    await first.stop();
    await second?.stop();
  }
});
