// The language of the page: as the browser asks, as the person chooses, without losing anything.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, hydrated, place, signIn, test } from './portal';
import { outsideOfBrackets, withoutBrackets } from './pseudo';

/** Chooses in the menu behind the initials. */
async function choose(page: Page, language: string): Promise<void> {
  await page.locator('[popovertarget="person"]').click();
  await page.locator('#person').getByRole('button', { name: language }).click();
}

const lang = (page: Page) => page.locator('html');

test.describe('a browser that asks for German', () => {
  test.use({ locale: 'de-AT' });

  test('pages, numbers and dates are German from the first byte on @phone', async ({ page, signIn }, info) => {
    await signIn('analyst', place('analyst', 'reports', 'team/'));
    await expect(lang(page)).toHaveAttribute('lang', 'de');
    await expect(page.getByText(/4 Objekte · 3 Ordner · vollständig in \d/).first()).toBeVisible();
    await expect(page).toHaveTitle('team/ in reports · Vestibule');
    await expect(page.getByRole('columnheader', { name: 'Größe' })).toBeAttached();
    await expect(page.getByText(/^\d+\u00a0B$/).first()).toBeAttached();
    await page.screenshot({ path: info.outputPath('browse.png') });
    const raw = await (await page.request.get(page.url(), { headers: { 'accept-language': 'de-AT' } })).text();
    expect(raw).toContain('<html lang="de" dir="ltr">');
    expect(raw).toContain('Mein Zugriff');
  });

  test('the page is in English where its texts cannot be loaded, and asks again later', async ({ page, complaints }) => {
    complaints.foresee(/ERR_FAILED/);
    await page.route(/\/pkg\/words\.de\./, (route) => route.abort());
    await signIn(page, 'analyst', place('analyst', 'reports', 'team/'));
    await expect(lang(page)).toHaveAttribute('lang', 'en');
    await expect(page.getByText(/complete in/).first()).toBeVisible();
    await page.unroute(/\/pkg\/words\.de\./);
    await page.context().clearCookies({ name: 'vestibule-language-unavailable' });
    await page.reload();
    await expect(lang(page)).toHaveAttribute('lang', 'de');
  });

  test('errors of the portal are German, and so is what signing out says', async ({ page, complaints, signIn, frame }) => {
    complaints.foresee(/status of 502/);
    await signIn('no-audience', place('analyst', 'reports', 'team/'));
    await expect(frame.notice('Dieser Ordner kann nicht aufgelistet werden')).toContainText('Ihr Zugriffstoken nennt keine Zielgruppe (aud)');
    await page.goto('/signed-out');
    await expect(page.getByRole('heading', { name: 'Sie sind abgemeldet' })).toBeVisible();
  });

  // By hand, because texts say when each is there. The pictures are for people to look at.
  for (const [name, to, there] of [
    ['locations', place('analyst'), 'Orte'],
    ['my access', '/access', 'Was Ihre Rollen öffnen'],
    ['functions', '/functions?role=analyst&name=echo', 'Noch nichts aufgerufen'],
    ['flow', '/flow?role=analyst', 'Die erste Anfrage der Seite an S3'],
    ['empty', place('analyst', 'empty'), 'Dieser Bucket ist leer'],
    ['nothing found', `${place('analyst', 'reports', 'team/')}&search=none-such`, 'Nichts gefunden'],
    ['unknown bucket', place('analyst', 'private'), 'Dieser Bucket steht hier nicht offen'],
    ['foreign role', place('fault-down'), 'Diese Rolle steht Ihnen nicht offen'],
    ['refused', '/admin', 'Diese Seite ist für Administratoren'],
  ] as const) {
    test(`axe in German: ${name} @phone`, async ({ page, signIn }, info) => {
      await signIn('analyst', to);
      await page.getByText(there).first().waitFor();
      await looks(page, info.outputPath('page.png'));
    });
  }

  test('axe in German: admin @phone', async ({ page, signIn }, info) => {
    await signIn('admin', '/admin');
    await page.getByText(/wird aktuell gehalten/).first().waitFor();
    await looks(page, info.outputPath('page.png'));
  });

  test('axe in German: menus and questions @phone', async ({ page, signIn }, info) => {
    // Four times axe.
    test.slow();
    await signIn('analyst', place('analyst', 'reports', 'team/'));
    await page.getByText(/vollständig in/).first().waitFor();
    await page.getByRole('checkbox', { name: 'plan.txt auswählen' }).click();
    await page.getByRole('button', { name: 'Mehr' }).click();
    await page.getByRole('button', { name: 'Umbenennen…' }).waitFor();
    await looks(page, info.outputPath('menu.png'));
    await page.getByRole('button', { name: 'Kopieren…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Kopieren' }).waitFor();
    await looks(page, info.outputPath('copy.png'));
    await page.getByRole('dialog').getByRole('button', { name: 'Abbrechen' }).click();
    await page.locator('[popovertarget="credentials"]').click();
    await page.getByText('Zugriffsschlüssel-ID').waitFor();
    await looks(page, info.outputPath('credentials.png'));
    await page.keyboard.press('Escape');
    await page.locator('[popovertarget="person"]').click();
    await page.getByRole('button', { name: 'Wie im Browser' }).waitFor();
    await looks(page, info.outputPath('account.png'));
  });
});

