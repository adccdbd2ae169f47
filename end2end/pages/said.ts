// A text of the portal as it stands on the page: bare, or in the pseudo-locale in brackets and lengthened.

/** Matches nothing but this text. */
export function said(text: string): RegExp {
  return new RegExp(`^⟦?${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}·*⟧?$`, 'u');
}
