//! `peakctl calendar year`: a year as a trader would print it.

mod exceptions;
mod facts;
mod grid;
mod page;

use chrono::{Days, NaiveDate};
use peaktrade_domain::TradeDate;
use peaktrade_wire::calendar::v1::{
    GetCalendarInfoRequest, GetCalendarInfoResponse, GetContractRequest, GetMarketStateRequest, GetRollScheduleRequest,
    GetRollScheduleResponse, Hours, ListContractsRequest, ListContractsResponse,
};
use peaktrade_wire::timestamp;
use serde::Serialize;

use super::root;
use super::sessions::{self, Question};
use crate::calendar_documents::{ContractDocument, OutageDocument, PlannedRollDocument, SessionDocument, filled, sent};
use crate::calendar_service::{self, CalendarClient};
use crate::chicago;
use crate::cli::YearArgs;
use crate::context::Context;
use crate::failure::Failure;
use exceptions::{Exception, Kind};
use facts::{ClockChange, MonthCount, RegularSession};

/// Days on either side of the year whose sessions are read too: a holiday at its end belongs to a session of the next one.
const MARGIN_DAYS: u64 = 14;

/// Prints a year.
pub(super) async fn run(context: &Context<'_>, mut arguments: YearArgs) -> Result<(), Failure> {
    arguments.root = root(arguments.root)?;
    let year = calendar_service::ask(context, async |client| Year::gather(client, &arguments).await).await?;
    if !year.warnings.is_empty() {
        let count = year.warnings.len();
        let rows = if count == 1 { "row is" } else { "rows are" };
        context.output.talk(&format!("warning: {count} {rows} not confirmed: {}", year.warnings.join("; ")));
    }
    context.output.result(&year, &page::page(&year))
}

/// All that is worth knowing of a year in advance.
#[derive(Debug, Serialize)]
struct Year {
    year: u16,
    root: String,
    /// Version of the calendar file.
    calendar_version: String,
    calendar_sha256: String,
    /// First trade date of the product, where the calendar describes it.
    product_first_trade_date: Option<TradeDate>,
    /// First trade date of the year that the calendar answers for.
    from: TradeDate,
    /// Last one.
    to: TradeDate,
    sessions: u64,
    minutes: u64,
    months: Vec<MonthCount>,
    regular_sessions: Vec<RegularSession>,
    exceptions: Vec<Exception>,
    contracts: Vec<ContractDocument>,
    rolls: Vec<PlannedRollDocument>,
    roll_policy: String,
    clock_changes: Vec<ClockChange>,
    outages: Vec<OutageDocument>,
    warnings: Vec<String>,
}

impl Year {
    async fn gather(client: &mut CalendarClient, arguments: &YearArgs) -> Result<Self, Failure> {
        let (year, root) = (arguments.year, &arguments.root);
        let calendar =
            calendar_service::call("reading the calendar", client.get_calendar_info(GetCalendarInfoRequest {})).await?;
        let product_first_trade_date = first_trade_date(client, root, year).await?;
        let span = Span::of(year, &calendar, product_first_trade_date)?;

        let listed = list(client, root, span.from, span.to).await?;
        let mut sessions = listed.sessions;
        let count = |sessions: &[SessionDocument]| sessions.iter().map(|session| u64::from(session.minutes)).sum();
        let (session_count, minutes) = (sessions.len() as u64, count(&sessions));
        let regular_sessions = facts::regular_sessions(&sessions);
        let months = facts::months(&sessions);
        if let Some((from, to)) = span.before {
            sessions.splice(0..0, list(client, root, from, to).await?.sessions);
        }
        if let Some((from, to)) = span.after {
            sessions.extend(list(client, root, from, to).await?.sessions);
        }

        let mut exceptions = exceptions::find(&sessions, span.from, span.to, &calendar.projected_from);
        for exception in exceptions.iter_mut().filter(|exception| exception.name.is_empty()) {
            exception.name = reason(client, exception).await?;
        }
        let mut outages = calendar.outages.iter().map(OutageDocument::new).collect::<Result<Vec<_>, _>>()?;
        outages.retain(|outage| (span.from..=span.to).contains(&chicago::date(outage.from)));
        let rolls = rolls(client, root, span.from, span.to).await?;
        let contracts = contracts(client, root, span.from, span.to).await?;
        // Those of the contracts are about margins and fees, which are not on the page.
        let mut warnings = listed.warnings;
        for warning in rolls.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        Ok(Self {
            year,
            root: root.clone(),
            product_first_trade_date,
            from: span.from,
            to: span.to,
            sessions: session_count,
            minutes,
            months,
            regular_sessions,
            exceptions,
            contracts: contracts.contracts.iter().map(ContractDocument::new).collect::<Result<_, _>>()?,
            rolls: rolls.rolls.iter().map(PlannedRollDocument::new).collect::<Result<_, _>>()?,
            roll_policy: rolls.policy,
            clock_changes: facts::clock_changes(&sessions, span.from, span.to),
            outages,
            warnings,
            calendar_version: calendar.version,
            calendar_sha256: calendar.sha256,
        })
    }
}

