// Where there is more to read than to operate.

import type { Page } from '@playwright/test';
import { Details } from '../pages/details';
import { Preview } from '../pages/preview';
import { said } from '../pages/said';
import { place } from '../portal';
import { type State, complete } from './state';

const GALLERY = place('reader', 'reports', 'gallery/');
const previewed = (name: string, facts: RegExp | string) => async (page: Page): Promise<void> => {
  await complete(page);
  const preview = new Preview(page);
  await preview.open(name);
  await preview.section.getByText(facts).first().waitFor();
};

export const worded: State[] = [
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
