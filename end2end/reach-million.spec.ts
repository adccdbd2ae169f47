// The end of a million rows, where a browser's highest element is lower than all of them.

import { expect, place, test } from './portal';

test.use({ sandboxOptions: { objects: 1_000_000 } });

test('the last one is reached at 200 % zoom, and says its number', async ({ page, browse, signIn }) => {
  test.setTimeout(300_000);
  // What 1440 × 900 is at 200 %.
  await page.setViewportSize({ width: 720, height: 450 });
  await signIn('analyst', place('analyst', 'synthetic', 'big/'));
  await expect(browse.footer).toContainText(/complete in/, { timeout: 240_000 });
  await page.getByRole('checkbox', { name: 'Select all' }).waitFor();
  await browse.grid.focus();
  await page.keyboard.press('End');
  const rows = Number(await browse.grid.getAttribute('aria-rowcount'));
  expect(rows).toBeGreaterThanOrEqual(1_000_001);
  await expect(browse.active()).toBeInViewport({ ratio: 0.9 });
  await expect(browse.active()).toHaveAttribute('aria-rowindex', String(rows));
  // By the scroll bar too.
  await page.keyboard.press('Home');
  await browse.grid.evaluate((grid) => { grid.scrollTop = grid.scrollHeight; });
  await expect(browse.body().last()).toHaveAttribute('aria-rowindex', String(rows));
  await expect(browse.body().last()).toBeInViewport({ ratio: 0.9 });
  // Where the page is drawn larger by its root, its lengths are not the window's. (The window is too small for it then,
  // so the row is looked for in its container.)
  await page.evaluate(() => { document.documentElement.style.setProperty('zoom', '2'); });
  await page.keyboard.press('Home');
  await page.keyboard.press('End');
  await expect(browse.active()).toHaveAttribute('aria-rowindex', String(rows));
  await expect.poll(() => browse.active().evaluate((row) => {
    const [edges, container] = [row.getBoundingClientRect(), row.closest('[role=grid]')?.getBoundingClientRect()];
    return container !== undefined && edges.bottom <= container.bottom + 1 && edges.top >= container.top;
  })).toBe(true);
  await page.evaluate(() => { document.documentElement.style.removeProperty('zoom'); });
  // All of them, but for one.
  await page.keyboard.press('Control+a');
  await expect(page.locator('.selected')).toHaveText(`${(rows - 1).toLocaleString('en')} selected`);
  await page.keyboard.press('Space');
  await expect(page.locator('.selected')).toHaveText(`${(rows - 2).toLocaleString('en')} selected`);
});