test.describe('what stands beside the rows, in German', () => {
  test.use({ locale: 'de-DE' });

  test('axe in German: details, preview and history @phone', async ({ page, signIn }, info) => {
    // Four times axe.
    test.slow();
    await signIn('analyst', place('uploader', 'versioned', 'letters/'));
    await page.getByText(/vollständig in/).first().waitFor();
    await page.getByRole('checkbox', { name: 'figures.csv auswählen' }).click();
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Details' });
    await panel.getByText(/^CSV · ASCII · \d+ Zeilen · \d+ Spalten/).first().waitFor();
    await panel.getByText('Inhaltstyp', { exact: true }).waitFor();
    await looks(page, info.outputPath('details.png'));
    await panel.getByRole('button', { name: 'Versionen anzeigen' }).click();
    await panel.getByText('neueste', { exact: true }).waitFor();
    await panel.getByRole('button', { name: /^Wiederherstellen.*: Sie ist schon die neueste\.$/ }).scrollIntoViewIfNeeded();
    await looks(page, info.outputPath('versions.png'));
    await panel.getByRole('button', { name: 'Ändern… Metadaten und Speicherklasse' }).click();
    await panel.getByRole('textbox', { name: 'Inhaltstyp' }).waitFor();
    await panel.getByText('Noch ist nichts geändert.').scrollIntoViewIfNeeded();
    await looks(page, info.outputPath('change.png'));
    await panel.getByRole('button', { name: 'Abbrechen' }).click();
    await panel.getByRole('button', { name: 'Groß öffnen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Schließen' }).waitFor();
    await looks(page, info.outputPath('large.png'));
  });

  test('axe in German: the list of keyboard shortcuts @phone', async ({ page, signIn }, info) => {
    await signIn('analyst', place('analyst', 'reports', 'team/'));
    await page.getByRole('checkbox', { name: 'Alle auswählen' }).waitFor();
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Tastenkürzel' });
    await expect(list.locator('dl > div', { hasText: 'Erste Zeile, letzte Zeile' }).locator('kbd')).toHaveText(['Pos1', 'Ende']);
    await expect(list.locator('dl > div', { hasText: 'Alles auswählen' }).locator('kbd').first()).toHaveText(/^(Strg|⌘)$/);
    await looks(page, info.outputPath('shortcuts.png'));
  });

  for (const width of [700, 1000, 1200, 1280, 1440]) {
    test(`the buttons for what is chosen have room at ${width} px`, async ({ page, signIn }) => {
      await page.setViewportSize({ width, height: 720 });
      await signIn('analyst', place('uploader', 'versioned', 'letters/'));
      await page.getByRole('checkbox', { name: 'figures.csv auswählen' }).click();
      await page.getByRole('button', { name: 'Details', exact: true }).waitFor();
      const cut = await page.evaluate(() =>
        ['.browse', '.browse__bar', '.search'].map((name) => {
          const element = document.querySelector(name);
          return element === null ? name : element.scrollWidth - element.clientWidth;
        }),
      );
      expect(cut, 'pixels that stick out').toEqual([0, 0, 0]);
    });
  }

  test('a refusal by key is said in German', async ({ page, signIn }) => {
    await signIn('analyst', place('reader', 'reports', 'team/'));
    await page.getByRole('checkbox', { name: 'Alle auswählen' }).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Delete');
    await expect(page.locator('.said')).toContainText('Löschen: Die Rolle Report reader darf hier nicht löschen.');
  });
});

async function looks(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: picture });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'pixels that stick out sideways').toBe(0);
}

test('choosing keeps the place, the credentials and the choice', async ({ page, browse, frame, signIn }) => {
  const to = `${place('analyst', 'reports', 'team/')}&sort=size`;
  const mints: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/credentials')) mints.push(request.url());
  });
  await signIn('analyst', to);
  await browse.complete('4 objects');
  await page.evaluate(() => ((window as { same?: boolean }).same = true));
  expect(mints).toHaveLength(1);

  await choose(page, 'Deutsch');
  await expect(lang(page)).toHaveAttribute('lang', 'de');
  await expect(page.getByText(/vollständig in/).first()).toBeVisible();
  await expect(page).toHaveURL(to);
  await expect(page.locator('[popovertarget="person"]')).toBeFocused();
  await expect(page.getByRole('columnheader', { name: 'Größe' })).toHaveAttribute('aria-sort', /ascending|descending/);
  expect(await page.evaluate(() => (window as { same?: boolean }).same), 'the page was not loaded again').toBe(true);
  expect(mints, 'nothing was minted again').toHaveLength(1);

  // For the next page, and another tab.
  await page.reload();
  await hydrated(page);
  await expect(lang(page)).toHaveAttribute('lang', 'de');
  await page.locator('[popovertarget="person"]').click();
  await expect(page.locator('#person').getByRole('button', { name: 'Deutsch' })).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('Escape');

  await choose(page, 'English');
  await expect(page.getByText(/complete in/).first()).toBeVisible();
  await expect(frame.role).toHaveAccessibleName('Role: Data analyst');
  await choose(page, 'As in the browser');
  await expect.poll(async () => (await page.context().cookies()).some(({ name }) => name === 'vestibule-language')).toBe(false);
  await expect(lang(page)).toHaveAttribute('lang', 'en');
});

test('a language whose texts do not come leaves everything as it is, and says so', async ({ page, complaints, browse, signIn }) => {
  complaints.foresee(/ERR_FAILED/);
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await page.route(/\/pkg\/words\.de/, (route) => route.abort());
  await choose(page, 'Deutsch');
  await expect(page.getByRole('alert').filter({ hasText: 'The texts of this language did not load.' })).toBeVisible();
  await expect(lang(page)).toHaveAttribute('lang', 'en');
});

test('brackets are taken out, those within others too, and what is left is found', async ({ page }) => {
  expect(withoutBrackets('a ⟦b ⟦c⟧ d⟧ e')).toBe('a   e');
  await page.setContent('<main><p>⟦fine⟧ · 2.4 MB</p><p title="A hint">Forgotten</p><code>data</code><p hidden>unseen</p></main>');
  expect(await outsideOfBrackets(page)).toEqual(['A hint', 'Forgotten']);
});
