//! Rules of the products.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Sources;
use crate::calendar::CalendarFileError;
use crate::calendar::file::{self, Lines};
use crate::{ContractSpec, Price, Usd};

/// Checks that every root stands once, with positive terms, in a family whose weights equal the multipliers' ratio.
/// Returned in order of root.
pub(super) fn check(
    rows: Vec<Spanned<file::Product>>,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<Vec<ContractSpec>, CalendarFileError> {
    let mut specs = BTreeMap::new();
    let mut spans = BTreeMap::new();
    for row in rows {
        let span = row.span();
        sources.check(&row.get_ref().source, &span, lines)?;
        let spec = check_terms(row.into_inner()).map_err(|problem| lines.error(&span, problem))?;
        let root = spec.root;
        spans.insert(root, span.clone());
        if specs.insert(root, spec).is_some() {
            return Err(lines.error(&span, format!("root {root} stands twice")));
        }
    }
    for spec in specs.values() {
        check_family(spec, specs.get(&spec.family)).map_err(|problem| lines.error(&spans[&spec.root], problem))?;
    }
    Ok(specs.into_values().collect())
}

fn check_terms(row: file::Product) -> Result<ContractSpec, String> {
    if row.multiplier_usd <= Usd::ZERO {
        return Err(format!("multiplier_usd {} must be above 0", row.multiplier_usd));
    }
    for (key, step) in [("tick", row.tick), ("spread_tick", row.spread_tick)] {
        if step <= Price::ZERO {
            return Err(format!("{key} {step} must be above 0"));
        }
    }
    Ok(ContractSpec {
        root: row.root,
        exchange: row.exchange,
        currency: row.currency,
        multiplier: row.multiplier_usd,
        tick: row.tick,
        spread_tick: row.spread_tick,
        first_trade_date: row.first_trade_date,
        family_weight: row.family_weight,
        family: row.family,
    })
}

fn check_family(spec: &ContractSpec, family: Option<&ContractSpec>) -> Result<(), String> {
    let Some(family) = family else {
        return Err(format!("family {} of {} is no root of the file", spec.family, spec.root));
    };
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
