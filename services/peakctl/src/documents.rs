//! What the dataset service answers, as the JSON documents of verbs and evidence.

mod rolls;

use peaktrade_wire::dataset::v1 as dataset;
use peaktrade_wire::instant;
use serde::Serialize;

pub(crate) use rolls::{CandidateDocument, EvidencedRollDocument, RollDocument};

use crate::failure::Failure;

/// A continuous dataset.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DatasetDocument {
    /// "sha256:" and 64 hexadecimal digits over inputs, calendar and policy.
    pub(crate) dataset_id: String,
    /// SHA-256 over the rows.
    pub(crate) content_sha256: String,
    /// Product root.
    pub(crate) root: String,
    /// Bar size.
    pub(crate) bar: String,
    /// Adjustment method.
    pub(crate) method: String,
    /// First trade date.
    pub(crate) from: String,
    /// Last trade date.
    pub(crate) to: String,
    /// Instant up to which rolls are known.
    pub(crate) as_of: Option<String>,
    /// Contract bars read.
    pub(crate) rows_in: u64,
    /// Bars of the series.
    pub(crate) rows_out: u64,
    /// Sessions in which minutes were missing.
    pub(crate) gaps_detected: u64,
    /// Bars of the segments that repeated a timestamp and were dropped.
    pub(crate) duplicates_removed: u64,
    /// Bars of a contract outside its segment; `rows_in` is `minutes_taken + minutes_outside_session +
    /// minutes_unfinished + duplicates_removed + rows_inactive`, with `rows_out` for `minutes_taken` where that is left out.
    pub(crate) rows_inactive: u64,
    /// Hours of the bars; left out where they are all.
    #[serde(skip_serializing_if = "is_full_session")]
    pub(crate) session: String,
    /// Whether every price is on the tick; left out where not, as are the fields below where they say nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) snap: bool,
    /// Contracts behind the front one.
    #[serde(skip_serializing_if = "is_zero_depth")]
    pub(crate) depth: u32,
    /// One-minute bars that the bars are made of; left out where they are `rows_out`, as minutes are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minutes_taken: Option<u64>,
    /// One-minute bars outside of the session.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) minutes_outside_session: u64,
    /// One-minute bars of a larger bar that was not over.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) minutes_unfinished: u64,
    /// Bars with a price of zero or below.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) nonpositive_rows: u64,
    /// First of these bars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_nonpositive_time: Option<String>,
    /// Rolls applied, in order of time.
    pub(crate) rolls: Vec<RollDocument>,
    /// SHA-256 of the calendar file.
    pub(crate) calendar_sha256: String,
    /// Roll policy with its parameters.
    pub(crate) roll_policy: String,
    /// Contracts in order.
    pub(crate) contracts: Vec<String>,
    /// SHA-256 of each source file.
    pub(crate) source_sha256: Vec<String>,
    /// Settlement prices and open interest that decided it; left out where none did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) settlements: Vec<SettlementInputDocument>,
    /// First bar.
    pub(crate) first_time: Option<String>,
    /// Last bar.
    pub(crate) last_time: Option<String>,
}

/// Stored settlement prices and open interest that a dataset was made with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SettlementInputDocument {
    /// Contract.
    pub(crate) contract: String,
    /// SHA-256 over its facts.
    pub(crate) content_sha256: String,
}

impl DatasetDocument {
    /// The document of a dataset.
    pub(crate) fn new(message: &dataset::Dataset) -> Result<Self, Failure> {
        Ok(Self {
            dataset_id: message.dataset_id.clone(),
            content_sha256: message.content_sha256.clone(),
            root: message.root.clone(),
            bar: message.bar.clone(),
            method: message.method.clone(),
            from: message.from.clone(),
            to: message.to.clone(),
            as_of: time(message.as_of)?,
            rows_in: message.rows_in,
            rows_out: message.rows_out,
            gaps_detected: message.gaps_detected,
            duplicates_removed: message.duplicates_removed,
            rows_inactive: message.rows_inactive,
            session: message.session.clone(),
            snap: message.snap,
            depth: message.depth,
            minutes_taken: Some(message.minutes_taken).filter(|minutes| *minutes != message.rows_out),
            minutes_outside_session: message.minutes_outside_session,
            minutes_unfinished: message.minutes_unfinished,
            nonpositive_rows: message.nonpositive_rows,
            first_nonpositive_time: time(message.first_nonpositive_time)?,
            rolls: message.rolls.iter().map(RollDocument::new).collect::<Result<_, _>>()?,
            calendar_sha256: message.calendar_sha256.clone(),
            roll_policy: message.roll_policy.clone(),
            contracts: message.contracts.clone(),
            source_sha256: message.source_sha256.clone(),
            settlements: message.settlements.iter().map(SettlementInputDocument::new).collect(),
            first_time: time(message.first_time)?,
            last_time: time(message.last_time)?,
        })
    }

