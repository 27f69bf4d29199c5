//! A build's request, checked field by field.

use peaktrade_continuous::{Adjustment, BarSize, DataTrigger, SpreadBand};
use peaktrade_domain::{ContractRoot, HoursFilter, RollPolicy, SpreadMethod};
use peaktrade_store::{ExplicitRoll, SeriesVariant};
use peaktrade_wire::dataset::v1::{BuildContinuousRequest, RollTableRow};
use peaktrade_wire::{FieldError, instant, symbol, trade_date};

/// Rows of an explicit roll table at most: a century of quarterly rolls.
const ROLL_TABLE_ROWS_MAX: usize = 400;

/// Contracts behind the front one at most: the exchange lists five quarters with trade in them.
const DEPTH_MAX: u32 = 4;

/// Ends the policy of a ratio series over medians: its factors follow the median, and those of earlier versions followed
/// the closes of the newest minute, so the two must not share a name.
pub(crate) const RATIO_BY_SPREAD: &str = "/ratio_by_spread";

/// What is to be built.
#[derive(Clone, Debug)]
pub(crate) struct BuildRequest {
    pub(crate) root: ContractRoot,
    pub(crate) bar: BarSize,
    /// Full or regular.
    pub(crate) hours: HoursFilter,
    /// Whether every price is rounded to the tick.
    pub(crate) is_snapped: bool,
    /// Contracts behind the front one.
    pub(crate) depth: u32,
    pub(crate) method: Adjustment,
    pub(crate) from: Option<peaktrade_domain::TradeDate>,
    pub(crate) to: Option<peaktrade_domain::TradeDate>,
    pub(crate) as_of: Option<peaktrade_domain::UnixNanos>,
    pub(crate) policy: RollPolicy,
    /// What decides the trade date instead of the policy's trigger, where the data do.
    pub(crate) data_trigger: Option<DataTrigger>,
    /// Which spreads are plausible.
    pub(crate) band: SpreadBand,
    /// Rolls by hand; empty where the policy schedules them.
    pub(crate) roll_table: Vec<ExplicitRoll>,
}

impl BuildRequest {
    /// Reads a request of a root that was admitted. What is not built is refused by its name.
    pub(crate) fn read(root: ContractRoot, request: &BuildContinuousRequest) -> Result<Self, FieldError> {
        let optional_date =
            |text: &str, field| if text.is_empty() { Ok(None) } else { trade_date(text, field).map(Some) };
        Ok(Self {
            root,
            bar: request.bar.parse().map_err(|error| FieldError::new("bar", error))?,
            hours: read_hours(&request.session)?,
            is_snapped: request.snap,
            depth: read_depth(request)?,
            method: request.method.parse().map_err(|error| FieldError::new("method", error))?,
            from: optional_date(&request.from, "from")?,
            to: optional_date(&request.to, "to")?,
            as_of: request.as_of.map(|as_of| instant(Some(as_of), "as_of")).transpose()?,
            policy: read_policy(request)?,
            data_trigger: read_data_trigger(request)?,
            band: read_band(request)?,
            roll_table: read_table(root, request)?,
        })
    }

    /// What the series has beyond the ordinary.
    pub(crate) fn variant(&self) -> SeriesVariant {
        SeriesVariant {
            snap: self.is_snapped,
            regular_hours: self.hours == HoursFilter::Regular,
            depth: u64::from(self.depth),
        }
    }

    /// The policy as it enters the identity of a dataset.
    pub(crate) fn policy_text(&self) -> String {
        let mut text = self.policy_without_revision();
        if self.method.is_ratio() && matches!(self.policy.spread, SpreadMethod::MedianCommon(_)) {
            text.push_str(RATIO_BY_SPREAD);
        }
        text
    }

    fn policy_without_revision(&self) -> String {
        if let Some(trigger) = &self.data_trigger {
            let RollPolicy { instant, spread, max_stale_session_minutes, .. } = self.policy;
            return format!("{trigger}@{instant}/{spread}/{max_stale_session_minutes}");
        }
        if self.roll_table.is_empty() {
            return self.policy.to_string();
        }
        format!("roll_table/{}/{}", self.policy.spread, self.policy.max_stale_session_minutes)
    }
}

fn read_hours(session: &str) -> Result<HoursFilter, FieldError> {
    match session {
        "" | "full" => Ok(HoursFilter::Full),
        "rth" => Ok(HoursFilter::Regular),
        _ => {
            let shown: String = session.chars().take(16).collect();
            Err(FieldError::new("session", format!("{shown:?} is not built; allowed: full, rth")))
        }
    }
}

