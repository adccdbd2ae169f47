//! A JSON value as YAML that people read: CloudFormation's functions in their short form, comments, and the keys that
//! say what a thing is before those that say how.
//!
//! The key `#` of a table is a comment above it. Nothing of YAML is written but block lists and tables, plain and
//! quoted strings, and literal blocks.

use serde_json::{Map, Value};

/// The key whose text is a comment.
pub(super) const COMMENT: &str = "#";

/// Keys that come before the others of a table, in this order.
const FIRST: [&str; 18] = [
    "Type",
    "Condition",
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Name",
    "Version",
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "Resource",
    "Key",
    "Field",
    "IpProtocol",
    "AttributeName",
    "IndexName",
    "Description",
];

/// Functions with a short form that takes what stands behind it as it is.
const FUNCTIONS: [(&str, &str); 8] = [
    ("Ref", "!Ref"),
    ("Fn::GetAtt", "!GetAtt"),
    ("Fn::Sub", "!Sub"),
    ("Fn::If", "!If"),
    ("Fn::Equals", "!Equals"),
    ("Fn::Not", "!Not"),
    ("Fn::FindInMap", "!FindInMap"),
    ("Fn::Join", "!Join"),
];

/// The entries of a document, in their order.
pub(super) fn document(entries: &[(&str, Value)]) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        if !out.is_empty() {
            out.push('\n');
        }
        entry(&mut out, 0, key, value);
    }
    out
}

/// The entries of a table one level in, in their order, with an empty line between them.
pub(super) fn section(name: &str, entries: &[(String, Value)]) -> String {
    let mut out = format!("{name}:\n");
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        entry(&mut out, 1, key, value);
    }
    out
}

fn indent(out: &mut String, depth: usize) {
    out.push_str(&"  ".repeat(depth));
}

/// A comment, broken into lines.
pub(super) fn comment(out: &mut String, depth: usize, text: &str) {
    let width = 110_usize.saturating_sub(2 * depth);
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() >= width {
            indent(out, depth);
            out.push_str(&format!("# {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        indent(out, depth);
        out.push_str(&format!("# {line}\n"));
    }
}

fn entry(out: &mut String, depth: usize, key: &str, value: &Value) {
    if let Some(text) = value.get(COMMENT).and_then(Value::as_str) {
        comment(out, depth, text);
    }
    indent(out, depth);
    out.push_str(&scalar(key));
    out.push(':');
    after_colon(out, depth, value);
}

/// What stands behind `key:` or `-`, up to the end of its last line.
fn after_colon(out: &mut String, depth: usize, value: &Value) {
    if let Some((name, argument)) = function(value) {
        out.push(' ');
        out.push_str(name);
        return after_colon(out, depth, argument);
    }
    match value {
        Value::Object(table) if shown(table).next().is_some() => {
            out.push('\n');
            table_lines(out, depth + 1, table);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            for item in list {
                list_item(out, depth + 1, item);
            }
        }
        Value::String(text) if text.contains('\n') => {
            out.push_str(" |\n");
            for line in text.lines() {
                indent(out, depth + 1);
                out.push_str(line);
                out.push('\n');
            }
        }
        Value::Object(_) => out.push_str(" {}\n"),
        Value::Array(_) => out.push_str(" []\n"),
        Value::String(text) => out.push_str(&format!(" {}\n", scalar(text))),
        other => out.push_str(&format!(" {other}\n")),
    }
}

fn table_lines(out: &mut String, depth: usize, table: &Map<String, Value>) {
    for (key, value) in shown(table) {
        entry(out, depth, key, value);
    }
}

/// `- ` and the item; a table begins on the same line.
fn list_item(out: &mut String, depth: usize, item: &Value) {
    if let Value::Object(table) = item
        && function(item).is_none()
        && shown(table).next().is_some()
    {
        if let Some(text) = table.get(COMMENT).and_then(Value::as_str) {
            comment(out, depth, text);
        }
        let mut lines = String::new();
        table_lines(&mut lines, depth + 1, table);
        indent(out, depth);
        out.push_str("- ");
        // What was indented for the table stands behind the dash instead, comment lines before the first key included.
        out.push_str(lines.trim_start());
        return;
    }
    indent(out, depth);
    out.push('-');
    after_colon(out, depth, item);
}

fn function(value: &Value) -> Option<(&'static str, &Value)> {
    let table = value.as_object().filter(|table| table.len() == 1)?;
    FUNCTIONS.iter().find_map(|(long, short)| table.get(*long).map(|argument| (*short, argument)))
}

/// A table's entries without its comment, in the order in which they are written.
fn shown(table: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    // A resource's condition is a name, that of a policy's statement a table: it says how, not whether.
    let rank = |key: &str| {
        let says_how = key == "Condition" && table[key].is_object();
        FIRST.iter().position(|first| *first == key && !says_how).unwrap_or(FIRST.len())
    };
    let mut entries: Vec<(&String, &Value)> = table.iter().filter(|(key, _)| *key != COMMENT).collect();
    entries.sort_by(|(one, _), (other, _)| rank(one).cmp(&rank(other)).then_with(|| one.cmp(other)));
    entries.into_iter()
}

/// A string, plain where YAML 1.1 (which CloudFormation reads) takes it for nothing else, else in JSON's quotes.
fn scalar(text: &str) -> String {
    let begins_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_plain = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b' ' | b'.' | b'/' | b':' | b'_' | b'-' | b'*' | b'$' | b'{' | b'}' | b'+' | b'=' | b',' | b'(' | b')' | b'!' | b';'
            )
    });
    let ends = text.ends_with([' ', ':']) || text.contains(": ");
    let is_word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if begins_plain && is_plain && !ends && !is_word { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_reads_well() {
        let text = section(
            "Resources",
            &[
                (
                    "One".to_owned(),
                    json!({"#": "What it is for.", "Properties": {"B": {"Ref": "X"}, "A": [1, {"Fn::Sub": "a ${!b}"}]}, "Type": "AWS::A"}),
                ),
                (
                    "Two".to_owned(),
                    json!({"List": [{"Version": "2012-10-17", "Effect": "Allow"}, {"#": "Why.", "Key": "yes", "Value": "a: b"}], "Empty": {}, "Many": "x\ny\n"}),
                ),
            ],
        );
        let expected = r#"Resources:
  # What it is for.
  One:
    Type: AWS::A
    Properties:
      A:
        - 1
        - !Sub a ${!b}
      B: !Ref X

  Two:
    Empty: {}
    List:
      - Version: "2012-10-17"
        Effect: Allow
      # Why.
      - Key: "yes"
        Value: "a: b"
    Many: |
      x
      y
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn what_yaml_would_take_for_something_else_is_quoted() {
        for text in [
            "",
            "true",
            "No",
            "null",
            "1",
            "0.0.0.0/0",
            "-",
            "*",
            "a: b",
            "a:",
            "# a",
            "a #b",
            "{{resolve:x}}",
            "@",
            "é",
            "%",
            "12:30",
            " a",
            "a ",
            "y",
            "!Ref",
            "&a",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        for text in [
            "a",
            "/healthz",
            "/api/*",
            "AWS::S3::Bucket",
            "arn:aws:s3:::reports/${!aws:PrincipalTag/subject}/*",
            "sts:AssumeRole",
            "eu-west-1",
        ] {
            assert_eq!(scalar(text), text);
        }
    }
}
