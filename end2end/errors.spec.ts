// Every error leads to what explains exactly that: the section of its code, its rule or of what S3 and Lambda refused.

import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { DoctorPage } from './pages/doctor';
import { ErrorsPage } from './pages/errors';
import { FlowPage } from './pages/flow';
import { expect, hydrated, place, test } from './portal';

/** Follows the link of an error, to this section and nowhere else. */
async function explained(page: Page, shown: Page | Locator, code: string): Promise<Locator> {
  const errors = new ErrorsPage(page);
  await errors.link(shown).click();
  await expect(page).toHaveURL(new RegExp(`/errors(\\?role=[^#]+)?#${code}$`));
  const section = errors.section(code);
  await expect(section).toBeFocused();
  await expect(section).toBeInViewport();
  return section;
}

test('S3 refuses: what that means and whose move it is @phone', async ({ complaints, frame, page, signIn }) => {
  complaints.foresee(/status of 403/);
  await signIn('analyst', place('analyst', 'denied'));
  const section = await explained(page, frame.notice('This folder cannot be listed'), 's3-access-denied');
  await expect(section).toContainText('Move: that of the people who run the portal');
  // Whoever does not run the portal is not sent to its examination.
  await expect(page.getByRole('link', { name: 'What the doctor finds' })).toHaveCount(0);
  // The role stays the one that was worked in, and the way on is a link.
  await expect(frame.role).toContainText('Data analyst');
  await section.getByRole('link', { name: 'bucket-list-denied' }).click();
  await expect(new ErrorsPage(page).section('bucket-list-denied')).toBeFocused();
  await page.goBack();
  await expect(section).toBeInViewport();
});

test('a bucket without rules: an administrator gets the finding itself', async ({ complaints, frame, page, signIn }) => {
  complaints.foresee(/CORS policy/);
  complaints.foresee(/Failed to load resource: net::ERR_FAILED/);
  await signIn('admin', place('analyst', 'no-cors'));
  const section = await explained(page, frame.notice('This folder cannot be listed'), 'network-unreadable');
  await section.getByRole('link', { name: 'bucket-cors-missing' }).click();
  await new ErrorsPage(page).section('bucket-cors-missing').getByRole('link', { name: 'What the doctor finds' }).click();
  const finding = new DoctorPage(page).finding('bucket-cors-missing');
  await expect(finding).toBeFocused({ timeout: 30_000 });
  await expect(finding).toContainText('no-cors');
  // And back: the finding leads to its own explanation.
  await finding.getByRole('link', { name: 'doctor.md#bucket-cors-missing' }).click();
  await expect(new ErrorsPage(page).section('bucket-cors-missing')).toBeFocused();
});

test('who comes for what the doctor does not find is told so', async ({ page, signIn }) => {
  await signIn('admin', '/admin/doctor#bucket-missing');
  await expect(page.getByText('The doctor does not find bucket-missing at this moment.')).toBeVisible({ timeout: 30_000 });
});

test('a mint fails: the finding of what STS said, on the page and on Flow', async ({ complaints, frame, page, signIn }) => {
  complaints.foresee(/status of 502/);
  await signIn('no-audience', place('analyst', 'reports', 'team/'));
  const section = await explained(page, frame.notice('This folder cannot be listed'), 'access-token-no-audience');
  await expect(section).toContainText('It has no aud');
  await page.goto('/flow?role=analyst');
  await hydrated(page);
  await explained(page, new FlowPage(page).step(4), 'access-token-no-audience');
});

for (const { role, code } of [
  { role: 'fault-packed', code: 'mint-packed-policy' },
  { role: 'fault-throttled', code: 'mint-unavailable' },
  { role: 'fault-silent', code: 'sts-unreachable' },
]) {
  test(`a mint fails: ${role}`, async ({ complaints, frame, page, signIn }) => {
    complaints.foresee(/status of 50[23]/);
    await signIn('admin', place(role, 'reports'));
    await explained(page, frame.notice('This folder cannot be listed'), code);
  });
}

test('a function fails: its own error, and what Lambda refuses', async ({ complaints, functions, page, signIn }) => {
  complaints.foresee(/status of 404/);
  await signIn('analyst', '/functions?role=analyst&name=fail');
  await functions.call('{}');
  const section = await explained(page, page.getByRole('main'), 'function-error');
  await expect(section).toContainText('that of whoever owns the function');
  const from = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': '*', 'X-Amzn-ErrorType': 'ResourceNotFoundException' };
  await page.route('**/functions/echo/invocations*', (route) => (route.request().method() === 'POST'
    ? route.fulfill({ status: 404, headers: from, json: { Type: 'User', Message: 'Function not found: echo' } })
    : route.fallback()));
  await page.goto('/functions?role=analyst&name=echo');
  await hydrated(page);
  await functions.call('{}');
  await explained(page, page.getByRole('main'), 'lambda-not-found');
});

test('who is refused before anything: the rule that was broken, without a sign-in', async ({ complaints, page, sandbox }) => {
  complaints.foresee(/status of 401/);
  // Past the balancer, as nobody: the portal's own page says so.
  await page.goto(`${sandbox.endpoints.portal}/browse`);
  await explained(page, page.getByRole('main'), 'not_signed_in');
});

test('a link to a section from elsewhere, and an address that is none', async ({ page, signIn }, info) => {
  await signIn('analyst', '/errors#data-header-signer');
  const errors = new ErrorsPage(page);
  await expect(errors.section('data-header-signer')).toBeFocused();
  await expect(errors.section('data-header-signer')).toContainText('another balancer');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), colorScheme).toEqual([]);
  }
  await page.goto('/errors#"><img src=x>');
  await expect(page.getByRole('heading', { name: 'Errors', level: 1 })).toBeVisible();
  await expect(page.locator('img')).toHaveCount(0);
});
