// Functions: a list, a payload, a result.

import type { Locator, Page } from '@playwright/test';

export class FunctionsPage {
  readonly list: Locator;
  readonly payload: Locator;
  readonly invoke: Locator;
  readonly stopWaiting: Locator;
  /** What came back, with its bar. */
  readonly result: Locator;
  /** The line below the payload. */
  readonly check: Locator;

  constructor(page: Page) {
    this.list = page.getByRole('navigation', { name: 'Functions' });
    this.payload = page.getByRole('textbox', { name: 'Payload' });
    this.invoke = page.getByRole('button', { name: 'Invoke' });
    this.stopWaiting = page.getByRole('button', { name: 'Stop waiting' });
    this.result = page.locator('section.pane', { has: page.getByRole('heading', { name: 'Result' }) });
    this.check = page.locator('#payload-check');
  }

  async call(payload: string): Promise<void> {
    await this.payload.fill(payload);
    await this.invoke.click();
  }
}
