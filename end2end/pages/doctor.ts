// Doctor: what an examination found, and what it looked at.

import { type Locator, type Page } from '@playwright/test';

export class DoctorPage {
  readonly said: Locator;
  readonly again: Locator;
  readonly tryMints: Locator;
  readonly findings: Locator;
  readonly checks: Locator;

  constructor(private readonly page: Page) {
    this.said = page.getByRole('main').getByText(/^\d+ errors?, .* checks? run/);
    this.again = page.getByRole('button', { name: 'Examine again' });
    this.tryMints = page.getByRole('button', { name: 'Examine and try mints' });
    this.findings = page.getByRole('region', { name: 'Findings' }).locator('.finding');
    this.checks = page.getByRole('region', { name: 'Checks' }).getByRole('row');
  }

  /** The findings of this code. */
  finding(code: string): Locator {
    return this.findings.filter({ has: this.page.getByText(`doctor.md#${code}`, { exact: true }) });
  }

  /** What a finding's fix would have run. */
  command(finding: Locator): Locator {
    return finding.getByRole('group', { name: 'Command' });
  }

  /** What was looked at. */
  check(subject: string): Locator {
    return this.checks.filter({ has: this.page.getByRole('rowheader', { name: subject, exact: true }) });
  }
}
