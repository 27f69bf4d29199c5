//! Exposition of one and of several registries, held against the rules that `promtool check metrics` checks.

use std::collections::BTreeMap;

use super::{Exporter, Registry};

/// Problems of an exposition, one per line.
fn lint(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut current = "";
    let mut last_family = "";
    let mut samples: BTreeMap<&str, u32> = BTreeMap::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap_or((help, ""));
            if help.is_empty() {
                problems.push(format!("{name} has no help"));
            }
            if name <= last_family {
                problems.push(format!("{name} stands after {last_family}"));
            }
            (current, last_family) = (name, name);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            if name != current || kinds.insert(name, kind).is_some() {
                problems.push(format!("type of {name} is out of place"));
            }
            if (kind == "counter") != name.ends_with("_total") {
                problems.push(format!("{name} is a {kind}"));
            }
        } else {
            let series = line.rsplit_once(' ').unwrap().0;
            let name = series.split('{').next().unwrap();
            let is_of_current = match kinds.get(current) {
                Some(&"histogram") => {
                    ["_bucket", "_sum", "_count"].iter().any(|suffix| name.strip_suffix(suffix) == Some(current))
                }
                Some(_) => name == current,
                None => false,
            };
            if !is_of_current {
                problems.push(format!("sample {series} stands under {current}"));
            }
            *samples.entry(series).or_default() += 1;
        }
    }
    problems.extend(samples.iter().filter(|(_, times)| **times > 1).map(|(series, _)| format!("{series} is repeated")));
    problems
}

fn registry(service: &'static str, counts: &[u64]) -> Registry {
    let registry = Registry::new(service);
    let counters = registry.counters("risk_blocks_total", "Orders that were blocked.", &["reason"]);
    for (index, count) in counts.iter().enumerate() {
        counters.with_label_values(&[format!("R{index}").as_str()]).inc_by(*count);
    }
    registry.gauge("open_contracts", "Contracts held.").set(-2);
    registry.float_gauge("daily_pnl_usd", "Result of the day.").set(-12.5);
    registry.histogram("continuous_build_seconds", "Time of a build.", &[0.5, 1.0]).observe(0.75);
    registry
}

#[test]
fn registries_are_merged_by_name_and_sorted() {
    let exporter = Exporter::new();
    exporter.add(registry("risk-gate", &[1, 2]));
    exporter.add(registry("calendar", &[3]));
    let text = exporter.render();
    assert_eq!(lint(&text), Vec::<String>::new(), "{text}");
    let own: String = text.lines().filter(|line| !line.contains("process_")).map(|line| format!("{line}\n")).collect();
    assert_eq!(
        own,
        "# HELP continuous_build_seconds Time of a build.\n\
         # TYPE continuous_build_seconds histogram\n\
         continuous_build_seconds_bucket{service=\"calendar\",le=\"0.5\"} 0\n\
         continuous_build_seconds_bucket{service=\"calendar\",le=\"1\"} 1\n\
         continuous_build_seconds_bucket{service=\"calendar\",le=\"+Inf\"} 1\n\
         continuous_build_seconds_sum{service=\"calendar\"} 0.75\n\
         continuous_build_seconds_count{service=\"calendar\"} 1\n\
         continuous_build_seconds_bucket{service=\"risk-gate\",le=\"0.5\"} 0\n\
         continuous_build_seconds_bucket{service=\"risk-gate\",le=\"1\"} 1\n\
         continuous_build_seconds_bucket{service=\"risk-gate\",le=\"+Inf\"} 1\n\
         continuous_build_seconds_sum{service=\"risk-gate\"} 0.75\n\
         continuous_build_seconds_count{service=\"risk-gate\"} 1\n\
         # HELP daily_pnl_usd Result of the day.\n\
         # TYPE daily_pnl_usd gauge\n\
         daily_pnl_usd{service=\"calendar\"} -12.5\n\
         daily_pnl_usd{service=\"risk-gate\"} -12.5\n\
         # HELP open_contracts Contracts held.\n\
         # TYPE open_contracts gauge\n\
         open_contracts{service=\"calendar\"} -2\n\
         open_contracts{service=\"risk-gate\"} -2\n\
         # HELP risk_blocks_total Orders that were blocked.\n\
         # TYPE risk_blocks_total counter\n\
         risk_blocks_total{reason=\"R0\",service=\"calendar\"} 3\n\
         risk_blocks_total{reason=\"R0\",service=\"risk-gate\"} 1\n\
         risk_blocks_total{reason=\"R1\",service=\"risk-gate\"} 2\n"
    );
}

#[test]
fn a_service_that_starts_again_replaces_its_registry() {
    let exporter = Exporter::new();
    exporter.add(registry("risk-gate", &[5]));
    exporter.add(registry("risk-gate", &[0]));
    let text = exporter.render();
    assert_eq!(lint(&text), Vec::<String>::new(), "{text}");
    assert!(text.contains("risk_blocks_total{reason=\"R0\",service=\"risk-gate\"} 0\n"), "{text}");
}

#[test]
fn one_name_with_two_types_shows_the_first() {
    let (first, second) = (Registry::new("a"), Registry::new("b"));
    first.gauge("level", "A gauge.").set(1);
    second.histogram("level", "A histogram.", &[1.0]).observe(1.0);
    let exporter = Exporter::new();
    exporter.add(first);
    exporter.add(second);
    let text = exporter.render();
    assert_eq!(lint(&text), Vec::<String>::new(), "{text}");
    assert!(text.contains("level{service=\"a\"} 1\n") && !text.contains("service=\"b\""), "{text}");
}

#[test]
fn the_lint_sees_what_is_wrong() {
    for (text, problem) in [
        ("# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "a_total is a gauge"),
        ("# HELP b x\n# TYPE b gauge\nb 1\n# HELP a x\n# TYPE a gauge\na 1\n", "a stands after b"),
        ("# HELP a x\n# TYPE a gauge\na 1\na 2\n", "a is repeated"),
        ("# HELP a x\n# TYPE a gauge\nb 1\n", "sample b stands under a"),
        ("# HELP a\n# TYPE a gauge\na 1\n", "a has no help"),
    ] {
        assert_eq!(lint(text), [problem], "{text}");
    }
}
