// The dialog *Use elsewhere*, and the way to the AWS console beside it.

import type { Locator, Page } from '@playwright/test';
import { said } from './said';

export class Elsewhere {
  readonly dialog: Locator;
  readonly format: Locator;
  /** What would be copied. */
  readonly text: Locator;
  readonly copy: Locator;
  readonly show: Locator;
  readonly hide: Locator;
  readonly close: Locator;
  readonly told: Locator;
  readonly opener: Locator;
  readonly console: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: said('Use elsewhere') });
    this.format = this.dialog.getByRole('combobox', { name: said('Write them as') });
    this.text = this.dialog.getByRole('region', { name: said('What is copied') });
    this.copy = this.dialog.getByRole('button', { name: said('Copy') });
    this.show = this.dialog.getByRole('button', { name: said('Show the keys') });
    this.hide = this.dialog.getByRole('button', { name: said('Hide the keys') });
    this.close = this.dialog.getByRole('button', { name: said('Close') });
    this.told = this.dialog.getByRole('status');
    this.opener = page.getByRole('button', { name: said('Use elsewhere…') });
    this.console = page.getByRole('button', { name: said('Open the AWS console') });
  }

  async open(): Promise<void> {
    await this.page.getByRole('button', { name: /^⟦?Credentials last/ }).click();
    await this.opener.click();
    await this.format.waitFor();
  }

  /** Chooses a format, copies, and gives what is on the clipboard then. */
  async copied(format: string): Promise<string> {
    await this.format.selectOption(format);
    await this.copy.click();
    await this.told.getByText('Copied.').waitFor();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}
