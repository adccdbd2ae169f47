// The panel of an object.

import { Details } from '../pages/details';
import { place } from '../portal';
import { type State, complete } from './state';

export const details: State[] = [
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
];
