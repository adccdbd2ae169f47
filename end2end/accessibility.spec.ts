// axe on every page and state, light and dark, desktop and phone; and everything by keyboard.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Details } from './pages/details';
import { Operations } from './pages/operations';
import { Preview } from './pages/preview';
import { said } from './pages/said';
import { Transfers } from './pages/transfers';
import { expect, hydrated, place, test } from './portal';
import { outsideOfBrackets } from './pseudo';
import type { Persona } from './visitor';

interface State {
  name: string;
  persona: Persona;
  to: string;
  /** Complaints of the browser that belong to it. */
  foreseen?: RegExp[];
  /** Waits for the state, or leads to it. */
  reach: (page: Page) => Promise<void>;
}

// Many small tests without a common state: both workers share them, in either window.
test.describe.configure({ mode: 'parallel' });

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name }).waitFor();
const complete = (page: Page): Promise<void> => page.getByText(/complete in/).first().waitFor();

const listed = (page: Page): Promise<void> => page.getByText(/kept up to date/).first().waitFor();

const states: State[] = [
  { name: 'locations', persona: 'analyst', to: place('analyst'), reach: (page) => page.getByRole('table').waitFor() },
  { name: 'folder', persona: 'analyst', to: place('analyst', 'reports', 'team/'), reach: complete },
  { name: 'many rows', persona: 'analyst', to: place('analyst', 'reports', 'team/many/'), reach: complete },
  { name: 'odd names', persona: 'analyst', to: place('analyst', 'odd-names'), reach: complete },
  { name: 'empty', persona: 'analyst', to: place('analyst', 'empty'), reach: heading('This bucket is empty') },
  {
    name: 'search',
    persona: 'analyst',
    to: `${place('analyst', 'reports', 'team/')}&search=m`,
    reach: async (page) => {
      await page.getByText(/matches.* among .* complete in/).first().waitFor();
      await page.getByRole('searchbox', { name: 'Search this folder' }).focus();
    },
  },
  {
    name: 'search, with subfolders',
    persona: 'analyst',
    to: `${place('analyst', 'reports', 'team/')}&search=record-0&subfolders=1`,
    reach: (page) => page.getByText(/matches.* among .* complete in/).first().waitFor(),
  },
  {
    name: 'search, nothing found',
    persona: 'analyst',
    to: `${place('analyst', 'reports', 'team/')}&search=none-such`,
    reach: heading('Nothing found'),
  },
  {
    name: 'search, so far',
    persona: 'analyst',
    to: `${place('analyst', 'reports', 'team/many/')}&search=record`,
    reach: async (page) => {
      // The second page never comes.
      await page.route(/continuation-token|start-after/, () => undefined);
      await page.reload();
      await page.getByText(/matches.* among .* so far/).first().waitFor();
    },
  },
  {
    name: 'go to',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/many/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('button', { name: 'With subfolders' }).waitFor();
      const box = page.getByRole('searchbox', { name: 'Search this folder' });
      await box.fill('record-05');
      await box.press('Control+Enter');
      await page.locator('.row--active').getByText('record-05000.txt').first().waitFor();
    },
  },
  {
    name: 'denied',
    persona: 'analyst',
    to: place('analyst', 'denied'),
    foreseen: [/status of 403/],
    reach: heading('This folder cannot be listed'),
  },
  { name: 'unknown bucket', persona: 'analyst', to: place('analyst', 'private'), reach: heading('This bucket is not open here') },
  { name: 'foreign role', persona: 'analyst', to: place('fault-down'), reach: heading('This role is not open to you') },
  { name: 'no role', persona: 'outsider', to: '/', reach: heading('No role is open to you') },
  {
    name: 'no audience',
    persona: 'no-audience',
    to: place('analyst', 'reports', 'team/'),
    foreseen: [/status of 502/],
    reach: heading('This folder cannot be listed'),
  },
  { name: 'not found', persona: 'analyst', to: '/none', foreseen: [/status of 404/], reach: heading('There is no such page') },
  { name: 'signed out', persona: 'analyst', to: '/signed-out', reach: heading('You are signed out') },
  {
    name: 'upload menu',
    persona: 'analyst',
    to: place('uploader', 'uploads', 'menu/'),
    reach: async (page) => {
      await page.getByRole('button', { name: /^⟦?Upload/ }).click();
      await page.getByRole('button', { name: 'Look for unfinished uploads' }).click();
      await page.getByText('No upload was left unfinished here.').waitFor();
    },
  },
  {
    name: 'transfers',
    persona: 'analyst',
    to: place('uploader', 'uploads', 'accessible/'),
    foreseen: [/status of 412/],
    reach: async (page) => {
      // The second time they are there already.
      const names = ['first.txt', 'second.txt'];
      for (const left of [/2 files stored|exists? already/, /exists? already/]) {
        await page.getByRole('button', { name: /^⟦?Upload/ }).click();
        const chooser = page.waitForEvent('filechooser');
        await page.getByRole('button', { name: 'Files…' }).click();
        await (await chooser).setFiles(names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })));
        await page.getByRole('heading', { name: left }).waitFor();
      }
      await page.getByRole('button', { name: /Replace.* first\.txt/ }).first().waitFor();
    },
  },
  {
    name: 'download menu',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('button', { name: said('Download') }).click();
      await page.getByRole('button', { name: 'Everything in this folder' }).waitFor();
    },
  },
  {
    name: 'rows that are chosen',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('checkbox', { name: 'Select plan.txt' }).click();
      await page.getByRole('button', { name: 'Clear the selection' }).first().waitFor();
    },
  },
  ...(['Copy…', 'Rename…', 'Delete…', 'Share a link…'] as const).map((act) => ({
    name: `the question: ${act}`,
    persona: 'analyst' as const,
    to: place('analyst', 'reports', 'team/'),
    reach: async (page: Page) => {
      await complete(page);
      const operations = new Operations(page);
      await operations.choose('plan.txt');
      await operations.ask(act);
      await page.getByRole('dialog').getByRole('button', { name: /^⟦?(Copy|Rename|Delete 1 object|Make the link)·*⟧?$/ }).waitFor();
      if (act === 'Share a link…') {
        await page.getByRole('button', { name: 'Make the link' }).click();
        await page.getByRole('textbox', { name: 'Link' }).waitFor();
      }
    },
  })),
  {
    name: 'keyboard shortcuts',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('checkbox', { name: 'Select all' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
  },
  {
    name: 'a cell, and everything selected but one row',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('checkbox', { name: 'Select all' }).click();
      await page.getByRole('checkbox', { name: 'Select plan.txt' }).click();
      await page.getByRole('grid').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('[data-active]').waitFor();
    },
  },
  {
    name: 'a refusal by key',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('checkbox', { name: 'Select all' }).waitFor();
      await page.getByRole('grid').focus();
      await page.keyboard.press('Delete');
      await page.locator('.said').waitFor();
    },
  },
  {
    name: 'stopped',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/many/'),
    reach: async (page) => {
      await page.route(/continuation-token|start-after/, () => undefined);
      await page.reload();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText(/so far · stopped/).first().waitFor();
    },
  },
  {
    name: 'what cannot be done',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      const operations = new Operations(page);
      await operations.choose('plan.txt');
      await operations.more.click();
      await operations.menu.waitFor();
    },
  },
  {
    name: 'an operation that is over',
    persona: 'analyst',
    to: place('uploader', 'uploads', 'operated/'),
    reach: async (page) => {
      const name = `operated-${Date.now()}.txt`;
      const [transfers, operations] = [new Transfers(page), new Operations(page)];
      await transfers.give('Files…', { name, mimeType: 'text/plain', buffer: Buffer.from(name) });
      await transfers.stored(1);
      await operations.choose(name);
      await operations.ask('Copy…');
      await operations.send('Copy', 'operated/copies/');
      await operations.lines.getByText('1 object copied').waitFor();
    },
  },
  {
    name: 'a ZIP with objects missing',
    persona: 'analyst',
    to: place('analyst', 'odd-names'),
    reach: async (page) => {
      await complete(page);
      // As in a browser without a dialog for saving files.
      await page.evaluate(() => delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker);
      await page.getByRole('button', { name: said('Download') }).click();
      await page.getByRole('button', { name: 'Everything in this folder' }).click();
      await page.getByText('8 objects are not in this file.').waitFor();
    },
  },
  {
    name: 'upload not permitted',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('button', { name: /^⟦?Upload/ }).waitFor();
    },
  },
  {
    name: 'role menu',
    persona: 'analyst',
    to: place('analyst'),
    reach: async (page) => {
      await page.getByRole('button', { name: /^⟦?Role:/ }).click();
      await page.getByRole('group', { name: 'Roles' }).waitFor();
    },
  },
  {
    name: 'credentials',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('button', { name: /^⟦?Credentials last/ }).click();
      await page.getByText('Access key id').waitFor();
    },
  },
  {
    name: 'account',
    persona: 'analyst',
    to: place('analyst'),
    reach: async (page) => {
      await page.getByRole('button', { name: /signed in as/ }).click();
      await page.getByRole('link', { name: 'Sign out' }).waitFor();
    },
  },
  {
    name: 'download refused',
    persona: 'analyst',
    to: place('analyst', 'odd-names', 'dots/.'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('grid').getByRole('button', { name: /^⟦?Download/ }).first().click({ force: true });
      await page.getByRole('alert').waitFor();
    },
  },
  { name: 'functions', persona: 'analyst', to: '/functions?role=analyst&name=echo', reach: heading('Nothing invoked yet') },
  {
    name: 'result',
    persona: 'analyst',
    to: '/functions?role=analyst&name=echo',
    reach: async (page) => {
      await page.getByRole('textbox', { name: 'Payload' }).fill('{"key": "team/plan.txt", "width": 320}');
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText('REPORT RequestId').waitFor();
    },
  },
  {
    name: 'function error',
    persona: 'analyst',
    to: '/functions?role=analyst&name=fail',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText('Lambda and the portal did their part').waitFor();
    },
  },
  {
    name: 'streaming',
    persona: 'analyst',
    to: '/functions?role=analyst&name=count',
    reach: async (page) => {
      await page.getByRole('combobox', { name: 'How to invoke' }).selectOption('Stream the result');
      await page.getByRole('textbox', { name: 'Payload' }).fill('{"to": 1000, "seconds": 1}');
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText(/so far in/).waitFor();
    },
  },
  {
    name: 'not streamed',
    persona: 'analyst',
    to: '/functions?role=analyst&name=buffered',
    foreseen: [/blocked by CORS policy/, /Failed to load resource/],
    reach: async (page) => {
      await page.getByRole('combobox', { name: 'How to invoke' }).selectOption('Stream the result');
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText('REPORT RequestId').waitFor();
    },
  },
  {
    name: 'throttled',
    persona: 'analyst',
    to: '/functions?role=analyst&name=busy',
    foreseen: [/status of 429/],
    reach: async (page) => {
      await page.getByRole('textbox', { name: 'Payload' }).fill('{"refusals": 100}');
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText(/Attempt 4 of 6/).waitFor();
    },
  },
  {
    name: 'running',
    persona: 'analyst',
    to: '/functions?role=analyst&name=slow',
    reach: async (page) => {
      await page.getByRole('textbox', { name: 'Payload' }).fill('{"seconds": 30}');
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText(/running for/).waitFor();
    },
  },
  {
    name: 'bad JSON',
    persona: 'analyst',
    to: '/functions?role=analyst&name=echo',
    reach: async (page) => {
      await page.getByRole('textbox', { name: 'Payload' }).fill('{\n  "a": 1,\n}');
      await page.getByText(/^⟦?Line 3, column 1/).first().waitFor();
    },
  },
  {
    name: 'my access',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('link', { name: 'My access' }).click();
      await page.getByText(said('This tab')).waitFor();
    },
  },
  {
    name: 'my access, asked',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('link', { name: 'My access' }).click();
      await page.getByRole('button', { name: /^⟦?End the session/ }).first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'my access, empty', persona: 'outsider', to: '/access', reach: heading('You have no session now') },
  { name: 'admin', persona: 'admin', to: '/admin', reach: listed },
  { name: 'admin refused', persona: 'analyst', to: '/admin', reach: heading('This page is for administrators') },
  {
    name: 'admin, nothing matches',
    persona: 'admin',
    to: '/admin',
    reach: async (page) => {
      await listed(page);
      await page.getByRole('searchbox', { name: 'Person' }).fill('nobody at all');
      await heading('No session matches')(page);
    },
  },
  {
    name: 'admin, asked',
    persona: 'admin',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      await page.getByRole('link', { name: 'Admin' }).click();
      await listed(page);
      await page.getByRole('button', { name: /^⟦?End the session/ }).first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'details of an object',
    persona: 'analyst',
    to: place('uploader', 'versioned', 'letters/'),
    reach: async (page) => {
      const details = new Details(page);
      await complete(page);
      await details.of('figures.csv');
      await details.fact('owner').waitFor();
      await details.showVersions();
    },
  },
  {
    name: 'details, changing',
    persona: 'analyst',
    to: place('uploader', 'versioned', 'letters/'),
    reach: async (page) => {
      const details = new Details(page);
      await complete(page);
      await details.of('figures.csv');
      await details.metadata.getByRole('button', { name: /^⟦?Change…/ }).click();
      await details.metadata.getByRole('textbox', { name: 'Content type' }).fill('text/plain');
      await details.tags.getByRole('button', { name: /^⟦?Change…/ }).click();
      await details.tags.getByRole('textbox', { name: 'Name of tag 1' }).waitFor();
    },
  },
  {
    name: 'details, deleting a version',
    persona: 'analyst',
    to: place('uploader', 'versioned', 'letters/'),
    reach: async (page) => {
      const details = new Details(page);
      await complete(page);
      await details.of('offer.txt');
      const lines = await details.showVersions();
      await lines.nth(1).getByRole('button', { name: /^⟦?Delete…/ }).click();
      await details.dialog.waitFor();
    },
  },
  {
    name: 'details of a folder',
    persona: 'analyst',
    to: place('uploader', 'versioned'),
    reach: async (page) => {
      const details = new Details(page);
      await complete(page);
      await details.of('letters/');
      await details.panel.getByRole('button', { name: 'Count what is in it' }).click();
      await details.fact('Objects').waitFor();
    },
  },
  {
    name: 'details, refused',
    persona: 'analyst',
    to: place('reader', 'reports', 'team/'),
    reach: async (page) => {
      const details = new Details(page);
      await complete(page);
      await details.of('plan.txt');
      await details.fact('Content type').waitFor();
    },
  },
  { name: 'unknown function', persona: 'analyst', to: '/functions?role=analyst&name=none', reach: heading('This function is not open here') },
];

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

