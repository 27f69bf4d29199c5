//! `peakctl rolls schedule` and `peakctl rolls active`: what a policy plans, before any bar is read.

use peaktrade_domain::UnixNanos;
use peaktrade_wire::calendar::v1::{GetActiveContractRequest, GetRollScheduleRequest, RollRule, TableRoll};
use serde::Serialize;

use crate::calendar_documents::PlannedRollDocument;
use crate::calendar_service;
use crate::chicago;
use crate::cli::{ActiveArgs, RollRuleArgs, ScheduleArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::table;
use crate::verbs::build::read_roll_table;
use crate::verbs::calendar::{date, instant, root};

/// Name of the trigger that takes its rolls from a table.
const TABLE_TRIGGER: &str = "table";
/// Name of the trigger that counts trade dates.
const COUNT_TRIGGER: &str = "n_trade_dates_before";

/// Rolls that a policy plans.
#[derive(Debug, Serialize)]
struct Schedule {
    root: String,
    policy: String,
    rolls: Vec<PlannedRollDocument>,
    warnings: Vec<String>,
}

/// The contract of an instant.
#[derive(Debug, Serialize)]
struct Active {
    root: String,
    at: UnixNanos,
    depth: u32,
    symbol: String,
    last_roll: Option<PlannedRollDocument>,
    next_roll: Option<PlannedRollDocument>,
    explanation: String,
    warnings: Vec<String>,
}

/// Lists planned rolls.
pub(super) async fn schedule(context: &Context<'_>, arguments: ScheduleArgs) -> Result<(), Failure> {
    let (from, to) = (date("--from", &arguments.from)?, date("--to", &arguments.to)?);
    let rule = rule(&arguments.rule)?;
    let root = root(arguments.root)?;
    let answer = calendar_service::ask(context, async |client| {
        let request = GetRollScheduleRequest { root: root.clone(), from: from.to_string(), to: to.to_string(), rule };
        calendar_service::call(&format!("scheduling rolls of {root}"), client.get_roll_schedule(request)).await
    })
    .await?;
    let rolls = answer.rolls.iter().map(PlannedRollDocument::new).collect::<Result<_, _>>()?;
    let schedule = Schedule { root, policy: answer.policy, rolls, warnings: answer.warnings };
    calendar_service::warn(context.output, &schedule.warnings);
    context.output.result(&schedule, &schedule.page(arguments.explain))
}

/// Says which contract is active.
pub(super) async fn active(context: &Context<'_>, arguments: ActiveArgs) -> Result<(), Failure> {
    let at = instant("--at", &arguments.at)?;
    let rule = rule(&arguments.rule)?;
    let (root, depth) = (root(arguments.root)?, arguments.depth);
    let answer = calendar_service::ask(context, async |client| {
        let request =
            GetActiveContractRequest { root: root.clone(), time: Some(peaktrade_wire::timestamp(at)), rule, depth };
        let action = format!("asking for the active contract of {root} at {at}");
        calendar_service::call(&action, client.get_active_contract(request)).await
    })
    .await?;
    let active = Active {
        root,
        at,
        depth,
        symbol: answer.symbol,
        last_roll: answer.last_roll.as_ref().map(PlannedRollDocument::new).transpose()?,
        next_roll: answer.next_roll.as_ref().map(PlannedRollDocument::new).transpose()?,
        explanation: answer.explanation,
        warnings: answer.warnings,
    };
    calendar_service::warn(context.output, &active.warnings);
    context.output.result(&active, &active.page())
}

/// The rule that the flags describe; `None` is the default policy.
fn rule(arguments: &RollRuleArgs) -> Result<Option<RollRule>, Failure> {
    let RollRuleArgs { roll_trigger, trade_dates_before, roll_instant, roll_table } = arguments;
    if let Some(path) = roll_table {
        let table = read_roll_table(path)?.into_iter().map(|row| TableRoll {
            from_symbol: row.from_symbol,
            to_symbol: row.to_symbol,
            roll_time: row.roll_ts,
        });
        let trigger = TABLE_TRIGGER.to_owned();
        return Ok(Some(RollRule { trigger, table: table.collect(), ..RollRule::default() }));
    }
    let (roll_trigger, trade_dates_before) = counted(roll_trigger.as_deref(), *trade_dates_before)?;
    if roll_trigger.is_none() && roll_instant.is_none() {
        return Ok(None);
    }
    Ok(Some(RollRule {
        trigger: roll_trigger.unwrap_or_default().to_owned(),
        trade_dates_before: trade_dates_before.unwrap_or_default(),
        instant: roll_instant.clone().unwrap_or_default(),
        table: Vec::new(),
    }))
}

/// A trigger and its count, which may stand behind it as in the names of stored policies.
fn counted(trigger: Option<&str>, trade_dates_before: Option<u32>) -> Result<(Option<&str>, Option<u32>), Failure> {
    let refused = |problem: &str| Failure::Usage(format!("--roll-trigger {}: {problem}", trigger.unwrap_or_default()));
    let count = trigger.and_then(|trigger| trigger.strip_prefix(COUNT_TRIGGER)?.strip_prefix(':'));
    match (count, trade_dates_before) {
        (Some(_), Some(_)) => Err(refused("counts already; leave out --trade-dates-before")),
        (Some(count), None) => {
            let count = count.parse().map_err(|_| refused("the count is not a number from 1 to 60"))?;
            Ok((Some(COUNT_TRIGGER), Some(count)))
        }
        (None, None) if trigger == Some(COUNT_TRIGGER) => {
            Err(refused("give the trade dates as :N behind it or by --trade-dates-before N, 1 to 60"))
        }
        (None, _) => Ok((trigger, trade_dates_before)),
    }
}

impl Schedule {
    fn page(&self, is_explained: bool) -> String {
        let mut text = format!("policy {}\n\n", self.policy);
        if self.rolls.is_empty() {
            return text + "no roll in the range\n";
        }
        let row = |roll: &PlannedRollDocument| {
            vec![
                format!("{} -> {}", roll.from_symbol, roll.to_symbol),
                chicago::day(roll.trade_date),
                chicago::weekday_clock(roll.roll_time),
                roll.roll_time.to_string(),
            ]
        };
        let rows: Vec<Vec<String>> = self.rolls.iter().map(row).collect();
        text.push_str(&table::layout(&["roll", "trade date", "Chicago", "effective, UTC"], &rows));
        for roll in self.rolls.iter().filter(|_| is_explained) {
            text.push_str(&format!("\n{} -> {}\n", roll.from_symbol, roll.to_symbol));
            text.push_str(&indented(&roll.explanation));
        }
        text
    }
}

impl Active {
    fn page(&self) -> String {
        let place = match self.depth {
            0 => "the front contract".to_owned(),
            depth => format!("{depth} after the front contract"),
        };
        let roll = |roll: &Option<PlannedRollDocument>| match roll {
            Some(roll) => format!(
                "{} -> {}, {} ({})",
                roll.from_symbol,
                roll.to_symbol,
                chicago::stamp(roll.roll_time),
                roll.roll_time
            ),
            None => "not answered by this calendar".to_owned(),
        };
        let mut text = format!("{}, {place} of {}\n\n", self.symbol, self.root);
        text.push_str(&table::facts(&[
            ("at", format!("{} ({})", chicago::stamp(self.at), self.at)),
            ("last roll", roll(&self.last_roll)),
            ("next roll", roll(&self.next_roll)),
            ("why", self.explanation.clone()),
        ]));
        text
    }
}

fn indented(text: &str) -> String {
    let lines = text.lines().flat_map(|line| table::wrap(line, table::PAGE_WIDTH - 2));
    lines.map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::rule;
    use crate::cli::RollRuleArgs;

    #[test]
    fn a_rule_is_sent_only_where_a_flag_asks_for_one() {
        assert_eq!(rule(&RollRuleArgs::default()).unwrap(), None);
        let arguments = RollRuleArgs {
            roll_trigger: Some("n_trade_dates_before".to_owned()),
            trade_dates_before: Some(5),
            roll_instant: Some("10:00".to_owned()),
            roll_table: None,
        };
        let sent = rule(&arguments).unwrap().unwrap();
        assert_eq!(
            (sent.trigger.as_str(), sent.trade_dates_before, sent.instant.as_str()),
            ("n_trade_dates_before", 5, "10:00")
        );
        let named = RollRuleArgs {
            roll_trigger: Some("n_trade_dates_before:5".to_owned()),
            trade_dates_before: None,
            roll_instant: Some("10:00".to_owned()),
            roll_table: None,
        };
        assert_eq!(rule(&named).unwrap().unwrap(), sent, "the name that build takes");
        let twice = rule(&RollRuleArgs { trade_dates_before: Some(5), ..named }).unwrap_err();
        assert!(twice.exit_code() == 2 && twice.to_string().contains("counts already"), "{twice}");
        let trigger = Some("n_trade_dates_before:five".to_owned());
        let worded = rule(&RollRuleArgs { roll_trigger: trigger, ..RollRuleArgs::default() }).unwrap_err();
        assert!(worded.exit_code() == 2 && worded.to_string().contains("a number from 1 to 60"), "{worded}");
        let uncounted = RollRuleArgs { trade_dates_before: None, ..arguments };
        let refused = rule(&uncounted).unwrap_err();
        assert!(refused.to_string().contains("by --trade-dates-before N"), "{refused}");
        let missing = RollRuleArgs { roll_table: Some("/nonexistent/rolls.json".into()), ..RollRuleArgs::default() };
        assert_eq!(rule(&missing).unwrap_err().exit_code(), 65);
    }
}
