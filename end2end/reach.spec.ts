// Everything that can be pressed is reached by keys, shows it, and is large enough for a finger; at any zoom, in any
// direction and with any colours.

import type { Page } from '@playwright/test';
import { expect, place, test } from './portal';
import type { Persona } from './visitor';

const complete = (page: Page): Promise<void> => page.getByText(/complete in/).first().waitFor();
const loaded = async (page: Page): Promise<void> => {
  await page.locator('#said').waitFor({ state: 'attached' });
};
const folder = async (page: Page): Promise<void> => {
  await complete(page);
  await page.getByRole('checkbox', { name: 'Select all' }).waitFor();
  await page.getByRole('button', { name: 'With subfolders' }).waitFor();
};

const pages: { name: string; persona: Persona; to: string; reach: (page: Page) => Promise<void> }[] = [
  { name: 'locations', persona: 'analyst', to: place('analyst'), reach: async (page) => page.getByRole('table').waitFor() },
  { name: 'a folder', persona: 'analyst', to: place('uploader', 'uploads', 'nothing-here/'), reach: async (page) => page.getByRole('heading', { name: 'empty' }).waitFor() },
  { name: 'a folder with rows', persona: 'analyst', to: place('analyst', 'reports', 'team/'), reach: folder },
  {
    name: 'a folder with rows that are selected',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await folder(page);
      await page.getByRole('checkbox', { name: 'Select plan.txt' }).click();
      await page.getByRole('button', { name: 'More' }).waitFor();
    },
  },
  { name: 'a search', persona: 'analyst', to: `${place('analyst', 'reports', 'team/')}&search=m`, reach: folder },
  { name: 'functions', persona: 'analyst', to: '/functions?role=analyst&name=echo', reach: async (page) => page.getByRole('button', { name: 'Invoke' }).waitFor() },
  {
    name: 'my access',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('link', { name: 'My access' }).click();
      await page.getByText('This tab', { exact: true }).waitFor();
    },
  },
  { name: 'admin', persona: 'admin', to: '/admin', reach: async (page) => page.getByText(/kept up to date/).first().waitFor() },
  { name: 'not open', persona: 'analyst', to: place('fault-down'), reach: async (page) => page.getByRole('heading', { name: 'not open to you' }).first().waitFor() },
];

/** Numbers everything that can be pressed or filled in, and gives what there is. */
function interactive(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [tabindex], .entry')];
    const shown = all.filter((element) => {
      if (element.closest('[popover]:not(:popover-open), dialog:not([open]), [hidden], .table__skeletons')) return false;
      if (element.matches('main, [tabindex="-1"]:not(a, button, .entry)')) return false;
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && height > 0 && getComputedStyle(element).visibility === 'visible';
    });
    return shown.map((element, at) => {
      element.dataset['walk'] = String(at);
      return `${at}: ${element.tagName.toLowerCase()} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`;
    });
  });
}

/** What keys are at: the focus, or what the table that has it names. Whether a ring shows it, and that it is in view. */
function here(page: Page): Promise<{ walk: string[]; ring: boolean; seen: boolean; at: string; grid: boolean }> {
  return page.evaluate(() => {
    const focus = document.activeElement as HTMLElement;
    const named = document.getElementById(focus.getAttribute('aria-activedescendant') ?? '');
    const stands = (named ?? focus) as HTMLElement;
    const style = getComputedStyle(stands);
    const box = stands.getBoundingClientRect();
    const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const walk = [focus, stands].flatMap((element) => element.dataset['walk'] ?? []);
    return {
      walk,
      ring: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
      seen,
      at: focus === document.body ? '' : `${focus.tagName} ${(stands.getAttribute('aria-label') ?? stands.textContent ?? '').trim().slice(0, 40)}`,
      grid: focus.getAttribute('role') === 'grid',
    };
  });
}

