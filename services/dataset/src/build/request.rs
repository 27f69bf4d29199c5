//! A build's request, checked field by field.

use peaktrade_continuous::Adjustment;
use peaktrade_domain::{ContractRoot, RollPolicy};
use peaktrade_store::ExplicitRoll;
use peaktrade_wire::dataset::v1::{BuildContinuousRequest, RollTableRow};
use peaktrade_wire::{FieldError, instant, symbol, trade_date};

use crate::series::BAR;

/// Rows of an explicit roll table at most: a century of quarterly rolls.
const ROLL_TABLE_ROWS_MAX: usize = 400;

/// What is to be built.
#[derive(Clone, Debug)]
pub(crate) struct BuildRequest {
    pub(crate) root: ContractRoot,
    pub(crate) method: Adjustment,
    pub(crate) from: Option<peaktrade_domain::TradeDate>,
    pub(crate) to: Option<peaktrade_domain::TradeDate>,
    pub(crate) as_of: Option<peaktrade_domain::UnixNanos>,
    pub(crate) policy: RollPolicy,
    /// Rolls by hand; empty where the policy schedules them.
    pub(crate) roll_table: Vec<ExplicitRoll>,
}

impl BuildRequest {
    /// Reads a request of a root that was admitted. What is not built is refused by its name.
    pub(crate) fn read(root: ContractRoot, request: &BuildContinuousRequest) -> Result<Self, FieldError> {
        if request.bar != BAR {
            let bar: String = request.bar.chars().take(16).collect();
            return Err(FieldError::new("bar", format!("{bar:?} is not built; allowed: {BAR}")));
        }
        let optional_date =
            |text: &str, field| if text.is_empty() { Ok(None) } else { trade_date(text, field).map(Some) };
        Ok(Self {
            root,
            method: request.method.parse().map_err(|error| FieldError::new("method", error))?,
            from: optional_date(&request.from, "from")?,
            to: optional_date(&request.to, "to")?,
            as_of: request.as_of.map(|as_of| instant(Some(as_of), "as_of")).transpose()?,
            policy: read_policy(request)?,
            roll_table: read_table(root, request)?,
        })
    }

    /// The policy as it enters the identity of a dataset.
    pub(crate) fn policy_text(&self) -> String {
        if self.roll_table.is_empty() {
            return self.policy.to_string();
        }
        format!("roll_table/{}/{}", self.policy.spread.name(), self.policy.max_stale_session_minutes)
    }
}

fn read_policy(request: &BuildContinuousRequest) -> Result<RollPolicy, FieldError> {
    let mut policy = RollPolicy::STANDARD;
    if !request.roll_trigger.is_empty() {
        policy.trigger = request.roll_trigger.parse().map_err(|error| FieldError::new("roll_trigger", error))?;
    }
    if !request.roll_instant.is_empty() {
        policy.instant = request.roll_instant.parse().map_err(|error| FieldError::new("roll_instant", error))?;
    }
    if !request.spread.is_empty() {
        policy.spread = request.spread.parse().map_err(|error| FieldError::new("spread", error))?;
    }
    if let Some(minutes) = request.max_stale_session_minutes {
        policy.max_stale_session_minutes = minutes;
    }
    Ok(policy)
}

fn read_table(root: ContractRoot, request: &BuildContinuousRequest) -> Result<Vec<ExplicitRoll>, FieldError> {
    let rows = &request.roll_table;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    if !request.roll_trigger.is_empty() || !request.roll_instant.is_empty() {
        return Err(FieldError::new("roll_table", "given together with roll_trigger or roll_instant; one is allowed"));
    }
    if rows.len() > ROLL_TABLE_ROWS_MAX {
        return Err(FieldError::new("roll_table", format!("{} rows; {ROLL_TABLE_ROWS_MAX} are allowed", rows.len())));
    }
    let rolls = rows.iter().enumerate().map(|(at, row)| read_row(root, at, row)).collect::<Result<Vec<_>, _>>()?;
    for (at, pair) in rolls.windows(2).enumerate() {
        let field = format!("roll_table[{}]", at + 1);
        if pair[0].to_symbol != pair[1].from_symbol {
            let problem =
                format!("leads out of {}, the row before leads into {}", pair[1].from_symbol, pair[0].to_symbol);
            return Err(FieldError::new(&field, problem));
        }
        if pair[0].roll_ts >= pair[1].roll_ts {
            let problem = format!("{} does not come after {}", pair[1].roll_ts, pair[0].roll_ts);
            return Err(FieldError::new(&field, problem));
        }
    }
    Ok(rolls)
}

