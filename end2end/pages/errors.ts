// Errors: what each error means, and the one that was asked for.

import type { Locator, Page } from '@playwright/test';

export class ErrorsPage {
  constructor(private readonly page: Page) {}

  /** The way there, where an error is shown. */
  link(shown: Page | Locator): Locator {
    return shown.getByRole('link', { name: 'What this means' }).first();
  }

  section(code: string): Locator {
    return this.page.getByRole('region', { name: code, exact: true });
  }
}
