//! `peakctl preflight`: what would stop a run, found before it starts.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use peaktrade_domain::Calendar;
use peaktrade_embedded::{METRICS_PORT, Member};
use peaktrade_gates::OfflineGate;
use serde::Serialize;
use serde_json::json;

use crate::context::{Context, environment};
use crate::failure::Failure;
use crate::health;
use crate::machine;
use crate::settings::Settings;
use crate::table;

/// Below this the next year's contracts leave the calendar before their bars do.
const CALENDAR_DAYS_LOW: i64 = 60;
/// Free space below which a run may not end: a year of bars, journals and packs of a few runs.
const DISK_BYTES_LOW: u64 = 512 << 20;

/// How one check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It holds.
    Ok,
    /// It holds for now.
    Warning,
    /// It cannot be known here, which is not the same as holding.
    NotCheckable,
    /// It does not hold.
    Failed,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    pub(crate) check: String,
    /// How it came out.
    pub(crate) verdict: Verdict,
    /// The facts.
    pub(crate) detail: String,
}

impl Check {
    fn new(check: &str, verdict: Verdict, detail: String) -> Self {
        Self { check: check.to_owned(), verdict, detail }
    }
}

/// Checks everything and fails where one check does.
pub(crate) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let gates = OfflineGate::check_with_safe_values(environment());
    let mut checks = vec![gate_check()];
    if gates.is_ok() {
        checks.extend(local_checks(&context.settings));
        checks.extend(service_checks(&context.settings).await);
    }
    context.output.result(&json!({ "checks": checks }), &text(&checks))?;
    if let Err(violations) = gates {
        return Err(Failure::Gates(violations));
    }
    match failed(&checks) {
        0 => Ok(()),
        count => Err(Failure::Check(format!("{count} of {} checks failed", checks.len()))),
    }
}

/// What can be checked without any service.
pub(crate) fn local_checks(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![
        calendar_check(settings),
        folder_check("store", &settings.data_dir),
        folder_check("evidence", &settings.evidence_dir),
        disk_check(&settings.data_dir),
    ];
    for (name, path) in [
        ("risk policy", &settings.risk_policy_file),
        ("fees", &settings.fees_file),
        ("margins", &settings.margins_file),
    ] {
        checks.push(file_check(name, path.as_ref()));
    }
    checks
}

/// Number of checks that failed.
pub(crate) fn failed(checks: &[Check]) -> usize {
    checks.iter().filter(|check| check.verdict == Verdict::Failed).count()
}

/// The checks as a table.
pub(crate) fn text(checks: &[Check]) -> String {
    let verdict = |verdict: Verdict| match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::NotCheckable => "not checkable",
        Verdict::Failed => "FAILED",
    };
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| vec![check.check.clone(), verdict(check.verdict).to_owned(), check.detail.clone()])
        .collect();
    table::layout(&["check", "verdict", "detail"], &rows)
}

/// The offline gates as a check.
pub(crate) fn gate_check() -> Check {
    match OfflineGate::check_with_safe_values(environment()) {
        Ok((_, filled)) if filled.is_empty() => Check::new("gates", Verdict::Ok, "all set and offline".to_owned()),
        Ok((_, filled)) => {
            let names: Vec<String> = filled.into_iter().map(|(name, _)| name).collect();
            Check::new("gates", Verdict::Ok, format!("offline; safe values taken for {}", names.join(", ")))
        }
        Err(violations) => Check::new("gates", Verdict::Failed, violations.to_string().replace('\n', "; ")),
    }
}

fn calendar_check(settings: &Settings) -> Check {
    let calendar = match &settings.calendar_file {
        None => Ok(Calendar::shipped()),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| Calendar::parse(&text).map_err(|error| error.to_string())),
    };
    let calendar = match calendar {
        Ok(calendar) => calendar,
        Err(problem) => return Check::new("calendar file", Verdict::Failed, problem),
    };
    let today = machine::wall_clock().to_datetime().date_naive();
    let days = calendar.valid_to().date().signed_duration_since(today).num_days();
    let detail = format!("version {}, valid {} to {}", calendar.version(), calendar.valid_from(), calendar.valid_to());
    match days {
        ..0 => Check::new("calendar file", Verdict::Warning, format!("{detail}: no answer for today")),
        0..CALENDAR_DAYS_LOW => Check::new("calendar file", Verdict::Warning, format!("{detail}: {days} days left")),
        _ => Check::new("calendar file", Verdict::Ok, detail),
    }
}