fn read_row(root: ContractRoot, at: usize, row: &RollTableRow) -> Result<ExplicitRoll, FieldError> {
    let field = |name: &str| format!("roll_table[{at}].{name}");
    let contract = |text: &str, name: &str| {
        let contract = symbol(text, &field(name))?;
        if contract.root() == root {
            Ok(contract)
        } else {
            Err(FieldError::new(&field(name), format!("{contract} is not of root {root}")))
        }
    };
    let (from_symbol, to_symbol) = (contract(&row.from_symbol, "from_symbol")?, contract(&row.to_symbol, "to_symbol")?);
    if from_symbol >= to_symbol {
        let problem = format!("{to_symbol} does not expire after {from_symbol}");
        return Err(FieldError::new(&field("to_symbol"), problem));
    }
    let roll_ts = instant(row.roll_ts, &field("roll_ts"))?;
    if !roll_ts.is_whole_minute() {
        return Err(FieldError::new(&field("roll_ts"), format!("{roll_ts} is not a whole minute")));
    }
    Ok(ExplicitRoll { from_symbol, to_symbol, roll_ts })
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::{RollInstant, RollTrigger};
    use peaktrade_wire::dataset::v1::BuildContinuousRequest;

    use super::BuildRequest;

    fn read(roll_trigger: &str, roll_instant: &str) -> Result<BuildRequest, String> {
        let request = BuildContinuousRequest {
            root: "NQ".into(),
            bar: "1m".into(),
            method: "BACK_ADJUST".into(),
            roll_trigger: roll_trigger.into(),
            roll_instant: roll_instant.into(),
            ..BuildContinuousRequest::default()
        };
        BuildRequest::read("NQ".parse().unwrap(), &request).map_err(|error| error.to_string())
    }

    #[test]
    fn the_policy_of_a_request_is_named_in_the_identity_of_its_dataset() {
        for (trigger, instant, expected) in [
            ("", "", "monday_before_third_friday@trade_date_open/last_common/60"),
            ("cme_lead", "", "cme_lead@trade_date_open/last_common/60"),
            ("n_trade_dates_before:5", "10:00", "n_trade_dates_before:5@10:00/last_common/60"),
            ("last_trade_day", "08:00", "last_trade_day@08:00/last_common/60"),
            ("first_day_of_month", "local_midnight", "first_day_of_month@local_midnight/last_common/60"),
        ] {
            assert_eq!(read(trigger, instant).unwrap().policy_text(), expected);
        }
        let policy = read("n_trade_dates_before:5", "10:00").unwrap().policy;
        assert_eq!((policy.trigger, policy.instant), (RollTrigger::TradeDatesBefore(5), RollInstant::LocalTime(600)));
    }

    #[test]
    fn triggers_and_instants_that_are_not_built_are_refused_by_name() {
        for (trigger, instant, field, name) in [
            ("volume", "", "roll_trigger", "\"volume\""),
            ("open_interest", "", "roll_trigger", "\"open_interest\""),
            ("n_trade_dates_before:61", "", "roll_trigger", "\"n_trade_dates_before:61\""),
            ("", "25:00", "roll_instant", "\"25:00\""),
        ] {
            let error = read(trigger, instant).unwrap_err();
            assert!(error.contains(field) && error.contains(&format!("{name} is not built; allowed: ")), "{error}");
        }
    }
}
