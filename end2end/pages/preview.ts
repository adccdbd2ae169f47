// What is in an object: a section of the details, and the dialog over the whole page.

import { type Locator, type Page, expect } from '@playwright/test';
import { said } from './said';

export class Preview {
  readonly section: Locator;
  /** What it is, and how much of it is shown. */
  readonly facts: Locator;
  readonly text: Locator;
  readonly table: Locator;
  readonly more: Locator;
  readonly large: Locator;
  readonly dialog: Locator;

  constructor(private readonly page: Page) {
    this.section = page.locator('.preview');
    this.facts = this.section.locator('.preview__facts').first();
    this.text = this.section.getByRole('region', { name: 'Text' });
    this.table = this.section.getByRole('region', { name: 'Table' });
    this.more = this.section.getByRole('button', { name: 'Show more' });
    this.large = this.section.getByRole('button', { name: 'Open large' });
    this.dialog = page.getByRole('dialog');
  }

  /** Marks an object alone and has its details shown. */
  async open(name: string): Promise<void> {
    const clear = this.page.getByRole('button', { name: 'Clear the selection' }).first();
    if (await clear.isVisible()) await clear.click();
    // Most rows of a long folder are not there until they come into view.
    await this.page.getByRole('searchbox').fill(`"${name}"`);
    await this.page.getByRole('checkbox', { name: said(`Select ${name}`) }).click();
    const panel = this.page.getByRole('complementary', { name: 'Details' });
    if (!(await panel.isVisible())) await this.page.getByRole('button', { name: said('Details') }).click();
    await expect(panel.getByRole('heading', { level: 2 })).toHaveText(name);
    await expect(this.section).toBeVisible();
  }

  /** The cells of a row of the table, its number left out. */
  async row(number: number): Promise<string[]> {
    return this.table.getByRole('row').nth(number).getByRole('cell').allTextContents();
  }
}