    /// What the series has beyond the ordinary, in short; empty for an ordinary one.
    pub(crate) fn variant(&self) -> String {
        let parts = [
            (!is_full_session(&self.session)).then(|| self.session.clone()),
            self.snap.then(|| "snap".to_owned()),
            (self.depth > 0).then(|| format!("depth {}", self.depth)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl SettlementInputDocument {
    fn new(input: &dataset::SettlementInput) -> Self {
        Self { contract: input.contract.clone(), content_sha256: input.content_sha256.clone() }
    }
}

/// One imported file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ImportDocument {
    /// File name without folders.
    pub(crate) file: String,
    /// Contract of the file; several are separated by spaces.
    pub(crate) contract: String,
    /// SHA-256 of the file.
    pub(crate) file_sha256: String,
    /// Data rows in the file.
    pub(crate) rows_in: u64,
    /// Rows by what happened to them.
    pub(crate) dispositions: std::collections::BTreeMap<String, u64>,
    /// First bar kept.
    pub(crate) first_time: Option<String>,
    /// Last bar kept.
    pub(crate) last_time: Option<String>,
    /// Bars that came into the store.
    pub(crate) rows_added: u64,
    /// Bars of superseded files that were taken out of it; one that was replaced counts in both.
    pub(crate) rows_removed: u64,
    /// Whether the same content had been imported before.
    pub(crate) already_present: bool,
}

impl ImportDocument {
    /// The document of an import.
    pub(crate) fn new(file: &str, answer: &dataset::ImportBarsResponse) -> Result<Self, Failure> {
        let dispositions = answer.dispositions.iter().map(|fate| (fate.kind.clone(), fate.rows)).collect();
        let contracts: Vec<&str> = answer.contracts.iter().map(|imported| imported.contract.as_str()).collect();
        Ok(Self {
            file: file.to_owned(),
            contract: contracts.join(" "),
            file_sha256: answer.file_sha256.clone(),
            rows_in: answer.rows_in,
            dispositions,
            first_time: time(answer.first_time)?,
            last_time: time(answer.last_time)?,
            rows_added: answer.contracts.iter().map(|imported| imported.rows_added).sum(),
            rows_removed: answer.contracts.iter().map(|imported| imported.rows_removed).sum(),
            already_present: answer.already_present,
        })
    }
}

/// A validation report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ValidationDocument {
    /// Bars read.
    pub(crate) rows: u64,
    /// Sessions read.
    pub(crate) sessions: u64,
    /// Findings, worst first.
    pub(crate) findings: Vec<FindingDocument>,
}

/// One kind of finding in one contract.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingDocument {
    /// error, warning or note.
    pub(crate) severity: String,
    /// Closed code.
    pub(crate) code: String,
    /// Contract.
    pub(crate) contract: String,
    /// Trade date of the first case.
    pub(crate) trade_date: String,
    /// Trade date of the last case.
    pub(crate) last_trade_date: String,
    /// Rows or minutes concerned.
    pub(crate) count: u64,
    /// What is counted: rows, minutes or calendar_rows.
    pub(crate) unit: String,
    /// First case in words.
    pub(crate) example: String,
    /// Further cases in words, each of a trade date of its own.
    pub(crate) samples: Vec<String>,
}

impl ValidationDocument {
    /// The document of a report.
    pub(crate) fn new(report: &dataset::ValidationReport) -> Self {
        let findings = report.findings.iter().map(|finding| FindingDocument {
            severity: finding.severity.clone(),
            code: finding.code.clone(),
            contract: finding.contract.clone(),
            trade_date: finding.trade_date.clone(),
            last_trade_date: finding.last_trade_date.clone(),
            count: finding.count,
            unit: finding.unit.clone(),
            example: finding.example.clone(),
            samples: finding.samples.clone(),
        });
        Self { rows: report.rows, sessions: report.sessions, findings: findings.collect() }
    }

    /// Findings that make the bars unfit.
    pub(crate) fn errors(&self) -> usize {
        self.of_severity("error")
    }

    /// Findings that are likely faults.
    pub(crate) fn warnings(&self) -> usize {
        self.of_severity("warning")
    }

    fn of_severity(&self, severity: &str) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// A service that does not say a session has no other.
fn is_full_session(session: &str) -> bool {
    matches!(session, "" | "full")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero_depth(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// An instant of an answer as RFC 3339 text; absent stays absent.
pub(crate) fn time(stamp: Option<prost_types::Timestamp>) -> Result<Option<String>, Failure> {
    stamp
        .map(|stamp| instant(Some(stamp), "timestamp").map(|instant| instant.to_string()))
        .transpose()
        .map_err(|error| Failure::Internal(format!("the dataset service sent {error}")))
}
