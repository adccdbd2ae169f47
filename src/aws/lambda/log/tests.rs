use super::*;
use proptest::prelude::*;

fn tail(text: &str) -> LogTail {
    LogTail::decode(&base64::encode(text.as_bytes())).unwrap()
}

fn levels(text: &str) -> Vec<Level> {
    tail(text).lines().map(|(level, _)| level).collect()
}

#[test]
fn lines_by_their_level() {
    for (line, level) in [
        ("START RequestId: 8f5 Version: $LATEST", Level::Platform),
        ("REPORT RequestId: 8f5\tDuration: 3.95 ms", Level::Platform),
        ("XRAY TraceId: 1-5759e988-bd86\tSegmentId: 557a\tSampled: true", Level::Platform),
        (r#"{"time":"2026-11-23T06:32:55Z","type":"platform.start","record":{}}"#, Level::Platform),
        // Python, Node, log4j, Rust's tracing, JSON.
        ("[ERROR] KeyError: 'key'", Level::Error),
        ("[WARNING]\t2026-11-23T06:32:55.101Z\t8f5\tslow", Level::Warning),
        ("2026-11-23T06:32:55.101Z\t8f5\tERROR\tInvoke Error", Level::Error),
        ("2026-11-23T06:32:55.101Z\t8f5\tINFO\tstarting", Level::Info),
        ("2026-11-23 06:32:55 8f5 DEBUG Handler:12 - found", Level::Debug),
        ("2026-11-23T06:32:55.101Z  WARN bootstrap: slow", Level::Warning),
        (r#"{"timestamp":"t","level":"warn","message":"slow"}"#, Level::Warning),
        (r#"{"level":"ERROR","message":"no"}"#, Level::Error),
        ("2026-11-23T06:32:55Z 8f5 Task timed out after 3.00 seconds", Level::Error),
        // Words, not levels.
        ("the word in the middle of a sentence is ERROR", Level::Plain),
        ("errors: none", Level::Plain),
        ("{ half", Level::Plain),
        ("", Level::Plain),
    ] {
        assert_eq!(levels(&format!("{line}\n")), [level], "{line}");
    }
}

#[test]
fn what_is_indented_belongs_to_the_line_above() {
    let text = "START RequestId: 8f5\n  alone\n[ERROR] ValueError: no\n  File \"f.py\", line 3\n    raise\nafter\n";
    assert_eq!(levels(text), [Level::Platform, Level::Plain, Level::Error, Level::Error, Level::Error, Level::Plain]);
}

#[test]
fn traces() {
    assert_eq!(tail("REPORT RequestId: 8f5\n").trace_id, None);
    let line =
        "REPORT RequestId: 8f5\tDuration: 1 ms\t\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 557a\tSampled: true\t\n";
    assert_eq!(tail(line).trace_id.as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
    let json = r#"{"type":"platform.report","record":{"tracing":{"spanId":"5","type":"X-Amzn-Trace-Id","value":"Root=1-57f;Parent=5;Sampled=1"}}}"#;
    assert_eq!(tail(json).trace_id.as_deref(), Some("1-57f"));
}

#[test]
fn reports() {
    let json = r#"{"time":"2026-11-23T06:32:55Z","type":"platform.report","record":{"requestId":"8f5","status":"success","metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":512,"maxMemoryUsedMB":77}}}"#;
    assert_eq!(
        Report::parse(json),
        Some(Report {
            request_id: "8f5".into(),
            duration_ms: Milliseconds::from_micros(1_500),
            billed_ms: Milliseconds::from_micros(2_000),
            memory_mb: 512,
            max_memory_mb: 77,
            init_ms: None
        })
    );
    for wrong in [
        "",
        "START RequestId: 8f5",
        "a line that mentions platform.report",
        r#"{"type":"platform.start","note":"platform.report","record":{"requestId":"8f5","metrics":{}}}"#,
        "REPORT RequestId: 8f5\tDuration: soon ms",
    ] {
        assert_eq!(Report::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn milliseconds() {
    for (text, micros, shown) in
        [("3.95", 3_950, "3.95"), ("4", 4_000, "4"), ("0.0009", 0, "0"), ("145.710", 145_710, "145.71"), ("7.", 7_000, "7")]
    {
        let time = Milliseconds::parse(text).unwrap();
        assert_eq!((time.micros(), time.to_string().as_str()), (micros, shown), "{text}");
    }
    for wrong in ["", ".5", "-1", "+1", "1e3", "1.-", "1.5.5", "1234567890123", "NaN"] {
        assert_eq!(Milliseconds::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn milliseconds_are_written_as_they_are_read(micros in 0_u64..1_000_000_000_000_000) {
        let time = Milliseconds::from_micros(micros);
        prop_assert_eq!(Milliseconds::parse(&time.to_string()), Some(time));
    }

    #[test]
    fn report_lines_never_panic(line in "(REPORT RequestId: )?[\\PC\\t]{0,60}|\\{\"type\":\"platform.report\"\\PC{0,40}") {
        let _ = Report::parse(&line);
    }

    #[test]
    fn every_line_is_given_as_it_stands(text in "(\\PC|\n|\t){0,200}") {
        let tail = tail(&text);
        prop_assert!(tail.lines().map(|(_, line)| line).eq(text.lines()));
    }
}
