// The side panel of Browse.

import { type Locator, type Page, expect } from '@playwright/test';
import { said } from './said';

export class Details {
  readonly panel: Locator;
  readonly opener: Locator;
  readonly title: Locator;
  readonly edge: Locator;
  readonly metadata: Locator;
  readonly tags: Locator;
  readonly versions: Locator;
  readonly deleted: Locator;
  readonly dialog: Locator;

  constructor(private readonly page: Page) {
    this.panel = page.getByRole('complementary', { name: 'Details' });
    this.opener = page.getByRole('button', { name: said('Details') });
    this.title = this.panel.getByRole('heading', { level: 2 });
    this.edge = this.panel.getByRole('separator', { name: 'Width of the details' });
    this.metadata = this.panel.getByRole('region', { name: 'Metadata' });
    this.tags = this.panel.getByRole('region', { name: 'Tags' });
    this.versions = this.panel.getByRole('region', { name: 'Versions' });
    this.deleted = this.panel.getByRole('region', { name: 'Deleted from this folder' });
    this.dialog = page.getByRole('dialog');
  }

  /** Marks a row and opens the panel for it. */
  async of(name: string): Promise<void> {
    await this.page.getByRole('checkbox', { name: said(`Select ${name}`) }).click();
    if (!(await this.panel.isVisible())) await this.opener.click();
    await expect(this.title).toHaveText(name);
  }

  /** What the panel says under a name. */
  fact(name: string): Locator {
    return this.panel.locator('dt', { hasText: name }).first().locator('xpath=following-sibling::dd[1]');
  }

  /** The versions, the newest first. */
  async showVersions(): Promise<Locator> {
    const toggle = this.versions.getByRole('button', { name: 'Show versions' });
    if (await toggle.isVisible()) await toggle.click();
    const lines = this.versions.getByRole('list', { name: 'Versions' }).getByRole('listitem');
    await expect(lines.first()).toBeVisible();
    return lines;
  }
}
