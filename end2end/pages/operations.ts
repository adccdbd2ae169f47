// What is done with the rows that are chosen: the menu, its questions, and the lines in the panel.

import { type Locator, type Page, expect } from '@playwright/test';
import { said } from './said';

export class Operations {
  readonly more: Locator;
  readonly menu: Locator;
  readonly dialog: Locator;
  /** A line for each operation. */
  readonly lines: Locator;

  constructor(private readonly page: Page) {
    this.more = page.getByRole('button', { name: said('More') });
    this.menu = page.getByRole('group', { name: 'More' });
    this.dialog = page.getByRole('dialog');
    this.lines = page.getByRole('list', { name: 'Operations' }).locator('> li');
  }

  /** Marks rows. */
  async choose(...names: string[]): Promise<void> {
    for (const name of names) await this.page.getByRole('checkbox', { name: said(`Select ${name}`) }).click();
  }

  /** Opens the question for what is chosen. */
  async ask(act: 'Copy…' | 'Move…' | 'Rename…' | 'Share a link…' | 'Delete…'): Promise<void> {
    await this.more.click();
    await this.menu.getByRole('button', { name: said(act) }).click();
    await expect(this.dialog).toBeVisible();
  }

  /** Fills in where to, and agrees. */
  async send(act: 'Copy' | 'Move', folder: string, replace = false): Promise<void> {
    await this.dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
    if (replace) await this.dialog.getByRole('checkbox').check();
    await this.dialog.getByRole('button', { name: said(act) }).click();
    await expect(this.dialog).toBeHidden();
  }
}
