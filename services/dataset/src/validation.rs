//! ValidateDataset: the stored bars of a root, month by month through the session validator.

use peaktrade_domain::{
    Calendar, CalendarError, ContractRoot, ContractSymbol, RollPolicy, Session, TradeDate, UnixNanos,
};
use peaktrade_store::ContractManifest;
use peaktrade_validation::{Finding, Findings, SessionValidator, Severity};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::{FieldError, trade_date};
use tonic::Status;

use crate::heavy_work::Teller;
use crate::library::Library;
use crate::status;

/// Days that a vendor does not call good, at most: more than fifty years of them.
const DEGRADED_DAYS_MAX: usize = 20_000;
/// Bytes of the vendor's word for a day, at most.
const CONDITION_BYTES_MAX: usize = 64;

/// What is to be validated, and what is reported.
#[derive(Debug)]
pub(crate) struct ValidationRequest {
    root: ContractRoot,
    from: Option<TradeDate>,
    to: Option<TradeDate>,
    degraded: Vec<(TradeDate, String)>,
    least: Severity,
}

impl ValidationRequest {
    /// Reads a request of an admitted root.
    pub(crate) fn read(root: ContractRoot, request: &wire::ValidateDatasetRequest) -> Result<Self, FieldError> {
        let days = &request.degraded_days;
        if days.len() > DEGRADED_DAYS_MAX {
            let problem = format!("{} days, at most {DEGRADED_DAYS_MAX} are taken", days.len());
            return Err(FieldError::new("degraded_days", problem));
        }
        let mut degraded = Vec::with_capacity(days.len());
        for day in days {
            if !(1..=CONDITION_BYTES_MAX).contains(&day.condition.len()) {
                let problem =
                    format!("{} bytes on {}, 1 to {CONDITION_BYTES_MAX} are required", day.condition.len(), day.date);
                return Err(FieldError::new("degraded_days.condition", problem));
            }
            degraded.push((trade_date(&day.date, "degraded_days.date")?, day.condition.clone()));
        }
        Ok(Self {
            root,
            from: optional_date(&request.from, "from")?,
            to: optional_date(&request.to, "to")?,
            degraded,
            least: severity(&request.severity)?,
        })
    }
}

fn optional_date(text: &str, field: &str) -> Result<Option<TradeDate>, FieldError> {
    if text.is_empty() { Ok(None) } else { trade_date(text, field).map(Some) }
}

fn severity(text: &str) -> Result<Severity, FieldError> {
    let named = Severity::ALL.into_iter().find(|severity| severity.name() == text);
    let default = text.is_empty().then_some(Severity::Note);
    named.or(default).ok_or_else(|| {
        let shown: String = text.chars().take(16).collect();
        let names = Severity::ALL.map(Severity::name).join(", ");
        FieldError::new("severity", format!("{shown:?} is not one of {names}"))
    })
}

/// Checks every stored contract of a root within a range of trade dates. One month of bars is held at a time.
pub(crate) async fn run<M>(
    library: &Library,
    request: ValidationRequest,
    teller: &Teller<M>,
) -> Result<wire::ValidationReport, Status> {
    let stored = library.store.contracts(request.root).await.map_err(|error| status::of_store(&error))?;
    if stored.is_empty() {
        return Err(Status::failed_precondition(format!("no bars of {} are stored; import some first", request.root)));
    }
    let range = instants(&library.calendar, request.from, request.to).map_err(of_calendar)?;
    let total = stored.iter().map(|manifest| manifest.months.len() as u64).sum();
    let (mut done, mut findings) = (0, Findings::default());
    for manifest in &stored {
        if let Some(found) = check(library, manifest, range, &request, teller, (done, total)).await? {
            findings.join(found);
        }
        done += manifest.months.len() as u64;
    }
    // A mistyped year must not pass for a clean one.
    if findings.rows == 0 && findings.list.is_empty() {
        return Err(nothing_there(library, &request, &stored));
    }
    teller.tell("done".to_owned(), total, total);
    let reported = findings.list.into_iter().filter(|finding| finding.severity() <= request.least);
    Ok(wire::ValidationReport {
        rows: findings.rows,
        sessions: findings.sessions,
        findings: reported.map(to_wire).collect(),
    })
}

