// The frame, and every page but Browse.

import type { Page } from '@playwright/test';
import { Elsewhere } from '../pages/elsewhere';
import { Operations } from '../pages/operations';
import { said } from '../pages/said';
import { place } from '../portal';
import { type State, complete, heading } from './state';

/** What a terminal asks for, with a key to which nobody has the other half. */
const TERMINAL = `/cli?role=analyst&port=49152&state=${'5a'.repeat(32)}&key=036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296`;
const listed = (page: Page): Promise<void> => page.getByText(/kept up to date/).first().waitFor();

export const elsewhere: State[] = [
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
    name: 'use elsewhere',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      const dialog = new Elsewhere(page);
      await dialog.open();
      await dialog.format.selectOption('profile');
      await dialog.dialog.getByText(/These keys work until/).waitFor();
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
  {
    name: 'functions, a form with mistakes',
    persona: 'analyst',
    to: '/functions?role=analyst&name=resize',
    reach: async (page) => {
      await page.getByLabel('Width').fill('many');
      await page.getByRole('button', { name: said('Add to Notify') }).click();
      await page.getByRole('button', { name: 'Invoke' }).click();
      await page.getByText('Fill this in.').first().waitFor();
    },
  },
  {
    name: 'functions, saving an event after two runs',
    persona: 'analyst',
    to: '/functions?role=analyst&name=echo',
    reach: async (page) => {
      for (const payload of ['{"a": 1}', '{"a": 2}']) {
        await page.getByRole('textbox', { name: 'Payload' }).fill(payload);
        await page.getByRole('button', { name: 'Invoke' }).click();
        await page.getByText(`"a": ${payload.slice(6, 7)}`).first().waitFor();
      }
      await page.getByLabel(said('Difference')).waitFor();
      await page.getByRole('button', { name: said('Save the payload as an event') }).click();
    },
  },
  {
    name: 'a function to be run on an object',
    persona: 'analyst',
    to: place('analyst', 'reports', 'team/'),
    reach: async (page) => {
      await complete(page);
      const operations = new Operations(page);
      await operations.choose('plan.txt');
      await operations.ask('Run a function…');
      await page.getByRole('button', { name: said('Run on 1 object') }).waitFor();
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
      await page.getByRole('combobox', { name: 'How to invoke' }).selectOption('ResponseStream');
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
      await page.getByRole('combobox', { name: 'How to invoke' }).selectOption('ResponseStream');
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
  { name: 'unknown function', persona: 'analyst', to: '/functions?role=analyst&name=none', reach: heading('This function is not open here') },
  { name: 'terminal', persona: 'analyst', to: TERMINAL, reach: heading('Give a terminal your credentials?') },
  {
    name: 'terminal, sealed',
    persona: 'analyst',
    to: TERMINAL,
    reach: async (page) => {
      await page.getByRole('button', { name: 'Copy for a terminal elsewhere' }).click();
      await heading('Paste this into the terminal')(page);
    },
  },
  { name: 'terminal, not whole', persona: 'analyst', to: '/cli', reach: heading('This address is not whole') },
];
