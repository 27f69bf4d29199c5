//! When a series rolls, as a request says it.

use peaktrade_domain::{
    ActiveContract, Calendar, ContractRoot, RollError, RollPolicy, RollTable, RollTableProblem, RollTrigger,
    ScheduledRoll, TableRoll, TradeDate, UnixNanos,
};
use peaktrade_wire::FieldError;
use peaktrade_wire::calendar::v1 as wire;
use tonic::Status;

use super::warnings::Warnings;
use crate::refusal;

const TRIGGER: &str = "rule.trigger";
const COUNT: &str = "rule.trade_dates_before";
const INSTANT: &str = "rule.instant";
const TABLE: &str = "rule.table";

/// A policy that the calendar decides, or rolls given one by one.
pub(super) enum RollRule {
    Policy(RollPolicy),
    Table(RollTable),
}

impl RollRule {
    /// Reads a rule for a root; what is left out is that of the default policy.
    pub(super) fn read(calendar: &Calendar, root: ContractRoot, rule: Option<&wire::RollRule>) -> Result<Self, Status> {
        let standard = RollPolicy::STANDARD;
        let Some(rule) = rule else { return Ok(Self::Policy(standard)) };
        if rule.trigger == "table" {
            return read_table(calendar, root, rule).map(Self::Table);
        }
        if !rule.table.is_empty() {
            return Err(FieldError::new(TABLE, "rows are given, but rule.trigger is not \"table\"").into());
        }
        let mut policy = standard;
        if !rule.trigger.is_empty() || rule.trade_dates_before != 0 {
            policy.trigger = read_trigger(rule)?;
        }
        if !rule.instant.is_empty() {
            policy.instant = rule.instant.parse().map_err(|error| FieldError::new(INSTANT, error))?;
        }
        Ok(Self::Policy(policy))
    }

    /// Name of the rule in replies.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Policy(policy) => policy.to_string(),
            Self::Table(_) => "table".to_owned(),
        }
    }

    /// Rolls between two trade dates, both inclusive, in order.
    pub(super) fn schedule(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ScheduledRoll>, RollError> {
        match self {
            Self::Policy(policy) => policy.schedule(calendar, root, from, to),
            Self::Table(table) => Ok(table.schedule(from, to)),
        }
    }

    /// The contract that is active at an instant.
    pub(super) fn active_contract(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        at: UnixNanos,
        depth: u32,
    ) -> Result<ActiveContract, RollError> {
        match self {
            Self::Policy(policy) => policy.active_contract(calendar, root, at, depth),
            Self::Table(table) => table.active_contract(calendar, at, depth),
        }
    }

    /// Warns of what a roll under this rule rests on: its day, the end of its contract, the days that were counted, and the
    /// exchange's convention where it decided.
    pub(super) fn warn(&self, calendar: &Calendar, roll: &ScheduledRoll, warnings: &mut Warnings) {
        warnings.add_roll(calendar, roll);
        let Self::Policy(policy) = self else { return };
        match policy.trigger {
            RollTrigger::TradeDatesBefore(_) => {
                if let Ok(end) = calendar.last_trade_date(roll.from) {
                    warnings.add_days(calendar, roll.trade_date, end);
                }
            }
            RollTrigger::CmeLead => {
                if let Ok(confidence) = calendar.lead_rule_confidence(roll.from)
                    && confidence.is_unconfirmed()
                {
                    warnings.add(format!("the lead-month rule of {} is {}", roll.from, confidence.name()));
                }
            }
            RollTrigger::MondayBeforeThirdFriday | RollTrigger::LastTradeDay | RollTrigger::FirstDayOfMonth => {}
        }
    }

    /// A roll as the wire tells it.
    pub(super) fn to_wire(&self, calendar: &Calendar, roll: &ScheduledRoll) -> wire::ScheduledRoll {
        wire::ScheduledRoll {
            from_symbol: roll.from.to_string(),
            to_symbol: roll.to.to_string(),
            trade_date: roll.trade_date.to_string(),
            roll_time: Some(peaktrade_wire::timestamp(roll.roll_ts)),
            explanation: match self {
                Self::Policy(policy) => policy.explain(calendar, roll),
                Self::Table(table) => table.explain(calendar, roll),
            },
        }
    }
}

fn read_trigger(rule: &wire::RollRule) -> Result<RollTrigger, FieldError> {
    let allowed = 1..=RollTrigger::TRADE_DATES_BEFORE_MAX;
    if rule.trigger == "n_trade_dates_before" {
        let count = u8::try_from(rule.trade_dates_before).ok().filter(|count| allowed.contains(count));
        return count.map(RollTrigger::TradeDatesBefore).ok_or_else(|| {
            let problem = format!("{} is not {} to {}", rule.trade_dates_before, allowed.start(), allowed.end());
            FieldError::new(COUNT, problem)
        });
    }
    if rule.trade_dates_before != 0 {
        return Err(FieldError::new(COUNT, "is given, but rule.trigger is not \"n_trade_dates_before\""));
    }
    rule.trigger.parse().map_err(|_| {
        let shown: String = rule.trigger.chars().take(64).collect();
        if ["volume", "open_interest"].iter().any(|kind| rule.trigger.starts_with(kind)) {
            let problem = format!(
                "{shown:?} reads what was traded, which the calendar does not have; BuildContinuous takes it. Allowed \
                     here: monday_before_third_friday, cme_lead, last_trade_day, n_trade_dates_before, \
                     first_day_of_month, table"
            );
            return FieldError::new(TRIGGER, problem);
        }
        let problem = format!(
            "{shown:?} is none of monday_before_third_friday, cme_lead, last_trade_day, n_trade_dates_before, \
             first_day_of_month, table"
        );
        FieldError::new(TRIGGER, problem)
    })
}

fn read_table(calendar: &Calendar, root: ContractRoot, rule: &wire::RollRule) -> Result<RollTable, Status> {
    if rule.trade_dates_before != 0 {
        return Err(FieldError::new(COUNT, "is given, but rule.trigger is \"table\"").into());
    }
    if !rule.instant.is_empty() {
        return Err(
            FieldError::new(INSTANT, "is given, but rule.trigger is \"table\", whose rows name instants").into()
        );
    }
    let field = |row: usize, name: &str| format!("{TABLE}[{row}].{name}");
    let mut rows = Vec::with_capacity(rule.table.len());
    for (at, row) in rule.table.iter().enumerate() {
        rows.push(TableRoll {
            from: peaktrade_wire::symbol(&row.from_symbol, &field(at, "from_symbol"))?,
            to: peaktrade_wire::symbol(&row.to_symbol, &field(at, "to_symbol"))?,
            roll_ts: peaktrade_wire::instant(row.roll_time, &field(at, "roll_time"))?,
        });
    }
    let table = RollTable::new(calendar, &rows).map_err(|error| {
        // Rows of the error count from 1, fields from 0; row 0 is the table itself.
        let field = error.row.checked_sub(1).map_or_else(|| TABLE.to_owned(), |row| format!("{TABLE}[{row}]"));
        match &error.problem {
            RollTableProblem::Roll(error) => refusal::of_roll(&field, error),
            problem => FieldError::new(&field, problem).into(),
        }
    })?;
    if table.root() != root {
        return Err(FieldError::new(TABLE, format!("is of root {}, the request is of {root}", table.root())).into());
    }
    Ok(table)
}
