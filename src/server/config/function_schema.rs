//! `roles[].functions[].schema`: what a function's events look like, from which the portal draws a form.
//!
//! Either the schema itself or the file that it is in. It is read and checked here, so that a mistake in it is told at the
//! start and not in somebody's browser.

use super::section::Section;
use crate::model::json::Json;
use crate::model::schema::Schema;
use std::path::PathBuf;

/// A schema that a form can be drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSchema {
    /// The file that it was read from; `None` where the configuration has it whole.
    pub file: Option<PathBuf>,
    /// The schema, as JSON.
    pub json: String,
}

/// Reads `schema` of a function.
pub(super) fn read(section: &mut Section<'_>) -> Option<FunctionSchema> {
    let written = section.text("schema")?;
    let (file, text) = if written.trim_start().starts_with('{') {
        (None, written)
    } else {
        match std::fs::read_to_string(&written) {
            Ok(text) => (Some(PathBuf::from(written)), text),
            Err(error) => {
                let fix = "name a file with a JSON schema that the portal may read, or write the schema itself between '''{ and }'''";
                section.problem("schema", format!("{written} cannot be read: {error}"), fix);
                return None;
            }
        }
    };
    let place = || file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default();
    if let Err(fault) = Schema::parse(&text) {
        section.problem("schema", format!("{}{fault}", place()), fault.fix);
        return None;
    }
    let json = Json::parse(&text).map_or(text, |schema| schema.written());
    Some(FunctionSchema { file, json })
}
