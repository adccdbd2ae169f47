// Two people in two browsers: what an administrator sees and ends, and what that does to the other.

import { type Browser, type BrowserContext, type Page } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessPage } from './pages/access';
import { AdminPage } from './pages/admin';
import { Frame } from './pages/frame';
import { expect, place, signIn as signInOn, test } from './portal';
import { Sandbox } from './sandbox';
import { type Persona, Visitor } from './visitor';

// Blocks concern everybody of a sandbox, so this one is not shared with other files.
test.use({ sandboxOptions: { objects: 10 } });

const ANALYST = 'amara.okafor@example.com';
const ANALYST_SUBJECT = 'a1e5c0de-1111-4a6b-8c3d-5f0e7a9b2c41';

/** Another person's browser. */
async function other(browser: Browser, sandbox: Sandbox, persona: Persona, to: string): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ baseURL: sandbox.endpoints.balancer });
  const page = await context.newPage();
  await signInOn(page, persona, to);
  return { page, context };
}

interface Listed {
  id: string;
  state: string;
}

/** Everything that the API lists. */
async function sessionsOf(visitor: Visitor, filter: object = {}): Promise<Listed[]> {
  const sessions: Listed[] = [];
  let cursor: string | null = null;
  do {
    const answer: { sessions: Listed[]; next: string | null } = await (await visitor.call('/api/sessions/list', { ...filter, cursor })).json();
    sessions.push(...answer.sessions);
    cursor = answer.next;
  } while (cursor);
  return sessions;
}

