//! Rules of the products.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::Context;
use crate::calendar::CalendarFileError;
use crate::calendar::file;
use crate::{ContractRoot, ContractSpec, Price, TradeDate, Usd};

/// One root's terms in order of date, each with its place in the file.
type Terms = BTreeMap<ContractRoot, Vec<(ContractSpec, Range<usize>)>>;

/// Checks that every root's terms stand in order, are positive, and belong to a family whose weights equal the ratio of
/// the multipliers on every date. Returned in order of root and date.
pub(super) fn check(
    rows: Vec<Spanned<file::Product>>,
    context: &Context<'_>,
) -> Result<Vec<ContractSpec>, CalendarFileError> {
    let mut terms = Terms::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let source = context.source(&row.source, &span)?;
        for (key, text) in
            [("exchange", &row.exchange), ("currency", &row.currency), ("listing_rule", &row.listing_rule)]
        {
            context.check_text(key, text, &span)?;
        }
        if row.from.date() > *context.validity.end() {
            let problem = format!("terms of {} from {} begin after {}", row.root, row.from, context.validity.end());
            return Err(context.error(&span, problem));
        }
        let of_root = terms.entry(row.root).or_default();
        if let Some((before, _)) = of_root.last()
            && row.from <= before.effective_from
        {
            let problem = format!(
                "terms of {} from {} must begin after the root's terms before them ({})",
                row.root, row.from, before.effective_from
            );
            return Err(context.error(&span, problem));
        }
        if let Some((before, _)) = of_root.last() {
            check_money(&row, before).map_err(|problem| context.error(&span, problem))?;
        }
        let first_trade_date = of_root.first().map_or(row.from, |(first, _)| first.effective_from);
        let spec = check_terms(row, first_trade_date, source).map_err(|problem| context.error(&span, problem))?;
        of_root.push((spec, span));
    }
    for (spec, span) in terms.values().flatten() {
        check_family(spec, &terms).map_err(|problem| context.error(span, problem))?;
    }
    Ok(terms.into_values().flatten().map(|(spec, _)| spec).collect())
}

/// Positions, margins and P&L are booked by one multiplier and one tick per root: a file that changes them would price
/// contracts of the past by the terms of the future.
fn check_money(row: &file::Product, before: &ContractSpec) -> Result<(), String> {
    let is_same = (row.multiplier_usd, row.tick, &row.currency) == (before.multiplier, before.tick, &before.currency);
    if is_same {
        return Ok(());
    }
    Err(format!(
        "terms of {} from {} change multiplier, tick or currency, which must stay {}, {} and {}: money is booked by one \
         of each per root",
        row.root, row.from, before.multiplier, before.tick, before.currency
    ))
}

fn check_terms(row: file::Product, first_trade_date: TradeDate, source: String) -> Result<ContractSpec, String> {
    if row.multiplier_usd <= Usd::ZERO {
        return Err(format!("multiplier_usd {} must be above 0", row.multiplier_usd));
    }
    for (key, step) in [("tick", row.tick), ("spread_tick", row.spread_tick)] {
        if step <= Price::ZERO {
            return Err(format!("{key} {step} must be above 0"));
        }
    }
    if !row.tick.is_on_tick(row.spread_tick) {
        return Err(format!("tick {} must be a multiple of spread_tick {}", row.tick, row.spread_tick));
    }
    Ok(ContractSpec {
        root: row.root,
        exchange: row.exchange,
        currency: row.currency,
        multiplier: row.multiplier_usd,
        tick: row.tick,
        spread_tick: row.spread_tick,
        first_trade_date,
        effective_from: row.from,
        family_weight: row.family_weight,
        family: row.family,
        listing_rule: row.listing_rule,
        source,
        confidence: row.confidence,
        listing_confidence: row.listing_confidence.unwrap_or(row.confidence),
    })
}

/// Checks a root's terms against those of its family on the date on which they begin; where the family's terms change
/// later, its roots must have a row of that date.
fn check_family(spec: &ContractSpec, terms: &Terms) -> Result<(), String> {
    let Some(family) = terms.get(&spec.family) else {
        return Err(format!("family {} of {} is no root of the file", spec.family, spec.root));
    };
    let after = family.partition_point(|(row, _)| row.effective_from <= spec.effective_from);
    let Some((in_force, _)) = after.checked_sub(1).and_then(|at| family.get(at)) else {
        return Err(format!("family {} of {} is not listed on {}", spec.family, spec.root, spec.effective_from));
    };
    check_weight(spec, in_force)?;
    let own = &terms[&spec.root];
    let until = own.iter().map(|(row, _)| row.effective_from).find(|from| *from > spec.effective_from);
    let later = family[after..].iter().take_while(|(row, _)| until.is_none_or(|until| row.effective_from < until));
    later.map(|(row, _)| row).try_for_each(|row| check_weight(spec, row))
}

fn check_weight(spec: &ContractSpec, family: &ContractSpec) -> Result<(), String> {
    if family.family != family.root {
        return Err(format!("family {} of {} is itself of family {}", family.root, spec.root, family.family));
    }
    let (numerator, denominator) = spec.family_weight;
    let scaled_own = i128::from(spec.multiplier.micros()) * i128::from(denominator);
    let scaled_family = i128::from(family.multiplier.micros()) * i128::from(numerator);
    if denominator == 0 || scaled_own != scaled_family {
        return Err(format!(
            "family_weight [{numerator}, {denominator}] of {} is not its multiplier {} over the family's {}",
            spec.root, spec.multiplier, family.multiplier
        ));
    }
    Ok(())
}