for (const { name, persona, to, reach } of pages) {
  test(`keys reach everything and show where they are: ${name} @phone`, async ({ page, signIn }) => {
    test.slow();
    await signIn(persona, to);
    await reach(page);
    await loaded(page);
    const all = await interactive(page);
    expect(all.length).toBeGreaterThan(4);
    const reached = new Set<string>();
    const note = async (): Promise<Awaited<ReturnType<typeof here>>> => {
      const now = await here(page);
      if (now.at !== '') {
        expect(now.ring, `a ring around ${now.at}`).toBe(true);
        expect(now.seen, `${now.at} is in view`).toBe(true);
      }
      now.walk.forEach((at) => reached.add(at));
      return now;
    };
    // From the beginning, wherever the last click was.
    await page.getByRole('link', { name: 'Skip to the page' }).focus();
    (await here(page)).walk.forEach((at) => reached.add(at));
    let walked = false;
    for (let presses = 0; presses < all.length + 20; presses++) {
      await page.keyboard.press('Tab');
      const now = await note();
      if (now.at === '') break;
      if (!now.grid || walked) continue;
      walked = true;
      // Every cell of the rows.
      const rows = Math.min(Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')) - 1, 12);
      await page.keyboard.press('Home');
      for (let row = 0; row < rows; row++) {
        for (let cell = 0; cell < 9; cell++) {
          await page.keyboard.press('ArrowRight');
          await expect(page.locator('.row--active [data-active]')).toHaveCount(1);
          await note();
        }
        for (let cell = 0; cell < 9; cell++) await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('ArrowDown');
      }
    }
    const inView = await page.evaluate(() => {
      // Rows that are further down are as those above.
      const further = [...document.querySelectorAll<HTMLElement>('[role=row][aria-rowindex]')].filter((row) => Number(row.ariaRowIndex) > 13);
      return further.flatMap((row) => [...row.querySelectorAll<HTMLElement>('[data-walk]')].map((element) => element.dataset['walk'] ?? ''));
    });
    const missing = all.filter((line) => !reached.has(line.split(':')[0]!) && !inView.includes(line.split(':')[0]!));
    expect(missing, 'not reached').toEqual([]);
  });

  test(`a finger hits everything: ${name} @phone`, async ({ page, signIn, isMobile }) => {
    test.skip(!isMobile, 'for fingers');
    await signIn(persona, to);
    await reach(page);
    await loaded(page);
    await interactive(page);
    // Where a finger may come down beside the middle of each and still hit it: up to 22 px; 10 for links and the headings that sort,
    // and what stands in a line of headings is as high as that.
    const small = await page.evaluate(() => {
      const misses: string[] = [];
      for (const element of document.querySelectorAll<HTMLElement>('[data-walk]')) {
        if (element.matches('.skip, [role=grid], [role=group], .editor')) continue;
        element.scrollIntoView({ block: 'center', inline: 'nearest' });
        const target = element.closest('label') ?? element;
        const box = target.getBoundingClientRect();
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) continue;
        const over = new Set<string>();
        const hits = (dx: number, dy: number): boolean => {
          const [px, py] = [x + dx, y + dy];
          if (px < 0 || py < 0 || px >= innerWidth || py >= innerHeight) return true;
          const hit = document.elementFromPoint(px, py);
          if (hit !== null && !target.contains(hit)) over.add(hit.className || hit.tagName);
          return hit !== null && target.contains(hit);
        };
        const far = element.matches('a, .sort') ? 9 : 21;
        const high = element.closest('.table__head') ? Math.min(far, 15) : far;
        const reach = [[0, -high], [0, high], [-far, 0], [far, 0]].filter(([dx, dy]) => !hits(dx!, dy!));
        if (reach.length > 0) misses.push(`${element.tagName} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)} ${Math.round(box.width)}×${Math.round(box.height)} ${JSON.stringify(reach)}: ${[...over].join(', ')}`);
      }
      return misses;
    });
    expect(small).toEqual([]);
  });
}