/// A folder can be used where it, or the nearest one above it that exists, takes a new file.
fn folder_check(name: &str, folder: &Path) -> Check {
    let existing = nearest_existing(folder);
    let probe = existing.join(format!(".peakctl-preflight-{}", std::process::id()));
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    match written {
        Ok(_) => {
            let _ = std::fs::remove_file(&probe);
            let will = if folder.is_dir() { "" } else { ", will be made" };
            Check::new(name, Verdict::Ok, format!("{}{will}", machine::absolute(folder)))
        }
        Err(error) => {
            let detail = format!("{}: cannot write to {}: {error}", machine::absolute(folder), existing.display());
            Check::new(name, Verdict::Failed, detail)
        }
    }
}

fn nearest_existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|ancestor| ancestor.is_dir()).map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

/// The standard library does not ask for free space; where there is no `df`, it cannot be known.
fn disk_check(folder: &Path) -> Check {
    let existing = nearest_existing(folder);
    let listed = Command::new("df").arg("-Pk").arg(&existing).output();
    let available = listed.ok().filter(|listed| listed.status.success()).and_then(|listed| {
        let text = String::from_utf8(listed.stdout).ok()?;
        parse_available(&text)
    });
    match available {
        None => Check::new("disk", Verdict::NotCheckable, "df does not say how much is free".to_owned()),
        Some(bytes) => {
            let verdict = if bytes < DISK_BYTES_LOW { Verdict::Failed } else { Verdict::Ok };
            let detail = format!("{} MiB free, {} MiB needed", bytes >> 20, DISK_BYTES_LOW >> 20);
            Check::new("disk", verdict, detail)
        }
    }
}

/// Available bytes in the POSIX format of `df -Pk`: the fourth column of the second line.
fn parse_available(listing: &str) -> Option<u64> {
    listing.lines().nth(1)?.split_ascii_whitespace().nth(3)?.parse::<u64>().ok()?.checked_mul(1024)
}

fn file_check(name: &str, path: Option<&PathBuf>) -> Check {
    match path {
        None => Check::new(name, Verdict::Ok, "illustrative, built in".to_owned()),
        Some(path) => match std::fs::File::open(path) {
            Ok(_) => Check::new(name, Verdict::Ok, machine::absolute(path)),
            Err(error) => Check::new(name, Verdict::Failed, format!("{}: {error}", machine::absolute(path))),
        },
    }
}

/// Named services must serve. The documented ports may be free, or hold this stack; another owner stops `up`.
pub(crate) async fn service_checks(settings: &Settings) -> Vec<Check> {
    let endpoints = &settings.endpoints;
    let healths = health::check_all(endpoints).await;
    let named = [&endpoints.calendar, &endpoints.dataset, &endpoints.risk_gate, &endpoints.paper_broker];
    let mut checks = Vec::new();
    let is_any_serving = healths.iter().any(health::Health::is_serving);
    for ((member, health), named) in Member::ALL.into_iter().zip(&healths).zip(named) {
        let name = format!("service {}", health.service);
        let check = match (health.is_serving(), named) {
            (true, _) => Check::new(&name, Verdict::Ok, format!("serves at {}", health.endpoint)),
            (false, Some(_)) => {
                let detail = format!("{} at {}: {}", health.status, health.endpoint, health.detail);
                Check::new(&name, Verdict::Failed, detail)
            }
            (false, None) => port_check(&name, member.fixed_port()),
        };
        checks.push(check);
    }
    if !endpoints.is_any_set() && !is_any_serving {
        checks.push(port_check("metrics", METRICS_PORT));
    }
    checks
}

fn port_check(service: &str, port: u16) -> Check {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Check::new(service, Verdict::Ok, format!("port {port} is free")),
        Err(error) => Check::new(service, Verdict::Failed, format!("port {port} is not free for `up`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Verdict, failed, parse_available, text};

    #[test]
    fn df_is_read_by_its_posix_columns() {
        let listing = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n\
                       /dev/vda1        263174212 120000000 143174212      46% /\n";
        assert_eq!(parse_available(listing), Some(143_174_212 * 1024));
        for bad in ["", "Filesystem\n", "head\n/dev/vda1 1 2 many\n"] {
            assert_eq!(parse_available(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_green_and_not_a_failure() {
        let checks = [
            Check::new("disk", Verdict::NotCheckable, "no df".to_owned()),
            Check::new("fees", Verdict::Failed, "gone".to_owned()),
        ];
        assert_eq!(failed(&checks), 1);
        assert_eq!(
            text(&checks),
            "check  verdict        detail\ndisk   not checkable  no df\nfees   FAILED         gone\n"
        );
    }
}
