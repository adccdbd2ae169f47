// My access: the person's own sessions, and what their roles open.

import type { Locator, Page } from '@playwright/test';

export class AccessPage {
  /** The sessions that may still work. */
  readonly cards: Locator;
  readonly older: Locator;
  readonly dialog: Locator;
  readonly told: Locator;
  readonly roles: Locator;

  constructor(page: Page) {
    const sessions = page.getByRole('region', { name: 'Sessions' });
    this.cards = sessions.locator('.cards:not(.cards--older) > .card:not(.card--waiting)');
    this.older = sessions.locator('.cards--older > .card');
    this.dialog = page.getByRole('dialog');
    this.told = sessions.locator('.told');
    this.roles = page.getByRole('region', { name: 'What your roles open' });
  }
}