/// The refusal of a range without bars, with the range that has some.
fn nothing_there(library: &Library, request: &ValidationRequest, stored: &[ContractManifest]) -> Status {
    let date = |instant: Option<UnixNanos>| {
        let date = library.calendar.trade_date_at_or_after(instant.unwrap_or_default());
        date.map_or_else(|_| "outside the calendar".to_owned(), |date| date.to_string())
    };
    let first = date(stored.iter().map(|manifest| manifest.first_time).min());
    let last = date(stored.iter().map(|manifest| manifest.last_time).max());
    let given = |date: Option<TradeDate>, open: &str| date.map_or_else(|| open.to_owned(), |date| date.to_string());
    Status::failed_precondition(format!(
        "no bars of {} are stored from {} to {}; stored are {first} to {last}",
        request.root,
        given(request.from, &first),
        given(request.to, &last)
    ))
}

/// The bars of one contract in a range of instants; `None` where it has none there. `done` of `total` months are behind.
async fn check<M>(
    library: &Library,
    manifest: &ContractManifest,
    (start, end): (UnixNanos, UnixNanos),
    request: &ValidationRequest,
    teller: &Teller<M>,
    (done, total): (u64, u64),
) -> Result<Option<Findings>, Status> {
    let past = manifest.last_time.checked_add_nanos(UnixNanos::MINUTE).unwrap_or(manifest.last_time);
    if start.max(manifest.first_time) >= end.min(past) {
        return Ok(None);
    }
    let (from, to) = expected(&library.calendar, manifest.contract, (manifest.first_time, past), (start, end));
    let validator = SessionValidator::new(&library.calendar, manifest.contract).map_err(of_calendar)?;
    let mut validator = validator.expecting(from, to);
    for (day, condition) in &request.degraded {
        validator = validator.with_degraded_day(*day, condition);
    }
    for (done, month) in (done..).zip(&manifest.months) {
        if !teller.is_heard() {
            return Err(Status::cancelled("the caller left; a validation leaves nothing behind"));
        }
        if month.first_time < end && start <= month.last_time {
            teller.tell(format!("checking {} {}", manifest.contract, month.month), done, total);
            let bars = library.store.read_month(manifest.contract, month).await;
            let bars = bars.map_err(|error| status::of_store(&error))?;
            let taken = validator.take(bars.between(start, end));
            taken.map_err(|error| Status::data_loss(format!("{} {}: {error}", manifest.contract, month.month)))?;
        }
    }
    Ok(Some(validator.finish()))
}

/// Where a contract must have bars of a range: from its first one to its last one, and where the caller states an end of
/// the range, also while it is the front contract by the standard policy. An export that was cut hours before the roll
/// lacks what it ought to have, and a back month begins where a vendor likes.
fn expected(
    calendar: &Calendar,
    contract: ContractSymbol,
    (first, past): (UnixNanos, UnixNanos),
    (start, end): (UnixNanos, UnixNanos),
) -> (UnixNanos, UnixNanos) {
    // Past the calendar's end nobody knows the front contract, and before its listing there is none.
    let left_at = |contract| RollPolicy::STANDARD.roll_of(calendar, contract).ok().map(|roll| roll.roll_ts);
    let entered = contract.previous_quarterly().and_then(left_at).filter(|_| start > UnixNanos::from_nanos(i64::MIN));
    let left = left_at(contract).filter(|_| end < UnixNanos::from_nanos(i64::MAX));
    let from = entered.map_or(first, |entered| entered.min(first));
    let to = left.map_or(past, |left| left.max(past));
    (from.max(start), to.min(end))
}

/// From the open of the first trade date to the close of the last one.
fn instants(
    calendar: &Calendar,
    from: Option<TradeDate>,
    to: Option<TradeDate>,
) -> Result<(UnixNanos, UnixNanos), CalendarError> {
    let start = match from {
        None => UnixNanos::from_nanos(i64::MIN),
        Some(from) => calendar.session_on_or_after(from)?.open(),
    };
    let end = match to {
        None => UnixNanos::from_nanos(i64::MAX),
        Some(to) => {
            let sessions = calendar.sessions(from.unwrap_or(calendar.valid_from()), to)?;
            sessions.last().map_or(start, Session::close)
        }
    };
    Ok((start, end))
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is map_err's")]
fn of_calendar(error: CalendarError) -> Status {
    Status::invalid_argument(error.to_string())
}

fn to_wire(finding: Finding) -> wire::Finding {
    wire::Finding {
        severity: finding.severity().name().to_owned(),
        code: finding.code.name().to_owned(),
        contract: finding.contract.to_string(),
        trade_date: finding.first.to_string(),
        count: finding.count,
        example: finding.example,
        last_trade_date: finding.last.to_string(),
        samples: finding.samples,
        unit: finding.code.unit().name().to_owned(),
    }
}
