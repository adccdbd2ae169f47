//! Patterns with `*` and `?`.

use super::StatementError;

/// Text in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Literal(char),
}

impl Pattern {
    /// Reads a pattern. With `variables` (a document of version 2012-10-17) `${*}`, `${?}` and
    /// `${$}` are the characters themselves and every other variable is refused; without, `$` is
    /// a character like any other.
    pub(super) fn parse(text: &str, variables: bool) -> Result<Self, StatementError> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if variables && rest.starts_with("${") {
                let escaped = ["${*}", "${?}", "${$}"].into_iter().find(|escape| rest.starts_with(escape));
                let Some(escape) = escaped else { return Err(StatementError::Variable(text.to_owned())) };
                tokens.extend(escape.chars().nth(2).map(Token::Literal));
                rest = &rest[escape.len()..];
                continue;
            }
            tokens.push(match first {
                '*' => Token::Any,
                '?' => Token::One,
                other => Token::Literal(other),
            });
            rest = &rest[first.len_utf8()..];
        }
        // Neighbouring stars mean what one means, and would cost a restart each.
        tokens.dedup_by(|next, before| *next == Token::Any && *before == Token::Any);
        Ok(Self(tokens))
    }

    /// Whether the pattern covers all of `text`. Takes time in the product of both lengths at
    /// worst: only the last star is ever tried again.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Self(tokens) = self;
        let mut at = 0;
        let mut rest = text;
        let mut restart: Option<(usize, &str)> = None;
        loop {
            let mut characters = rest.chars();
            let next = characters.next();
            let stepped = match (tokens.get(at), next) {
                (Some(Token::Any), _) => {
                    at += 1;
                    restart = Some((at, rest));
                    continue;
                }
                (None, None) => return true,
                (Some(Token::One), Some(_)) => true,
                (Some(Token::Literal(expected)), Some(character)) => *expected == character,
                _ => false,
            };
            if stepped {
                at += 1;
                rest = characters.as_str();
            } else {
                let Some((after_star, swallowed)) = restart else { return false };
                let mut characters = swallowed.chars();
                if characters.next().is_none() {
                    return false;
                }
                at = after_star;
                rest = characters.as_str();
                restart = Some((after_star, rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, spelled out.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (['?', rest @ ..], [_, others @ ..]) => naive(rest, others),
            ([first, rest @ ..], [character, others @ ..]) => first == character && naive(rest, others),
            _ => false,
        }
    }

    #[test]
    fn variables_are_refused_and_escapes_are_literal() {
        let literal = Pattern::parse("a${*}b${?}${$}", true).unwrap();
        assert!(literal.matches("a*b?$"));
        assert!(!literal.matches("axb?$"));
        for text in ["${aws:userid}", "x/${aws:PrincipalTag/sub}/*", "${", "${}", "${*", "${aws:username, 'x'}"] {
            assert_eq!(Pattern::parse(text, true).unwrap_err(), StatementError::Variable(text.to_owned()));
        }
        assert!(Pattern::parse("${aws:userid}", false).unwrap().matches("${aws:userid}"));
    }

    #[test]
    fn many_stars_do_not_blow_up() {
        let pattern = Pattern::parse(&"*a".repeat(500), true).unwrap();
        assert!(!pattern.matches(&format!("{}b", "a".repeat(20_000))));
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?é]{0,8}", text in "[abcé]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Pattern::parse(&pattern, true).unwrap().matches(&text),
                naive(&characters(&pattern), &characters(&text))
            );
        }

        #[test]
        fn text_without_wildcards_matches_itself_only(text in "[^*?$]{0,20}", other in "[^*?$]{0,20}") {
            let pattern = Pattern::parse(&text, true).unwrap();
            prop_assert!(pattern.matches(&text));
            prop_assert_eq!(pattern.matches(&other), text == other);
        }
    }
}