/// The part of a year that the calendar answers for, and what it knows on either side.
struct Span {
    from: TradeDate,
    to: TradeDate,
    before: Option<(TradeDate, TradeDate)>,
    after: Option<(TradeDate, TradeDate)>,
}

impl Span {
    fn of(year: u16, calendar: &GetCalendarInfoResponse, listed_from: Option<TradeDate>) -> Result<Self, Failure> {
        let valid_from = peaktrade_wire::trade_date(&calendar.valid_from, "valid_from").map_err(sent)?;
        let valid_to = peaktrade_wire::trade_date(&calendar.valid_to, "valid_to").map_err(sent)?;
        let outside = || {
            let text = format!("year {year}: the calendar answers for trade dates {valid_from} to {valid_to}");
            Failure::Input(text)
        };
        let day = |month, day| NaiveDate::from_ymd_opt(i32::from(year), month, day).map(TradeDate::new);
        let (first, last) = day(1, 1).zip(day(12, 31)).ok_or_else(outside)?;
        let known_from = listed_from.map_or(valid_from, |date| date.max(valid_from));
        let (from, to) = (first.max(known_from), last.min(valid_to));
        if from > to {
            return Err(outside());
        }
        let earlier = |date: TradeDate, days| date.date().checked_sub_days(Days::new(days)).map(TradeDate::new);
        let later = |date: TradeDate, days| date.date().checked_add_days(Days::new(days)).map(TradeDate::new);
        let margin = |from: Option<TradeDate>, to: Option<TradeDate>| from.zip(to).filter(|(from, to)| from <= to);
        Ok(Self {
            from,
            to,
            before: margin(earlier(from, MARGIN_DAYS).map(|date| date.max(known_from)), earlier(from, 1)),
            after: margin(later(to, 1), later(to, MARGIN_DAYS).map(|date| date.min(valid_to))),
        })
    }
}

/// First trade date of a product, as its December contract tells it; `None` where the calendar does not describe that
/// contract, and the listing of sessions says why.
async fn first_trade_date(client: &mut CalendarClient, root: &str, year: u16) -> Result<Option<TradeDate>, Failure> {
    let request = GetContractRequest { symbol: format!("{root}Z{year}"), on: String::new() };
    let answer = match calendar_service::call("reading the product", client.get_contract(request)).await {
        Ok(answer) => answer,
        Err(Failure::Input(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let first = answer.contract.map(|contract| contract.product_first_trade_date).and_then(|text| filled(&text));
    first.map(|text| peaktrade_wire::trade_date(&text, "product_first_trade_date")).transpose().map_err(sent)
}

async fn list(
    client: &mut CalendarClient,
    root: &str,
    from: TradeDate,
    to: TradeDate,
) -> Result<sessions::Listed, Failure> {
    let question = Question { root: root.to_owned(), from, to, hours: Hours::Full };
    sessions::list(client, &question).await.map_err(|failure| match failure {
        // The range is that of the year: no flag of this verb gave it.
        Failure::Input(text) => Failure::Input(text.replacen("--from: ", "", 1)),
        failure => failure,
    })
}

/// Why the market is shut from an exception on, in the calendar's words.
async fn reason(client: &mut CalendarClient, exception: &Exception) -> Result<String, Failure> {
    let at = exception.at.or_else(|| chicago::noon(exception.date));
    let request = GetMarketStateRequest { time: at.map(timestamp) };
    let action = format!("asking why {} is not regular", exception.date);
    Ok(calendar_service::call(&action, client.get_market_state(request)).await?.reason)
}

async fn contracts(
    client: &mut CalendarClient,
    root: &str,
    from: TradeDate,
    to: TradeDate,
) -> Result<ListContractsResponse, Failure> {
    let request = ListContractsRequest { root: root.to_owned(), from: from.to_string(), to: to.to_string() };
    calendar_service::call(&format!("listing contracts of {root}"), client.list_contracts(request)).await
}

async fn rolls(
    client: &mut CalendarClient,
    root: &str,
    from: TradeDate,
    to: TradeDate,
) -> Result<GetRollScheduleResponse, Failure> {
    let request =
        GetRollScheduleRequest { root: root.to_owned(), from: from.to_string(), to: to.to_string(), rule: None };
    calendar_service::call(&format!("scheduling rolls of {root}"), client.get_roll_schedule(request)).await
}
