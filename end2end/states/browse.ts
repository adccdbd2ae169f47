// Browse: listings, searches, uploads, downloads, operations.

import type { Page } from '@playwright/test';
import { Operations } from '../pages/operations';
import { said } from '../pages/said';
import { Transfers } from '../pages/transfers';
import { place } from '../portal';
import { type State, complete, heading } from './state';

export const browsing: State[] = [
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
];
