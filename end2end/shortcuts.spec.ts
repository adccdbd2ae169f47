// The shortcuts under `?`: which there are, when they work, and that each does what it says.

import { BUCKET, active, count, keys, open, put, ready, said, selected, team, test } from './keyboard';
import { expect, place } from './portal';

test('the list under ? holds what works on the page, and only that', async ({ page, browse, frame, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeVisible();
  await expect(overlay.close).toBeFocused();
  expect(await overlay.groups()).toEqual(['Anywhere', 'In a table', 'Selection', 'In a folder']);
  await page.keyboard.press('Escape');
  await expect(overlay.dialog).toBeHidden();
  await expect(browse.grid).toBeFocused();

  await frame.person.click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await expect(overlay.dialog).toBeVisible();
  await overlay.close.click();
  await expect(overlay.dialog).toBeHidden();

  await page.goto('/functions?role=analyst&name=echo');
  await expect(page.getByRole('button', { name: 'Invoke' })).toBeVisible();
  await page.locator('#said').waitFor({ state: 'attached' });
  await page.keyboard.press('Control+/');
  expect(await overlay.groups()).toEqual(['Anywhere', 'Function']);
});

test('a Mac has its own keys', async ({ page, browse, overlay, signIn }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' }));
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await expect(overlay.entry('Select everything')).toContainText('⌘A');
  await expect(overlay.entry('The folder above')).toContainText('⌥↑');
  await expect(overlay.dialog).not.toContainText('Ctrl');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  expect(await selected(browse)).toEqual([]);
  await page.keyboard.press('Meta+a');
  await expect(count(page)).toContainText('selected');
  await browse.search.fill('x');
  await expect(page.getByRole('button', { name: 'Go to' })).toHaveAttribute('title', /⌘\+Enter/);
});

test('single characters can be switched off, and stay off', async ({ page, browse, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.keyboard.press('?');
  await overlay.singleKeys.uncheck();
  await expect(overlay.entry('Search').getByText('off')).toBeAttached();
  await page.keyboard.press('Escape');
  for (const key of ['/', '?', 'g', 'u']) await page.keyboard.press(key);
  await expect(overlay.dialog).toBeHidden();
  await expect(browse.grid).toBeFocused();
  await expect(page).toHaveURL(new RegExp(`prefix=team%2F(&|$)`));
  await page.reload();
  await browse.complete('4 objects');
  await ready(page);
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Control+/');
  await expect(overlay.dialog).toBeVisible();
  await overlay.singleKeys.check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeVisible();
});

test('nothing fires where text is typed, in dialogs, beside menus or while a character is composed', async ({ page, browse, operations, overlay, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await browse.search.focus();
  await page.keyboard.type('?ug/');
  await expect(browse.search).toHaveValue('?ug/');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await expect(browse.search).toHaveValue('');
  await expect(count(page)).toHaveCount(0);
  await expect(operations.dialog).toBeHidden();

  await browse.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('F2');
  await expect(operations.dialog).toBeVisible();
  for (const key of ['?', 'Delete', 'Alt+ArrowUp']) await page.keyboard.press(key);
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
  await expect(count(page), 'Escape was for the dialog').toContainText('1 selected');
  await expect(page).toHaveURL(new RegExp(`prefix=team%2F(&|$)`));

  await operations.more.click();
  await page.keyboard.press('?');
  await expect(overlay.dialog).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(operations.menu).toBeHidden();
  await expect(count(page)).toContainText('1 selected');

  await browse.grid.focus();
  await browse.grid.evaluate((grid) => {
    for (const key of ['?', 'Delete', 'Escape']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, isComposing: true }));
  });
  await expect(count(page)).toContainText('1 selected');
  await expect(overlay.dialog).toBeHidden();
});

test('what belongs to the browser stays its own', async ({ page, browse, signIn }) => {
  await open(page, browse, signIn, team, '4 objects');
  await page.evaluate(() => {
    const taken: string[] = [];
    Object.assign(window, { taken });
    addEventListener('keydown', (event) => event.defaultPrevented && taken.push(event.key));
  });
  for (const key of ['Control+c', 'Control+x', 'Control+f', 'Control+Shift+a', 'F5', 'Tab']) {
    await browse.grid.evaluate((grid, pressed) => {
      const parts = pressed.split('+');
      const key = parts.at(-1)!;
      grid.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: parts.includes('Control'), shiftKey: parts.includes('Shift'), bubbles: true, cancelable: true }));
    }, key);
  }
  expect(await page.evaluate(() => (window as unknown as { taken: string[] }).taken)).toEqual([]);
});

