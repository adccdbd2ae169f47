// The list of keyboard shortcuts.

import type { Locator, Page } from '@playwright/test';

export class Overlay {
  readonly dialog: Locator;
  readonly close: Locator;
  /** Whether single characters are shortcuts. */
  readonly singleKeys: Locator;

  constructor(page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    this.close = this.dialog.getByRole('button', { name: 'Close' });
    this.singleKeys = this.dialog.getByRole('checkbox', { name: /^⟦?Single characters/ });
  }

  /** The headings. */
  async groups(): Promise<string[]> {
    await this.dialog.waitFor();
    return this.dialog.locator('h3').allTextContents();
  }

  /** The line that says this. */
  entry(words: string): Locator {
    return this.dialog.locator('dl > div', { has: this.dialog.page().locator('dt', { hasText: new RegExp(`^${words}$`) }) });
  }

  /** Every line: what it says, and the ways to press it as the table of shortcuts writes them. */
  async entries(): Promise<{ words: string; ways: string[] }[]> {
    await this.dialog.waitFor();
    return this.dialog.locator('dl > div').evaluateAll((lines) =>
      lines.map((line) => ({
        words: line.querySelector('dt')?.textContent ?? '',
        ways: [...line.querySelectorAll('[data-way]')].map((way) => way.getAttribute('data-way') ?? ''),
      })),
    );
  }
}