fn read_depth(request: &BuildContinuousRequest) -> Result<u32, FieldError> {
    let depth = request.depth;
    if depth > 0 && DataTrigger::is_meant(&request.roll_trigger) {
        let problem = format!("{depth} beside a roll_trigger of the data is not built; allowed: 0");
        return Err(FieldError::new("depth", problem));
    }
    if depth <= DEPTH_MAX {
        return Ok(depth);
    }
    Err(FieldError::new("depth", format!("{depth} contracts behind the front one; at most {DEPTH_MAX} are allowed")))
}

fn read_policy(request: &BuildContinuousRequest) -> Result<RollPolicy, FieldError> {
    let mut policy = RollPolicy::STANDARD;
    if !request.roll_trigger.is_empty() && !DataTrigger::is_meant(&request.roll_trigger) {
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

fn read_data_trigger(request: &BuildContinuousRequest) -> Result<Option<DataTrigger>, FieldError> {
    if !DataTrigger::is_meant(&request.roll_trigger) {
        return Ok(None);
    }
    request.roll_trigger.parse().map(Some).map_err(|error| FieldError::new("roll_trigger", error))
}

fn read_band(request: &BuildContinuousRequest) -> Result<SpreadBand, FieldError> {
    const WHOLE: u32 = 10_000;
    let read = |given: Option<u32>, standard, field| match given {
        None => Ok(standard),
        Some(basis_points) if basis_points <= WHOLE => Ok(basis_points),
        Some(basis_points) => Err(FieldError::new(field, format!("{basis_points}; at most {WHOLE} are allowed"))),
    };
    let standard = SpreadBand::STANDARD;
    Ok(SpreadBand {
        price_basis_points: read(
            request.max_spread_basis_points,
            standard.price_basis_points,
            "max_spread_basis_points",
        )?,
        median_basis_points: read(
            request.max_median_basis_points,
            standard.median_basis_points,
            "max_median_basis_points",
        )?,
    })
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
            ("volume:1.50,2,1000", "10:00", "volume:1.5,2,1000@10:00/last_common/60"),
            (
                "open_interest:1,1,1|else:cme_lead",
                "",
                "open_interest:1,1,1|else:cme_lead@trade_date_open/last_common/60",
            ),
            ("first_day_of_month", "local_midnight", "first_day_of_month@local_midnight/last_common/60"),
        ] {
            assert_eq!(read(trigger, instant).unwrap().policy_text(), expected);
        }
        let policy = read("n_trade_dates_before:5", "10:00").unwrap().policy;
        assert_eq!((policy.trigger, policy.instant), (RollTrigger::TradeDatesBefore(5), RollInstant::LocalTime(600)));
    }

    #[test]
    fn a_ratio_over_medians_has_a_name_of_its_own_and_others_keep_theirs() {
        for (method, spread, expected) in [
            ("RATIO_ADJUST", "median_common_30", "median_common_30/60/ratio_by_spread"),
            ("FORWARD_RATIO_ADJUST", "median_common_5", "median_common_5/60/ratio_by_spread"),
            ("BACK_ADJUST", "median_common_30", "median_common_30/60"),
            ("RATIO_ADJUST", "settlement", "settlement/60"),
            ("RATIO_ADJUST", "", "last_common/60"),
        ] {
            let request = BuildContinuousRequest {
                root: "NQ".into(),
                bar: "1m".into(),
                method: method.into(),
                spread: spread.into(),
                ..BuildContinuousRequest::default()
            };
            let text = BuildRequest::read("NQ".parse().unwrap(), &request).unwrap().policy_text();
            assert_eq!(text, format!("monday_before_third_friday@trade_date_open/{expected}"));
        }
    }

    #[test]
    fn triggers_and_instants_that_are_not_built_are_refused_by_name() {
        for (trigger, instant, field, name) in [
            ("volume", "", "roll_trigger", "\"volume\""),
            ("open_interest:1,1", "", "roll_trigger", "\"open_interest:1,1\""),
            ("volume:1,1,1|else:noon", "", "roll_trigger", "\"noon\""),
            ("n_trade_dates_before:61", "", "roll_trigger", "\"n_trade_dates_before:61\""),
            ("", "25:00", "roll_instant", "\"25:00\""),
        ] {
            let error = read(trigger, instant).unwrap_err();
            assert!(error.contains(field) && error.contains(&format!("{name} is not built; allowed: ")), "{error}");
        }
    }
}