test('an administrator sees a session with its countdown and ends it', async ({ page, browser, sandbox, signIn }) => {
  const analyst = await other(browser, sandbox, 'analyst', place('analyst', 'reports', 'team/'));
  await analyst.page.getByText(/complete in/).first().waitFor();

  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  await admin.complete();
  const row = admin.rows(ANALYST).filter({ hasText: 'Live' }).first();
  await expect(row).toContainText(/\d+\smin/);
  await expect(admin.figure('live sessions')).not.toHaveText('0');
  await expect(admin.expiries.getByRole('listitem').filter({ hasText: /: [1-9]\d* sessions?$/ }).first()).toBeAttached();

  await analyst.page.getByRole('link', { name: 'My access' }).click();
  const access = new AccessPage(analyst.page);
  await expect(access.cards.first()).toContainText('This tab');
  await expect(access.cards.first()).toContainText('Live');
  await expect(access.roles).toContainText('reports/');

  await row.getByRole('button', { name: /^End the session/ }).click();
  await expect(admin.dialog).toContainText('usually works within a few minutes');
  await admin.dialog.getByRole('button', { name: 'End session' }).click();
  await expect(admin.outcome).toContainText(`The session of ${ANALYST} is ended.`);
  await expect(admin.rows(ANALYST).filter({ hasText: /Ended|Ending/ }).first()).toBeVisible();
  // IAM, which the sandbox plays, takes the deny; the page says since when by itself.
  await expect(admin.rows(ANALYST).filter({ hasText: /IAM told/ }).first()).toBeVisible({ timeout: 40_000 });

  // The other browser hears of it by itself, and lets go of the credentials.
  await expect(analyst.page.getByText(/Ended and expired \([1-9]/)).toBeVisible({ timeout: 40_000 });
  await expect(new Frame(analyst.page).timeLeft).toHaveText(/–$/);
  await analyst.page.getByText(/Ended and expired/).click();
  await expect(access.older.first()).toContainText('IAM told');
  await analyst.context.close();
});

test('an administrator sees which session was minted for the AWS console', async ({ page, sandbox, signIn }) => {
  const analyst = await Visitor.signIn(sandbox, 'analyst');
  expect((await analyst.call('/api/credentials', { role: 'analyst' })).status).toBe(200);
  expect((await analyst.form('/console', 'role=analyst')).status).toBe(303);

  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  await admin.complete();
  await expect(admin.rows(ANALYST).filter({ hasText: 'AWS console' })).toHaveCount(1);
  await admin.rows(ANALYST).filter({ hasText: 'AWS console' }).getByRole('button', { name: /^End the session/ }).click();
  await expect(admin.dialog.getByText('Minted for')).toBeVisible();
  await expect(admin.dialog.getByText('AWS console', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await admin.rows(ANALYST).filter({ hasNotText: 'AWS console' }).filter({ hasText: 'Live' }).first().getByRole('button', { name: /^End the session/ }).click();
  await expect(admin.dialog.getByText('Access key id')).toBeVisible();
  await expect(admin.dialog.getByText('Minted for')).toBeHidden();
});

test('a blocked person cannot mint until the block is lifted', async ({ page, browser, sandbox, signIn }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  await visitor.credentials('analyst');
  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  await admin.complete();
  await admin.rows(ANALYST).filter({ hasText: 'Live' }).first().getByRole('button', { name: /^End the session/ }).click();
  await admin.dialog.getByRole('button', { name: 'Block the person…' }).click();
  await expect(admin.dialog).toContainText(`Block ${ANALYST}?`);
  await expect(admin.dialog).toContainText('It does not sign the person out');
  await admin.dialog.getByRole('button', { name: 'Block', exact: true }).click();
  await expect(admin.blocks).toContainText(ANALYST);
  await expect(admin.blocks).toContainText('by ingrid.sand@example.com');

  const refused = await visitor.call('/api/credentials', { role: 'analyst' });
  expect(refused.status).toBe(403);
  expect(((await refused.json()) as { code: string }).code).toBe('blocked');
  const analyst = await other(browser, sandbox, 'analyst', place('analyst', 'reports', 'team/'));
  await expect(analyst.page.locator('main')).toContainText(/blocked/i);

  await admin.blocks.getByRole('button', { name: `Lift the block of ${ANALYST}` }).click();
  await expect(admin.outcome).toContainText(`The block of ${ANALYST} is lifted`);
  await expect(admin.blocks).toBeHidden();
  await visitor.credentials('analyst');
  await analyst.context.close();
});

test('whoever is not an administrator is refused, by the page and by the API @phone', async ({ page, frame, signIn, sandbox }) => {
  await signIn('analyst', '/admin');
  await expect(frame.notice('This page is for administrators')).toContainText('None of your groups');
  await expect(frame.sections.getByRole('link', { name: 'Admin' })).toHaveCount(0);
  await page.getByRole('main').getByRole('link', { name: 'My access' }).click();
  await expect(page.getByRole('heading', { name: 'My access' })).toBeVisible();
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  for (const [path, body] of [['list', {}], ['overview', {}], ['revoke', { subject: 'x' }], ['lift', { subject: 'x' }]] as const) {
    expect((await visitor.call(`/api/sessions/${path}`, body)).status, path).toBe(403);
  }
});

test('filters are the server’s, and the export is what they show', async ({ page, signIn, sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  await visitor.credentials('analyst');
  const ingrid = await Visitor.signIn(sandbox, 'admin');
  await ingrid.credentials('analyst');
  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  await admin.complete();

  await admin.person.fill('AMARA');
  await expect(admin.rows('ingrid.sand@example.com')).toHaveCount(0);
  await admin.complete();
  await admin.state.selectOption('live');
  await admin.role.selectOption('analyst');
  await admin.complete();
  await expect(admin.rows(ANALYST).first()).toBeVisible();
  const expected = await sessionsOf(ingrid, { user: 'amara', state: 'live', role: 'analyst' });
  await expect(admin.footer).toContainText(`${expected.length} session`);

  const saving = page.waitForEvent('download');
  await admin.export.click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('sessions.csv');
  const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
  expect(lines[0]).toMatch(/^session_id,email,subject,role,strategy,access_key_id,issued_at,expires_at,state,/);
  expect(lines.slice(1, -1).map((line) => line.split(',')[0]).sort()).toEqual(expected.map(({ id }) => id).sort());
  expect(lines.at(-1)).toBe('');

  await admin.person.fill('nobody');
  await expect(page.getByRole('heading', { name: 'No session matches' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all sessions' }).click();
  await expect(admin.rows('ingrid.sand@example.com').first()).toBeVisible();
  await expect(admin.person).toHaveValue('');
});

test('ending by keyboard: the dialog keeps the focus, Escape leaves everything as it was', async ({ page, signIn, sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  await visitor.credentials('analyst');
  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  await admin.complete();
  await admin.state.selectOption('live');
  await admin.complete();
  await admin.grid.focus();
  await page.keyboard.press('Enter');
  await expect(admin.dialog).toBeVisible();
  const cancel = admin.dialog.getByRole('button', { name: 'Cancel' });
  await expect(cancel).toBeFocused();
  for (let presses = 0; presses < 8; presses++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(admin.dialog).toBeHidden();
  await expect(admin.grid).toBeFocused();

  // Space ticks; the button asks for all of them.
  await page.keyboard.press(' ');
  await expect(admin.endSelected).toHaveText('End selected (1)');
  const before = (await sessionsOf(await Visitor.signIn(sandbox, 'admin'), { state: 'live' })).length;
  await admin.endSelected.focus();
  await page.keyboard.press('Enter');
  await expect(cancel).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(admin.outcome).toContainText('1 session ended.');
  await expect.poll(async () => (await sessionsOf(await Visitor.signIn(sandbox, 'admin'), { state: 'live' })).length).toBe(before - 1);
});

test('ending the session of this tab wipes its credentials, here and in another tab', async ({ page, browse, frame, signIn, context }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await page.getByRole('link', { name: 'My access' }).click();
  const access = new AccessPage(page);
  const mine = access.cards.filter({ hasText: 'This tab' });
  await expect(mine).toHaveCount(1);
  await mine.getByRole('button', { name: /^End/ }).click();
  await expect(access.dialog).toContainText('its credentials are wiped here at once');
  await access.dialog.getByRole('button', { name: 'End session' }).click();
  await expect(access.told).toContainText('It was this tab’s: its credentials are wiped here.');
  await expect(frame.timeLeft).toHaveText(/–$/);

  // The other way round: another tab holds it, and hears only the id, and whom a page is for.
  await page.getByRole('link', { name: 'Browse' }).click();
  await expect(browse.footer).toContainText('6 locations');
  await expect(frame.timeLeft).toHaveText(/min$/);
  const second = await context.newPage();
  const heard: unknown[] = [];
  await second.exposeFunction('hear', (message: unknown) => heard.push(message));
  await second.addInitScript(() => {
    new BroadcastChannel('vestibule').addEventListener('message', ({ data }) => (window as unknown as { hear: (data: unknown) => void }).hear(data));
  });
  await second.goto('/access');
  const there = new AccessPage(second);
  await there.cards.filter({ hasText: 'Live' }).first().getByRole('button', { name: /^End/ }).click();
  await there.dialog.getByRole('button', { name: 'End session' }).click();
  await expect(there.told).toContainText('is ended');
  await expect(frame.timeLeft).toHaveText(/–$/);
  const known = (message: unknown) => message === `here:${ANALYST_SUBJECT}` || /^ended:[a-z0-9]{26}$/.test(String(message));
  expect(heard.filter((message) => !known(message))).toEqual([]);
  expect(heard).toContainEqual(expect.stringMatching(/^ended:/));
});

test('more than ten are ended only once their number is typed', async ({ page, signIn, sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  for (let minted = 0; minted < 12; minted++) await visitor.credentials('analyst');
  await signIn('admin', '/admin');
  const admin = new AdminPage(page);
  // The server is asked once the typing pauses.
  const narrowed = page.waitForResponse((answer) => (answer.request().postData() ?? '').includes(ANALYST_SUBJECT));
  await admin.person.fill(ANALYST_SUBJECT);
  await narrowed;
  await admin.state.selectOption('live');
  await admin.complete();
  const every = admin.grid.getByRole('checkbox', { name: 'Tick every session that can be ended' });
  await expect(every).toHaveAttribute('aria-checked', 'false');
  const one = admin.rows().first().getByRole('checkbox');
  await one.click();
  await expect(every).toHaveAttribute('aria-checked', 'mixed');
  await one.click();
  await every.click();
  await expect(every).toHaveAttribute('aria-checked', 'true');
  await admin.endSelected.click();
  const count = /End (\d+) sessions\?/.exec((await admin.dialog.getByRole('heading').textContent()) ?? '')?.[1] ?? '';
  expect(Number(count)).toBeGreaterThan(10);
  const input = admin.dialog.getByRole('textbox');
  await expect(input).toBeFocused();
  const press = admin.dialog.getByRole('button', { name: /^End/ });
  await expect(press).toHaveAttribute('aria-disabled', 'true');
  await press.click({ force: true });
  await expect(admin.dialog).toBeVisible();
  await input.fill('1');
  await input.press('Enter');
  await expect(admin.dialog).toBeVisible();
  await input.fill(count);
  await input.press('Enter');
  await expect(admin.outcome).toContainText(`${count} sessions ended.`);
  expect(await sessionsOf(await Visitor.signIn(sandbox, 'admin'), { user: ANALYST_SUBJECT, state: 'live' })).toEqual([]);
});

test('ten thousand sessions stay smooth', async ({ browser }) => {
  test.setTimeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-many-'));
  const sandbox = await Sandbox.start({ objects: 10, folder });
  try {
    const [inside = ''] = await readdir(folder);
    const seeded = spawnSync('python3', ['-c', SEED, join(folder, inside, 'vestibule.db')], { encoding: 'utf8' });
    expect(seeded.stderr).toBe('');
    const { page, context } = await other(browser, sandbox, 'admin', '/admin');
    const admin = new AdminPage(page);
    await expect(admin.footer).toContainText('10,000 sessions · kept up to date', { timeout: 60_000 });
    const drawn = await admin.grid.locator('[role=row]').count();
    expect(drawn).toBeLessThan(80);

    await admin.grid.getByRole('button', { name: 'Until' }).click();
    await expect(admin.rows().first()).toContainText('person-');
    // At every step of the wheel the view is full of rows, and no more exist than are in view.
    const seen = await admin.grid.evaluate(async (grid) => {
      const seen: number[] = [];
      for (let step = 0; step < 120; step++) {
        grid.scrollTop += 900;
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const view = grid.getBoundingClientRect();
        const inView = [...grid.querySelectorAll('[role=row]')].filter((row) => {
          const place = row.getBoundingClientRect();
          return place.bottom > view.top && place.top < view.bottom && row.textContent !== '';
        });
        seen.push(inView.length);
      }
      return { fewest: Math.min(...seen), exist: grid.querySelectorAll('[role=row]').length, room: Math.floor(grid.clientHeight / 36) };
    });
    expect(seen.fewest).toBeGreaterThanOrEqual(seen.room - 1);
    expect(seen.exist).toBeLessThan(80);

    // A refresh leaves the scroll position and the active row alone.
    await admin.rows().nth(10).click();
    const before = await admin.grid.evaluate((grid) => grid.scrollTop);
    const active = await admin.grid.locator('.row--active').textContent();
    await page.waitForResponse((answer) => answer.url().endsWith('/api/sessions/overview'), { timeout: 40_000 });
    expect(await admin.grid.evaluate((grid) => grid.scrollTop)).toBe(before);
    expect((await admin.grid.locator('.row--active').textContent())?.slice(0, 30)).toBe(active?.slice(0, 30));
    await expect(admin.grid).toBeFocused();
    await context.close();
  } finally {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Ten thousand sessions of five hundred people, minted and expiring over hours, written beside the running portal. */
const SEED = `
import sqlite3, sys, time
now = int(time.time() * 1000)
rows = []
for n in range(10_000):
    person = n % 500
    issued = now - n * 300
    rows.append((f"{n:026d}", f"seed-{person}", f"person-{person:03d}@example.com", "analyst", "web-identity", f"ASIASEED{n:08d}",
                 issued, issued + 3_600_000 + (n * 7919 % 36_000) * 1000, "live", f"10.0.{person % 250}.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"))
with sqlite3.connect(sys.argv[1], timeout=30) as store:
    store.executemany("INSERT INTO sessions (id, subject, email, role, strategy, access_key_id, issued_at, expires_at, state, source_ip, user_agent) VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
`;

test('at least nine sessions stay in view on a phone while somebody is blocked', async ({ browser, sandbox }) => {
  const [analyst, ingrid] = [await Visitor.signIn(sandbox, 'analyst'), await Visitor.signIn(sandbox, 'admin')];
  for (let count = 0; count < 12; count += 1) await ingrid.credentials('analyst');
  for (const subject of [ANALYST_SUBJECT, 'somebody-else']) await ingrid.call('/api/sessions/revoke', { subject });
  const context = await browser.newContext({ baseURL: sandbox.endpoints.balancer, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  try {
    const page = await context.newPage();
    await signInOn(page, 'admin', '/admin');
    const admin = new AdminPage(page);
    await admin.complete();
    await expect(admin.blocks.getByRole('button', { name: /^Lift the block of/ }).first()).toBeInViewport();
    const inView = () =>
      admin.grid.evaluate((grid) => {
        const { top, bottom } = grid.getBoundingClientRect();
        const whole = (row: Element) => row.getBoundingClientRect().top >= top - 0.5 && row.getBoundingClientRect().bottom <= bottom + 0.5;
        return [...grid.querySelectorAll('[role=row][id]:not([hidden])')].filter(whole).length;
      });
    await expect.poll(inView).toBeGreaterThanOrEqual(9);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  } finally {
    for (const subject of [ANALYST_SUBJECT, 'somebody-else']) await ingrid.call('/api/sessions/lift', { subject });
    await context.close();
  }
  expect((await analyst.credentials('analyst')).AccessKeyId).toBeTruthy();
});
