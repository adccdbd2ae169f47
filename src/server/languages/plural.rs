//! The rule that says which form of a text goes with a number, as a PO file has it: an expression of
//! C over `n` (GNU gettext manual, "Additional functions for plural forms").

/// Numbers for which browsers get the form. What is larger goes with its last two digits.
pub const NUMBERS: u64 = 200;

/// A rule: how many forms there are, and the expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How many forms a text has.
    pub forms: usize,
    expression: String,
}

impl Rule {
    /// Reads `nplurals=2; plural=(n != 1);`. `None` where it is none, or gives a form that there is not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let forms: usize = parts.next()?.strip_prefix("nplurals=")?.trim().parse().ok()?;
        let expression = parts.next()?.strip_prefix("plural=")?.to_owned();
        let rule = Self { forms, expression };
        (0..NUMBERS).all(|number| rule.form(number).is_some_and(|form| form < forms.min(10))).then_some(rule)
    }

    /// The form that goes with a number, from 0.
    #[must_use]
    pub fn form(&self, number: u64) -> Option<usize> {
        let mut reader = Reader { rest: self.expression.as_bytes(), number };
        let value = reader.choice(0)?;
        reader.skip();
        reader.rest.is_empty().then(|| usize::try_from(value).ok()).flatten()
    }
}

/// Operators by how strongly they bind, the weakest first.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["%", "*", "/"]];

/// Deepest nesting of parentheses that is read.
const DEEPEST: u32 = 50;

struct Reader<'t> {
    rest: &'t [u8],
    number: u64,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn take(&mut self, word: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(word.as_bytes());
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn choice(&mut self, depth: u32) -> Option<u64> {
        let condition = self.binary(0, depth)?;
        if !self.take("?") {
            return Some(condition);
        }
        let (yes, colon) = (self.choice(depth)?, self.take(":"));
        let no = self.choice(depth)?;
        colon.then_some(if condition == 0 { no } else { yes })
    }

    fn binary(&mut self, level: usize, depth: u32) -> Option<u64> {
        let Some(operators) = LEVELS.get(level) else { return self.unary(depth) };
        let mut left = self.binary(level + 1, depth)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(level + 1, depth)?;
            left = match *operator {
                "||" => u64::from(left != 0 || right != 0),
                "&&" => u64::from(left != 0 && right != 0),
                "==" => u64::from(left == right),
                "!=" => u64::from(left != right),
                "<=" => u64::from(left <= right),
                ">=" => u64::from(left >= right),
                "<" => u64::from(left < right),
                ">" => u64::from(left > right),
                "+" => left.checked_add(right)?,
                "-" => left.checked_sub(right)?,
                "*" => left.checked_mul(right)?,
                "/" => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
        Some(left)
    }

    fn unary(&mut self, depth: u32) -> Option<u64> {
        if depth > DEEPEST {
            return None;
        }
        if self.take("!") {
            return self.unary(depth + 1).map(|value| u64::from(value == 0));
        }
        if self.take("(") {
            let value = self.choice(depth + 1)?;
            return self.take(")").then_some(value);
        }
        if self.take("n") {
            return Some(self.number);
        }
        let digits = self.rest.iter().take_while(|digit| digit.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        std::str::from_utf8(number).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn forms(rule: &str, numbers: &[u64]) -> Vec<usize> {
        let rule = Rule::parse(rule).unwrap();
        numbers.iter().map(|number| rule.form(*number).unwrap()).collect()
    }

    #[test]
    fn rules_of_the_manual() {
        assert_eq!(forms("nplurals=1; plural=0;", &[0, 1, 2]), [0, 0, 0], "Japanese");
        assert_eq!(forms("nplurals=2; plural=n != 1;", &[0, 1, 2, 101]), [1, 0, 1, 1], "German");
        assert_eq!(forms("nplurals=2; plural=n>1;", &[0, 1, 2]), [0, 0, 1], "French");
        let polish = "nplurals=3; plural=n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;";
        assert_eq!(forms(polish, &[0, 1, 2, 5, 12, 22, 25, 112, 122]), [2, 0, 1, 2, 2, 1, 2, 2, 1]);
        let arabic = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);";
        assert_eq!(forms(arabic, &[0, 1, 2, 3, 11, 100, 103, 111, 199, 200, 203]), [0, 1, 2, 3, 4, 5, 3, 4, 4, 5, 3]);
    }

    #[test]
    fn what_is_no_rule_is_none() {
        for text in [
            "",
            "nplurals=2",
            "nplurals=2; plural=n;",
            "nplurals=2; plural=(n != 1;",
            "nplurals=2; plural=n %% 2;",
            "nplurals=2; plural=1 / n;",
            "nplurals=2; plural=n ? 1;",
            "nplurals=2; plural=n == 1 x;",
        ] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
        assert_eq!(Rule::parse(&format!("nplurals=2; plural={}0;", "(".repeat(100_000))), None, "too deep");
    }

    proptest! {
        #[test]
        fn never_panics(text in "[n0-9<>=!&|%+*/?:() -]{0,40}") {
            let _ = Rule::parse(&format!("nplurals=2; plural={text};"));
        }
    }
}
