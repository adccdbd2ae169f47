//! Figures from the last line of a function's log.

/// What Lambda's `REPORT` line says about one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Time that is paid for, as written: `185 ms`.
    pub(super) billed: Option<String>,
    /// Memory the function has, as written: `128 MB`.
    pub(super) memory: Option<String>,
    /// Most memory it used, as written.
    pub(super) used: Option<String>,
}

impl Report {
    /// Reads the last `REPORT` line of `log`, whose parts are set apart by tabs
    /// (docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html).
    pub(super) fn find(log: &str) -> Self {
        let line = log.lines().rev().find(|line| line.starts_with("REPORT ")).unwrap_or_default();
        let value = |name: &str| {
            line.split('\t').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix(':')).map(|value| value.trim().to_owned())
        };
        Self { billed: value("Billed Duration"), memory: value("Memory Size"), used: value("Max Memory Used") }
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn of_a_real_log() {
        let log = "START RequestId: 8f5 Version: $LATEST\nREPORT of my own\nREPORT RequestId: 8f5\tDuration: 184.02 ms\tBilled Duration: 185 ms\tMemory Size: 128 MB\tMax Memory Used: 71 MB\t\n";
        let report = Report::find(log);
        assert_eq!(
            (report.billed.as_deref(), report.memory.as_deref(), report.used.as_deref()),
            (Some("185 ms"), Some("128 MB"), Some("71 MB"))
        );
    }

    #[test]
    fn none_where_the_tail_cut_it_off() {
        assert_eq!(Report::find("START\nworking\n"), Report::default());
        assert_eq!(Report::find(""), Report::default());
    }
}
