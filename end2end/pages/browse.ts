// Browse: the locations of a role, or the folders and objects of a place.

import { type Download, type Locator, type Page, expect } from '@playwright/test';
import { readFile } from 'node:fs/promises';

export class BrowsePage {
  readonly locations: Locator;
  readonly grid: Locator;
  readonly crumbs: Locator;
  /** The line below the listing. */
  readonly footer: Locator;
  readonly alert: Locator;
  readonly search: Locator;

  constructor(private readonly page: Page) {
    this.locations = page.getByRole('table', { name: 'Locations' });
    this.grid = page.getByRole('grid', { name: 'Folders and objects' });
    this.crumbs = page.getByRole('navigation', { name: 'Folders' });
    this.footer = page.locator('.browse__foot > span').first();
    this.alert = page.getByRole('alert');
    this.search = page.getByRole('searchbox', { name: 'Search this folder' });
  }

  /** Waits until the listing says that it is all there, and what there is. */
  async complete(found: string | RegExp): Promise<void> {
    await expect(this.footer).toContainText(/complete in/);
    await expect(this.footer).toContainText(found);
  }

  folder(name: string): Locator {
    return this.grid.getByRole('link', { name, exact: true });
  }

  column(name: string): Locator {
    return this.grid.getByRole('columnheader', { name });
  }

  /** The row whose name is exactly this, blanks and all. */
  async row(name: string): Promise<Locator> {
    const names = await this.names();
    const at = names.indexOf(name);
    expect(at, `a row ${JSON.stringify(name)} among ${JSON.stringify(names)}`).toBeGreaterThanOrEqual(0);
    return this.body().nth(at);
  }

  /** The names in view, as they are, from the top down. */
  async names(): Promise<string[]> {
    return this.body().evaluateAll((rows) => rows.map((row) => row.querySelector('.entry__name')?.textContent ?? ''));
  }

  /** The active row, where it is in view. */
  active(): Locator {
    return this.grid.locator('.row--active');
  }

  /** The rows in view: those that have a place in the listing. */
  body(): Locator {
    return this.grid.locator('[role=row][id]:not([hidden])');
  }

  /** Saves the object of a row to the device. */
  async save(row: Locator): Promise<Download> {
    const begun = this.page.waitForEvent('download');
    await row.getByRole('button', { name: /^Download/ }).click();
    return begun;
  }
}

/** What a download brought. */
export async function bytes(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}