test('a page is read at 400 % zoom: 320 px wide, in one direction', async ({ page, signIn }, info) => {
  // What 1280 × 1024 is at 400 %.
  await page.setViewportSize({ width: 320, height: 256 });
  for (const { name, persona, to, reach } of pages) {
    await test.step(name, async () => {
      await page.context().clearCookies();
      await signIn(persona, to);
      await reach(page);
      await page.screenshot({ path: info.outputPath(`${name.replaceAll(' ', '-')}.png`) });
      const sideways = await page.evaluate(() => {
        const scrollers = [document.documentElement, document.querySelector('main')].filter((box) => box !== null && box.scrollWidth > box.clientWidth);
        return scrollers.flatMap((box) => {
          const edge = box!.getBoundingClientRect().left + box!.clientWidth;
          const out = [...box!.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > edge);
          return out.map((element) => `${element.tagName} ${element.className} ${element.textContent} ${element.getBoundingClientRect().right - edge}`);
        });
      });
      expect(sideways, 'what sticks out sideways').toEqual([]);
      const table = page.getByRole('grid');
      if (await table.count()) {
        expect((await table.boundingBox())?.height, 'room for rows').toBeGreaterThanOrEqual(140);
        await table.focus();
        await page.keyboard.press('End');
        // The page itself is higher than such a window.
        await page.locator('.row--active').scrollIntoViewIfNeeded();
        await expect(page.locator('.row--active')).toBeInViewport({ ratio: 0.9 });
      }
    });
  }
});

test('text may be spaced as people need it (WCAG 1.4.12)', async ({ page, signIn }) => {
  for (const { name, persona, to, reach } of pages) {
    await test.step(name, async () => {
      await page.context().clearCookies();
      await signIn(persona, to);
      await reach(page);
      await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
        document.adoptedStyleSheets.push(sheet);
      });
      const cut = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll<HTMLElement>('button, a, h1, h2, h3, .cell, .browse__foot, .header')];
        const seen = boxes.filter((box) => box.offsetHeight > 1 && !box.closest('.unseen, [hidden], [popover]:not(:popover-open), dialog:not([open])'));
        return seen.filter((box) => box.scrollHeight > box.clientHeight + 2 && getComputedStyle(box).overflowY !== 'visible').map((box) => box.outerHTML.slice(0, 80));
      });
      expect(cut, 'cut off below').toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    });
  }
});

test('colours that are forced leave selection, active row and focus visible', async ({ page, browse, signIn }, info) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await page.getByRole('checkbox', { name: 'Select plan.txt' }).click();
  await browse.grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  const look = (name: string) => browse.grid.locator('[role=row]', { hasText: name }).evaluate((row) => {
    const style = getComputedStyle(row);
    return `${style.outlineStyle} ${style.outlineWidth}`;
  });
  const [chosen, active, plain] = [await look('plan.txt'), await look('many/'), await look('2026/')];
  await page.screenshot({ path: info.outputPath('forced.png') });
  expect(new Set([chosen, active, plain]).size, `${chosen}, ${active}, ${plain}`).toBe(3);
});

test('from right to left the page is its mirror, and a hostile name stays in its row', async ({ page, browse, signIn }, info) => {
  await page.setViewportSize({ width: 1_280, height: 2_400 });
  await signIn('analyst', place('analyst', 'odd-names'));
  await folder(page);
  const places = () => page.evaluate(() => {
    const row = [...document.querySelectorAll('.row--body:not([hidden])')].find((row) => row.textContent?.includes('reversed'));
    const left = (selector: string) => Math.round(row?.querySelector(selector)?.getBoundingClientRect().left ?? -1);
    const order = ['.cell--mark', '.entry .icon', '.cell--size', '.cell--time', '.cell--action'].map(left);
    const crumbs = [...document.querySelectorAll('.breadcrumbs li')].map((crumb) => Math.round(crumb.getBoundingClientRect().left));
    const size = row?.querySelector('.cell--size')?.textContent;
    return { order, crumbs, size };
  });
  const sorted = (numbers: number[]) => numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);
  const before = await places();
  expect(sorted(before.order) && sorted(before.crumbs), JSON.stringify(before)).toBe(true);
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  await page.screenshot({ path: info.outputPath('rtl.png') });
  const after = await places();
  expect(sorted(after.order.reverse()) && sorted(after.crumbs.reverse()), JSON.stringify(after)).toBe(true);
  expect(after.size).toBe(before.size);
  await browse.grid.focus();
  await page.keyboard.press('End');
  await expect(browse.active()).toBeInViewport();
});