// What each line of the list does, proved by pressing it. A line that is not here fails the test.
test('every line of the list does what it says', async ({ page, browse, operations, overlay, signIn, s3, prefix }) => {
  test.slow();
  for (const name of ['f/1', 'a.txt', 'b.txt', 'c.txt', 'd.txt']) await put(s3, prefix + name);
  const here = place('uploader', BUCKET, prefix);
  const at = (name: string) => expect(active(browse)).toHaveText(name);
  const toFirst = async (): Promise<void> => {
    await browse.grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Escape');
    await at('f/');
  };
  const inSearch = async (text: string): Promise<void> => {
    await browse.search.fill(text);
    await browse.search.focus();
  };
  const proofs: Record<string, (way: string) => Promise<void>> = {
    'Show the details of the row, or hide them': async (way) => {
      const details = page.getByRole('complementary', { name: 'Details' });
      await press(way);
      await expect(details).toBeVisible();
      await page.keyboard.press(way);
      await expect(details).toHaveCount(0);
    },
    'Show this list': async (way) => {
      await press(way);
      await expect(overlay.dialog).toBeVisible();
      await page.keyboard.press('Escape');
    },
    'Next row, row before': async (way) => {
      if (way === 'ArrowUp') await page.keyboard.press('ArrowDown');
      await press(way);
      await at(way === 'ArrowUp' ? 'f/' : 'a.txt');
    },
    'A page down, a page up': async (way) => {
      if (way === 'PageUp') await page.keyboard.press('End');
      await press(way);
      await at(way === 'PageUp' ? 'f/' : 'd.txt');
    },
    'First row, last row': async (way) => {
      if (way === 'Home') await page.keyboard.press('End');
      await press(way);
      await at(way === 'Home' ? 'f/' : 'd.txt');
    },
    'Open the row, or do what its active cell does': async (way) => {
      await press(way);
      await expect(page).toHaveURL(place('uploader', BUCKET, `${prefix}f/`));
      await browse.complete('1 object');
      await page.goBack();
      await browse.complete('4 objects');
    },
    'The next row that begins with what is typed': async () => {
      await press('c');
      await at('c.txt');
    },
    'Into the cells of the row, and back': async (way) => {
      const mark = browse.active().locator('[data-active]');
      if (way === 'ArrowLeft') await page.keyboard.press('ArrowRight');
      await press(way);
      await expect(mark).toHaveCount(way === 'ArrowLeft' ? 0 : 1);
      if (way === 'ArrowRight') await page.keyboard.press('ArrowLeft');
    },
    'Select the row, or not any more': async (way) => {
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/']);
      await press(way);
      await expect.poll(() => selected(browse)).toEqual([]);
    },
    'Select from the row selected last to this one': async (way) => {
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/', 'a.txt', 'b.txt']);
    },
    'Select on the way there': async (way) => {
      const up = /Up|Home/.test(way);
      if (up) await page.keyboard.press('End');
      await press(way);
      const all = ['f/', 'a.txt', 'b.txt', 'c.txt', 'd.txt'];
      const two = up ? all.slice(-2) : all.slice(0, 2);
      await expect.poll(() => selected(browse)).toEqual(way.includes('Arrow') ? two : all);
    },
    'Select everything': async (way) => {
      await press(way);
      await expect.poll(() => selected(browse)).toEqual(['f/', 'a.txt', 'b.txt', 'c.txt', 'd.txt']);
    },
    'Clear the selection': async (way) => {
      await page.keyboard.press('Space');
      await expect.poll(() => selected(browse)).toEqual(['f/']);
      await press(way);
      await expect.poll(() => selected(browse)).toEqual([]);
    },
    Search: async (way) => {
      await press(way);
      await expect(browse.search).toBeFocused();
      await expect(browse.search).not.toHaveAttribute('placeholder', 'Go to a name');
    },
    'Go to a name: type it, then Enter': async (way) => {
      await page.locator('main').focus();
      await press(way);
      await expect(browse.search).toBeFocused();
    },
    'In the search box: go to that name': async (way) => {
      await inSearch('b');
      await press(way);
      await at('b.txt');
      expect(await browse.names()).toHaveLength(5);
    },
    'In the search box: to the rows': async (way) => {
      await inSearch('d');
      await press(way);
      await expect(browse.grid).toBeFocused();
      await expect.poll(() => browse.names()).toEqual(['d.txt']);
      await browse.search.fill('');
      await expect.poll(() => browse.names()).toHaveLength(5);
    },
    'In the search box: empty it, and then to the rows': async (way) => {
      await inSearch('d');
      await press(way);
      await expect(browse.search).toHaveValue('');
      await press(way);
      await expect(browse.grid).toBeFocused();
    },
    'The folder above': async (way) => {
      if (way === 'u') await page.locator('main').focus();
      await press(way);
      await expect(page).not.toHaveURL(new RegExp(`prefix=${prefix.slice(0, -1)}`));
      await page.goto(here);
      await browse.complete('4 objects');
      await ready(page);
    },
    'Rename what is selected, or the active row': async (way) => {
      await press(way);
      await expect(operations.dialog.getByRole('textbox', { name: 'New name' })).toHaveValue('f');
      await page.keyboard.press('Escape');
      await expect(operations.dialog).toBeHidden();
    },
    'Delete what is selected, or the active row': async (way) => {
      await page.keyboard.press('ArrowDown');
      await press(way);
      await expect(operations.dialog).toContainText('Delete a.txt?');
      await page.keyboard.press('Escape');
      await expect(operations.dialog).toBeHidden();
    },
  };
  const press = (way: string): Promise<void> => page.keyboard.press(way.replace('Mod', 'Control'));
  await open(page, browse, signIn, here, '4 objects');
  await page.keyboard.press('?');
  const entries = await overlay.entries();
  expect(entries.map(({ words }) => words).sort()).toEqual(Object.keys(proofs).sort());
  await page.keyboard.press('Escape');
  for (const { words, ways } of entries) {
    expect(ways.length, words).toBeGreaterThan(0);
    for (const way of ways) {
      await test.step(`${words}: ${way}`, async () => {
        await toFirst();
        await proofs[words]!(way);
      });
    }
  }
});

test('a function is invoked as the list says', async ({ page, overlay, signIn }) => {
  await signIn('analyst', '/functions?role=analyst&name=echo');
  await page.locator('#said').waitFor({ state: 'attached' });
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"a": 1}');
  await page.getByRole('link', { name: 'Functions', exact: true }).focus();
  await page.keyboard.press('?');
  expect((await overlay.entries()).map(({ words, ways }) => [words, ...ways])).toEqual([
    ['Show this list', '?', 'Mod+/'],
    ['Invoke the function', 'Mod+Enter'],
  ]);
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Payload' }).focus();
  await page.keyboard.press('Control+Enter');
  await page.getByText('REPORT RequestId').waitFor();
  await expect(said(page)).toContainText('The function answered after');
});
