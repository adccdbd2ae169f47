// Into the AWS console: from the portal's own page, through the server, to a sign-in page that believes only what STS
// has issued; and from nowhere else.

import { AccessPage } from './pages/access';
import { Elsewhere } from './pages/elsewhere';
import { expect, place, test } from './portal';
import { Visitor } from './visitor';

const HERE = place('analyst', 'reports', 'team/');

test('a click signs in to the console in a tab of its own', async ({ page, context, frame, signIn, sandbox }) => {
  const posted: string[] = [];
  context.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/console')) posted.push(request.postData() ?? '');
  });
  await signIn('analyst', HERE);
  await frame.timeLeft.click();
  const [opened] = await Promise.all([context.waitForEvent('page'), new Elsewhere(page).console.click()]);
  await expect(opened.getByRole('heading', { name: 'Signed in to the console' })).toBeVisible();
  await expect(opened.getByText(/assumed-role\/[a-z-]*analyst\/a1e5c0de-1111-4a6b-8c3d-5f0e7a9b2c41\.console[a-z2-7]{19}$/)).toBeVisible();
  await expect(opened.getByText('https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1', { exact: true })).toBeVisible();
  await expect(opened.getByText(sandbox.endpoints.balancer, { exact: true })).toBeVisible();
  expect(opened.url()).toMatch(new RegExp(`^${sandbox.endpoints.sts}/federation\\?Action=login&`));
  const token = new URL(opened.url()).searchParams.get('SigninToken') ?? '';
  expect(token.length).toBeGreaterThan(40);
  expect(sandbox.log(), 'the log, where the sign-in token has no place').not.toContain(token.slice(0, 16));
  // No key left the page, and the new tab cannot reach it.
  expect(posted).toEqual(['role=analyst']);
  expect(await opened.evaluate(() => window.opener === null)).toBe(true);
  await opened.close();

  await frame.sections.getByRole('link', { name: 'My access' }).click();
  await expect(new AccessPage(page).cards.filter({ hasText: 'The AWS console, opened in' })).toHaveCount(1);
});

test('a page of another site opens no console with the person’s sign-in', async ({ page, signIn, sandbox, complaints }) => {
  // Of the refusal, and of that page's own icon.
  complaints.foresee(/Failed to load resource/);
  await signIn('analyst', HERE);
  const { balancer } = sandbox.endpoints;
  // The same machine by another name, without a content security policy of its own.
  await page.goto(`${balancer.replace('127.0.0.1', 'localhost')}/sandbox/endpoints`);
  await page.evaluate((action) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = action;
    form.innerHTML = '<input name="role" value="analyst">';
    document.body.append(form);
    form.submit();
  }, `${balancer}/console`);
  await expect(page.getByRole('heading', { name: 'The AWS console did not open' })).toBeVisible();
  await expect(page.getByText('The request did not come from this portal')).toBeVisible();
  await page.getByRole('link', { name: 'Back to the portal' }).click();
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible();
});

test('what does not lead into the console of the role is refused, and nothing is minted', async ({ sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  const open = async (body: string, headers: Record<string, string> = {}): Promise<[number, string]> => {
    const answer = await visitor.form('/console', body, headers);
    return [answer.status, answer.status === 303 ? 'opened' : ((await answer.json()) as { code: string }).code];
  };
  const before = await visitor.sessions();
  const added = async (): Promise<string[]> => (await visitor.sessions()).filter((id) => !before.includes(id));
  for (const wish of [
    'https://console.aws.amazon.com.evil.example/',
    'https://console.aws.amazon.com@evil.example/',
    'https://evil.example\\.console.aws.amazon.com/',
    '//console.aws.amazon.com/',
    'https://console.aws.amazon.com:8443/',
    'https://Console.aws.amazon.com/',
    'javascript:alert(1)',
  ]) {
    expect(await open(`role=analyst&destination=${encodeURIComponent(wish)}`), wish).toEqual([400, 'bad_request']);
  }
  expect(await open('role=nobody')).toEqual([403, 'not_entitled']);
  expect(await open('role=analyst', { 'content-type': 'application/json' })).toEqual([400, 'bad_request']);
  expect(await open('role=analyst', { 'sec-fetch-site': 'cross-site' })).toEqual([403, 'cross_site']);
  expect((await visitor.get('/console?role=analyst')).status).toBe(400);
  expect(await added()).toEqual([]);
  expect(await open(`role=analyst&destination=${encodeURIComponent('https://console.aws.amazon.com/s3/home')}`)).toEqual([303, 'opened']);
  expect(await added()).toHaveLength(1);
});
