// axe on every page and state, light and dark, desktop and phone; and everything by keyboard.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, hydrated, place, test } from './portal';
import { outsideOfBrackets } from './pseudo';
import { browsing } from './states/browse';
import { details } from './states/details';
import { elsewhere } from './states/elsewhere';
import { worded } from './states/worded';

// Many small tests without a common state: both workers share them, in either window.
test.describe.configure({ mode: 'parallel' });

const states = [...browsing, ...elsewhere, ...details];

for (const state of states) {
  // The pictures are for people to look at: test-results/…/light.png and dark.png.
  test(`axe: ${state.name} @phone`, async ({ page, complaints, signIn }, info) => {
    for (const complaint of state.foreseen ?? []) complaints.foresee(complaint);
    await signIn(state.persona, state.to);
    await state.reach(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), colorScheme).toEqual([]);
    }
    expect(await sideways(page), 'pixels that stick out sideways').toBe(0);
  });
}


for (const state of [...states, ...worded]) {
  // Longer than English, and in brackets: what does not fit, and what never went through the catalogue, shows.
  test(`words: ${state.name} @phone`, async ({ page, complaints, signIn, baseURL }, info) => {
    for (const complaint of state.foreseen ?? []) complaints.foresee(complaint);
    await page.context().addCookies([{ name: 'vestibule-language', value: 'en-XA', url: baseURL ?? '' }]);
    await signIn(state.persona, state.to);
    await state.reach(page);
    await page.screenshot({ path: info.outputPath('pseudo.png') });
    expect(await outsideOfBrackets(page)).toEqual([]);
    expect(await sideways(page), 'pixels that stick out sideways').toBe(0);
  });
}

test('axe: the sandbox sign-in @phone', async ({ page }, info) => {
  await page.goto('/browse');
  await expect(page.getByRole('listitem')).toHaveCount(5);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }
});

for (const state of states) {
  test(`from right to left: ${state.name} @phone`, async ({ page, complaints, signIn }, info) => {
    for (const complaint of state.foreseen ?? []) complaints.foresee(complaint);
    await signIn(state.persona, state.to);
    await state.reach(page);
    await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
    await page.screenshot({ path: info.outputPath('rtl.png') });
    expect(await sideways(page), 'pixels that stick out sideways').toBe(0);
    await page.emulateMedia({ forcedColors: 'active' });
    await page.screenshot({ path: info.outputPath('rtl-forced.png') });
  });
}

test('axe finds what is wrong', async ({ page, signIn }) => {
  await signIn('analyst', place('analyst'));
  await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual(['button-name']);
});

test('through folders by keyboard', async ({ page, browse, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the page' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();

  await tabTo(page, browse.grid);
  const active = async (): Promise<string> => (await browse.grid.locator('.row--active .entry__name').textContent()) ?? '';
  await expect.poll(active).toBe('2026/');
  expect(await ring(page)).toBe(true);
  await page.keyboard.press('ArrowDown');
  await expect.poll(active).toBe('many/');
  await page.keyboard.press('End');
  await expect.poll(active).toBe('roadmap.svg');
  const row = await browse.grid.getAttribute('aria-activedescendant');
  await expect(page.locator(`#${row}`)).toContainText('roadmap.svg');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(place('analyst', 'reports', 'team/2026/'));
  await browse.complete('1 object');

  // An object: Enter saves it.
  await tabTo(page, browse.grid);
  await page.keyboard.press('End');
  await expect.poll(active).toBe('budget.csv');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  expect((await download).suggestedFilename()).toBe('budget.csv');
});

test('every control is reached by Tab, shows that it has the focus, and menus close on Escape', async ({ page, browse, frame, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  const reached: string[] = [];
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body ? '' : (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim();
    });
    if (now === '' || reached.includes(now)) break;
    expect(await ring(page), `a ring around ${now}`).toBe(true);
    reached.push(now);
  }
  for (const control of [/^Vestibule/, /^Browse/, /^Functions/, /^Role: Data analyst/, /^Credentials last/, /signed in as/, /^Locations/, /^Name/, /^Size/, /^Modified/, /^Folders and objects/]) {
    expect(reached.some((name) => control.test(name)), `${control} among ${reached.join(', ')}`).toBe(true);
  }
  await frame.role.focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('group', { name: 'Roles' });
  await expect(menu).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(frame.role).toBeFocused();
});

test('a page is operable at 200 % zoom and in forced colours', async ({ page, browse, signIn }) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await page.emulateMedia({ forcedColors: 'active' });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await browse.folder('2026/').click();
  await browse.complete('1 object');
});

test('enough rows are in view @phone', async ({ page, browse, signIn, isMobile }) => {
  await page.setViewportSize(isMobile ? { width: 390, height: 844 } : { width: 1_440, height: 900 });
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  const inView = await browse.grid.evaluate((grid) => {
    const view = grid.getBoundingClientRect();
    const head = grid.querySelector('[role=rowgroup]')?.getBoundingClientRect();
    const top = Math.max(view.top, head?.bottom ?? 0);
    return [...grid.querySelectorAll('[role=row][id]:not([hidden])')].filter((row) => {
      const box = row.getBoundingClientRect();
      return box.top >= top - 1 && box.bottom <= Math.min(view.bottom, innerHeight) + 1;
    }).length;
  });
  expect(inView).toBeGreaterThanOrEqual(isMobile ? 9 : 18);
});

test('nothing moves after the first paint @phone', async ({ page, browse, signIn }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await hydrated(page);
  await browse.complete('10,000 objects');
  const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.005);
});

/** Pixels by which the page is wider than the window, to either side. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function tabTo(page: Page, target: ReturnType<Page['locator']>): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

/** Whether the focused element, or what stands for it, is drawn with an outline. */
function ring(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const drawn = [element, ...(element?.querySelectorAll('.row--active, .row--active *') ?? [])];
    return drawn.some((one) => {
      if (!one) return false;
      const style = getComputedStyle(one);
      return style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
    });
  });
}