const GALLERY = place('reader', 'reports', 'gallery/');
const previewed = (name: string, facts: RegExp | string) => async (page: Page): Promise<void> => {
  await complete(page);
  const preview = new Preview(page);
  await preview.open(name);
  await preview.section.getByText(facts).first().waitFor();
};

/** Where there is more to read than to operate. */
const worded: State[] = [
  { name: 'preview of text', persona: 'analyst', to: GALLERY, reach: previewed('long.txt', /the first.*262/) },
  { name: 'preview of a mistake', persona: 'analyst', to: GALLERY, reach: previewed('broken.json', /Line 3, column 11/) },
  { name: 'preview of bytes', persona: 'analyst', to: GALLERY, reach: previewed('bytes.bin', /No text/) },
  { name: 'preview of nothing', persona: 'analyst', to: GALLERY, reach: previewed('empty.txt', /The object is empty\./) },
  {
    name: 'preview of a table, large',
    persona: 'analyst',
    to: GALLERY,
    reach: async (page) => {
      await previewed('orders.csv', /the first 200 rows/)(page);
      const preview = new Preview(page);
      await preview.large.click();
      await preview.dialog.getByRole('button', { name: 'Show more' }).waitFor();
    },
  },
  {
    name: 'deleted objects',
    persona: 'analyst',
    to: place('uploader', 'versioned', 'letters/'),
    reach: async (page) => {
      await complete(page);
      const details = new Details(page);
      await details.of('figures.csv');
      await details.deleted.getByRole('button', { name: 'Show deleted objects' }).click();
      await details.deleted.getByRole('button', { name: /Bring back.*withdrawn\.txt/ }).waitFor();
    },
  },
  {
    name: 'details of several rows',
    persona: 'analyst',
    to: place('uploader', 'versioned', 'letters/'),
    reach: async (page) => {
      await complete(page);
      const details = new Details(page);
      for (const name of ['figures.csv', 'offer.txt']) await page.getByRole('checkbox', { name: said(`Select ${name}`) }).click();
      await details.opener.click();
      await details.fact('Size of the objects').waitFor();
    },
  },
];

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
