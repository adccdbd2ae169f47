//! The samples' texts: the same files as in the handbook, with the part that mints as the role's strategy has it, and with
//! this request's own values where the files have an example's.

use crate::elsewhere::quote::{self, Code};
use crate::model::flow::Row;
use crate::model::location::{AddressingStyle, Location, Permission};
use crate::model::role::{EntitledRole, Strategy};

/// How a language writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// As a string literal, where the file has one between these quotes.
    Literal(Code, char),
    /// Between single quotes.
    Sh,
}

impl Writing {
    const fn quote(self) -> char {
        match self {
            Self::Literal(_, quote) => quote,
            Self::Sh => '\'',
        }
    }

    fn write(self, value: &str) -> String {
        match self {
            Self::Literal(code, _) => quote::literal(code, value),
            Self::Sh => quote::sh(value),
        }
    }
}

/// A sample's text.
pub(super) struct Source {
    /// The file, which mints with the person's own access token, or has the portal mint.
    pub(super) base: &'static str,
    /// The choice of who may have a role, for strategies with which AWS leaves it to the server.
    pub(super) chosen: &'static str,
    /// The part that mints, in the order of [`STRATEGIES`]. None where the portal mints, by whatever strategy.
    pub(super) mints: Option<[&'static str; 4]>,
    /// How values are written in it.
    pub(super) writing: Writing,
}

/// Strategies with a part of their own, and the flows of an identity pool, by the words of the record.
pub(super) const STRATEGIES: [&str; 4] = ["assume-role", "identity-pool", "identity-pool-enhanced", "self-issued"];

/// The step that asks for credentials.
const MINT: usize = 6;

/// Values by name, with what stands in their place in the files.
const SLOTS: [(&str, &str); 22] = [
    ("signer", "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"),
    ("client", "1example23456789"),
    ("issuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"),
    ("keys", "https://public-keys.auth.elb.eu-west-1.amazonaws.com"),
    ("region", "eu-west-1"),
    ("role", "analyst"),
    ("arn", "arn:aws:iam::111122223333:role/portal-analyst"),
    ("bucket", "reports"),
    ("prefix", "team/"),
    ("subject", "b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"),
    ("claims", "department"),
    ("tags", r#"[{"Key":"subject","Value":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}]"#),
    ("tags", r#"{"subject":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}"#),
    ("pool", "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab"),
    ("provider", "login.portal"),
    ("principal", "cognito-identity.amazonaws.com"),
    ("logins", r#"{"login.portal":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}"#),
    ("own", "https://portal.example.com"),
    ("audience", "urn:vestibule:analyst"),
    ("token", TOKEN),
    ("key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("kid", "the-kid"),
];

/// What the portal's own token says, of the example.
const TOKEN: &str = r#"{"iss":"https://portal.example.com","sub":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41","aud":"urn:vestibule:analyst","https://aws.amazon.com/tags":{"principal_tags":{"subject":["b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"]}},"https://aws.amazon.com/source_identity":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}"#;

/// What is known of this request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    rows: Vec<Row>,
    role: Option<EntitledRole>,
}

impl Known {
    /// What the record tells, and the role that the page works in. A record of another role is of no use for this one.
    pub(super) fn new(mut rows: Vec<Row>, role: Option<EntitledRole>) -> Self {
        let other = |id: &str| rows.iter().any(|row| row.name == "role" && row.value != id);
        if role.as_ref().is_some_and(|role| other(role.id.as_str())) {
            rows.clear();
        }
        Self { rows, role }
    }

    fn row(&self, name: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.name == name).map(|row| &*row.value)
    }

    /// The one that the page's first request is about, or another.
    fn location(&self) -> Option<&Location> {
        let buckets = &self.role.as_ref()?.buckets;
        buckets.iter().find(|location| location.permissions.contains(&Permission::List)).or_else(|| buckets.first())
    }

    fn value(&self, name: &str, is_mint: bool, writing: Writing) -> Option<&str> {
        match name {
            "bucket" => self.location().map(|location| &*location.name),
            "prefix" => self.location().map(|location| &*location.prefix),
            // STS is asked at home, S3 where the bucket is.
            "region" if !is_mint => self.location().map(|location| &*location.region),
            "role" => self.role.as_ref().map(|role| role.id.as_str()).or_else(|| self.row(name)),
            // By hand nothing is derived: it is the subject as AWS is told.
            "subject" if writing == Writing::Sh => self.row("person"),
            name => self.row(name),
        }
    }

    /// The strategy's place in [`STRATEGIES`]; none for the person's own access token.
    fn strategy(&self) -> Option<usize> {
        let word = self.row("strategy").or_else(|| self.role.as_ref().map(|role| Strategy::as_str(role.strategy)))?;
        STRATEGIES.iter().position(|strategy| *strategy == word)
    }

    /// Where services are that are not AWS's: variables for the environment of what is no page.
    pub(super) fn environment(&self) -> Option<String> {
        let variables = self.rows.iter().filter(|row| row.name.starts_with("AWS_"));
        let lines: Vec<String> = variables.map(|row| ["export ", &row.name, "=", &quote::sh(&row.value)].concat()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// A text with values put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// Its parts, each with the steps that its first line names.
    pub(super) parts: Vec<(Vec<usize>, String)>,
    /// Values of the example that are left in it.
    pub(super) examples: Vec<&'static str>,
}

impl Filled {
    /// The whole.
    pub(super) fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| &**text).collect()
    }
}

/// The text for this request.
pub(super) fn filled(source: &Source, known: &Known) -> Filled {
    let mut filled = Filled::default();
    for part in parts(source.base) {
        let steps: Vec<usize> = steps_of(part).collect();
        let is_mint = source.mints.is_some() && steps.contains(&MINT);
        let own = source.mints.zip(known.strategy()).filter(|_| is_mint).map(|(mints, at)| [source.chosen, mints[at]]);
        let texts = own.unwrap_or([part, ""]);
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let text_filled = put_in(text, source.writing, known, is_mint, &mut filled.examples);
            filled.parts.push((steps_of(text).collect(), text_filled));
        }
    }
    filled
}

/// In one go: what has been put in is not looked at again.
fn put_in(text: &str, writing: Writing, known: &Known, is_mint: bool, examples: &mut Vec<&'static str>) -> String {
    let quote = writing.quote();
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(quote) {
        written.push_str(before);
        let slot = SLOTS.iter().find_map(|(name, example)| Some((*name, *example, after.strip_prefix(example)?.strip_prefix(quote)?)));
        let Some((name, example, behind)) = slot else {
            written.push(quote);
            rest = after;
            continue;
        };
        rest = behind;
        match known.value(name, is_mint, writing) {
            // A list of them stands in its place.
            Some(value) if name == "claims" => {
                let claims: Vec<String> = value.lines().map(|claim| writing.write(claim)).collect();
                written.push_str(&claims.join(", "));
            }
            Some(value) => written.push_str(&writing.write(value)),
            None => {
                written.extend([quote]);
                written.push_str(example);
                written.extend([quote]);
                if !examples.contains(&example) {
                    examples.push(example);
                }
            }
        }
        // A page has no environment to say where S3 is.
        let elsewhere = known.location().filter(|location| name == "prefix" && location.style == AddressingStyle::Path);
        if let (Some(location), Writing::Literal(Code::JavaScript, _)) = (elsewhere, writing) {
            written.push_str(&[", endpoint: ", &writing.write(&location.endpoint)].concat());
        }
    }
    written + rest
}

/// The parts of a sample: a comment that names steps begins one.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut begins = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && steps_of(line).next().is_some() {
            begins.push(at);
        }
        at += line.len();
    }
    begins.push(at);
    (1..begins.len()).map(move |place| &text[begins[place - 1]..begins[place]])
}

/// The steps that the first line of a part names.
fn steps_of(part: &str) -> impl Iterator<Item = usize> {
    let line = part.lines().next().unwrap_or_default().trim_start();
    let comment =
        line.trim_start_matches(['/', '#']).trim_start().strip_prefix("Step").filter(|_| !line.starts_with('S')).unwrap_or_default();
    let named = comment.split_once(':').map_or("", |(named, _)| named);
    named.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok())
}

#[cfg(test)]
mod tests;
