// The doctor on a page: everything between the balancer and S3 examined for an administrator.

import AxeBuilder from '@axe-core/playwright';
import { DoctorPage } from './pages/doctor';
import { expect, test } from './portal';
import { Visitor } from './visitor';

const DOCTOR = '/admin/doctor';

test('from Admin to what is wrong, with the fix to be copied', async ({ page, signIn }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn('admin', '/admin');
  await page.getByRole('link', { name: 'Doctor' }).click();
  await expect(page).toHaveURL(/\/admin\/doctor$/);
  const doctor = new DoctorPage(page);
  await expect(doctor.said).toBeVisible({ timeout: 30_000 });

  // The sandbox's own faults, and the person's own headers, which hold.
  const cors = doctor.finding('bucket-cors-missing');
  await expect(cors).toHaveCount(1);
  await expect(cors).toContainText('no-cors');
  await expect(doctor.check('data header')).toContainText('ok');
  await expect(doctor.check('trial mints')).toContainText('not checked');

  // The sentence is read; the command is what is copied, whole and nothing else.
  await expect(cors.getByText('Set its rules;')).toBeVisible();
  await cors.getByRole('button', { name: 'Copy the command' }).click();
  await expect(cors.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await doctor.command(cors).textContent());
  const [, rules = ''] = /^aws s3api put-bucket-cors --bucket no-cors --endpoint-url \S+ --cors-configuration '(\{.*\})'$/.exec(copied) ?? [];
  expect(JSON.parse(rules).CORSRules[0].AllowedOrigins).toEqual([new URL(page.url()).origin]);
});

test('mints are tried when that is asked for, and are no sessions', async ({ page, signIn, sandbox }) => {
  await signIn('admin', DOCTOR);
  const doctor = new DoctorPage(page);
  await expect(doctor.said).toBeVisible({ timeout: 30_000 });
  const visitor = await Visitor.signIn(sandbox, 'admin');
  const before = await visitor.sessions();

  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/api/doctor');
  await doctor.tryMints.click();
  const answer = await (await answered).text();
  await expect(doctor.check('trial mint of analyst')).toContainText('ok', { timeout: 30_000 });
  await expect(doctor.check('trial mint of analyst')).toContainText('900 seconds');
  await expect(doctor.finding('mint-packed-policy')).toHaveCount(1);
  expect(await visitor.sessions()).toEqual(before);
  // Neither keys nor tokens, and nobody's name.
  expect(answer).not.toMatch(/ASIA|eyJ|SecretAccessKey|@example\.com/);
});

test('nobody else sees anything of it', async ({ page, signIn, sandbox }) => {
  await signIn('analyst', DOCTOR);
  await expect(page.getByRole('heading', { name: 'This page is for administrators' })).toBeVisible();
  const answer = await (await Visitor.signIn(sandbox, 'analyst')).call('/api/doctor', { mint: true });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ code: 'not_entitled' });
});

test('it can be read and used by everybody @phone', async ({ page, signIn }, info) => {
  await signIn('admin', DOCTOR);
  const doctor = new DoctorPage(page);
  await expect(doctor.said).toBeVisible({ timeout: 30_000 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), colorScheme).toEqual([]);
  }
  const sideways = await page.evaluate(() => {
    const main = document.querySelector('main');
    return [document.documentElement, main].some((box) => box !== null && box.scrollWidth > box.clientWidth);
  });
  expect(sideways, 'nothing sticks out sideways').toBe(false);
});
