//! Rules of the dated amounts: margins and fees.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::Context;
use crate::calendar::file;
use crate::calendar::{CalendarFileError, ContractSpec, ExchangeFeeRow, MarginRow};
use crate::{ContractRoot, TradeDate, Usd};

/// Checks that margins are those of the file's products, in order for each root, and above zero.
pub(super) fn check_margins(
    rows: Vec<Spanned<file::Margin>>,
    specs: &[ContractSpec],
    context: &Context<'_>,
) -> Result<BTreeMap<ContractRoot, Vec<MarginRow>>, CalendarFileError> {
    let mut margins: BTreeMap<ContractRoot, Vec<MarginRow>> = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let source = context.source(&row.source, &span)?;
        let of_root = margins.entry(row.root).or_default();
        let before = of_root.last().map(|row| row.effective_from);
        check_place("margin", row.root, row.from, before, specs, context, &span)?;
        let amounts = [Some(row.initial_usd), Some(row.maintenance_usd), row.day_usd];
        if amounts.into_iter().flatten().any(|amount| amount <= Usd::ZERO) {
            let problem = format!("margins of {} from {} must be above 0", row.root, row.from);
            return Err(context.error(&span, problem));
        }
        for (key, amount) in [("maintenance_usd", Some(row.maintenance_usd)), ("day_usd", row.day_usd)] {
            if let Some(amount) = amount.filter(|amount| *amount > row.initial_usd) {
                let problem = format!("{key} {amount} lies above initial_usd {}", row.initial_usd);
                return Err(context.error(&span, problem));
            }
        }
        of_root.push(MarginRow {
            effective_from: row.from,
            initial: row.initial_usd,
            maintenance: row.maintenance_usd,
            day: row.day_usd,
            source,
            confidence: row.confidence,
        });
    }
    Ok(margins)
}

/// Checks that fees are those of the file's products, in order for each root, and not below zero.
pub(super) fn check_fees(
    rows: Vec<Spanned<file::ExchangeFee>>,
    specs: &[ContractSpec],
    context: &Context<'_>,
) -> Result<BTreeMap<ContractRoot, Vec<ExchangeFeeRow>>, CalendarFileError> {
    let mut fees: BTreeMap<ContractRoot, Vec<ExchangeFeeRow>> = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let source = context.source(&row.source, &span)?;
        let of_root = fees.entry(row.root).or_default();
        let before = of_root.last().map(|row| row.effective_from);
        check_place("fee", row.root, row.from, before, specs, context, &span)?;
        if row.exchange_usd < Usd::ZERO || row.nfa_usd < Usd::ZERO {
            let problem = format!("fees of {} from {} must not lie below 0", row.root, row.from);
            return Err(context.error(&span, problem));
        }
        of_root.push(ExchangeFeeRow {
            effective_from: row.from,
            exchange: row.exchange_usd,
            nfa: row.nfa_usd,
            source,
            confidence: row.confidence,
        });
    }
    Ok(fees)
}

/// Checks the root of a row, and that its date lies in the product's life and after the root's row before it.
fn check_place(
    what: &str,
    root: ContractRoot,
    from: TradeDate,
    before: Option<TradeDate>,
    specs: &[ContractSpec],
    context: &Context<'_>,
    span: &Range<usize>,
) -> Result<(), CalendarFileError> {
    let at = specs.partition_point(|spec| spec.root < root);
    let Some(spec) = specs.get(at).filter(|spec| spec.root == root) else {
        return Err(context.error(span, format!("{what} root {root} is no product of the file")));
    };
    let valid_to = context.validity.end();
    if from < spec.first_trade_date || from.date() > *valid_to {
        let problem = format!(
            "{what} of {root} from {from} lies outside the product's life, {} to {valid_to}",
            spec.first_trade_date
        );
        return Err(context.error(span, problem));
    }
    match before {
        Some(before) if from <= before => {
            let problem = format!("{what} of {root} from {from} must begin after the root's row before it ({before})");
            Err(context.error(span, problem))
        }
        Some(_) | None => Ok(()),
    }
}
