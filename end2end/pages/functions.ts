// Functions: a list, a payload, a result.

import type { Locator, Page } from '@playwright/test';

/** As the list of ways to invoke has them. */
export type How = 'Wait for the result' | 'Stream the result' | 'Queue, without a result' | 'Check permission only';

export class FunctionsPage {
  readonly list: Locator;
  readonly payload: Locator;
  readonly invoke: Locator;
  readonly how: Locator;
  readonly qualifier: Locator;
  readonly stopWaiting: Locator;
  readonly tryNow: Locator;
  readonly save: Locator;
  /** What came back, with its bar. */
  readonly result: Locator;
  /** The line below the payload. */
  readonly check: Locator;

  constructor(page: Page) {
    this.list = page.getByRole('navigation', { name: 'Functions' });
    this.payload = page.getByRole('textbox', { name: 'Payload' });
    this.invoke = page.getByRole('button', { name: /^(Invoke|Queue|Check)\b/ });
    this.how = page.getByRole('combobox', { name: 'How to invoke' });
    this.qualifier = page.getByRole('combobox', { name: 'Version or alias' });
    this.tryNow = page.getByRole('button', { name: 'Try now' });
    this.save = page.getByRole('button', { name: 'Save the result as a file' });
    this.stopWaiting = page.getByRole('button', { name: 'Stop waiting' });
    this.result = page.locator('section.pane', { has: page.getByRole('heading', { name: 'Result' }) });
    this.check = page.locator('#payload-check');
  }

  async call(payload: string, how?: How): Promise<void> {
    if (how !== undefined) await this.how.selectOption(how);
    await this.payload.fill(payload);
    await this.invoke.click();
  }
}
