//! Stored documents as the messages of the proto.

use peaktrade_domain::Price;
use peaktrade_store::{ContractManifest, DatasetManifest, Disposition, RollRecord};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::timestamp;

use crate::import::Imported;

/// What became of an imported file.
pub(crate) fn import_answer(imported: &Imported) -> wire::ImportBarsResponse {
    let counts = &imported.file.dispositions;
    let at = |ts: Option<&i64>| ts.map(|ts| timestamp(peaktrade_domain::UnixNanos::from_nanos(*ts)));
    let of_contracts = &imported.file.contracts;
    let contracts: Vec<_> = of_contracts
        .iter()
        .zip(&imported.published)
        .map(|(of_contract, published)| wire::ImportedContract {
            contract: of_contract.contract.to_string(),
            bars: of_contract.bars.len() as u64,
            first_time: at(of_contract.bars.ts.first()),
            last_time: at(of_contract.bars.ts.last()),
            already_present: published.already_present,
            rows_added: published.rows_added,
            rows_removed: published.rows_removed,
        })
        .collect();
    let contract = match &contracts[..] {
        [only] => only.contract.clone(),
        _ => String::new(),
    };
    wire::ImportBarsResponse {
        contract,
        file_sha256: imported.file_sha256.to_string(),
        rows_in: counts.rows_in(),
        dispositions: Disposition::ALL
            .iter()
            .map(|kind| wire::Disposition { kind: kind.name().to_owned(), rows: counts.of(*kind) })
            .collect(),
        first_time: at(of_contracts.iter().filter_map(|of_contract| of_contract.bars.ts.first()).min()),
        last_time: at(of_contracts.iter().filter_map(|of_contract| of_contract.bars.ts.last()).max()),
        already_present: imported.published.iter().all(|published| published.already_present),
        contracts,
    }
}

/// A dataset.
pub(crate) fn dataset(manifest: &DatasetManifest) -> wire::Dataset {
    let inputs = &manifest.inputs;
    wire::Dataset {
        dataset_id: manifest.dataset_id.to_string(),
        content_sha256: manifest.content_sha256.to_string(),
        root: inputs.root.to_string(),
        bar: inputs.bar.clone(),
        method: inputs.method.clone(),
        from: inputs.from.to_string(),
        to: inputs.to.to_string(),
        as_of: Some(timestamp(inputs.as_of)),
        rows_in: manifest.rows_in,
        rows_out: manifest.rows_out,
        gaps_detected: manifest.gaps_detected,
        duplicates_removed: manifest.duplicates_removed,
        rolls: manifest.rolls.iter().map(roll).collect(),
        calendar_sha256: inputs.calendar_sha256.to_string(),
        roll_policy: inputs.roll_policy.clone(),
        contracts: inputs.contracts.iter().map(|input| input.contract.to_string()).collect(),
        source_sha256: manifest.sources.iter().map(ToString::to_string).collect(),
        first_time: Some(timestamp(manifest.first_time)),
        last_time: Some(timestamp(manifest.last_time)),
        rows_inactive: manifest.rows_inactive,
        settlements: inputs
            .settlements
            .iter()
            .map(|input| wire::SettlementInput {
                contract: input.contract.to_string(),
                content_sha256: input.content_sha256.to_string(),
            })
            .collect(),
        nonpositive_rows: manifest.nonpositive_rows,
        first_nonpositive_time: manifest.first_nonpositive_time.map(timestamp),
        snap: inputs.variant.snap,
        session: if inputs.variant.regular_hours { "rth" } else { "full" }.to_owned(),
        depth: u32::try_from(inputs.variant.depth).unwrap_or(u32::MAX),
        minutes_taken: manifest.minutes_taken(),
        minutes_outside_session: manifest.minutes_outside_session,
        minutes_unfinished: manifest.minutes_unfinished,
    }
}

/// A roll.
pub(crate) fn roll(record: &RollRecord) -> wire::Roll {
    let minutes = record.common_minutes.as_ref();
    let text = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
    wire::Roll {
        from_symbol: record.from_symbol.to_string(),
        to_symbol: record.to_symbol.to_string(),
        roll_ts: Some(timestamp(record.roll_ts)),
        trade_date: record.trade_date.to_string(),
        spread: record.spread.to_string(),
        spread_time: Some(timestamp(record.spread_time)),
        from_price: record.from_price.to_string(),
        to_price: record.to_price.to_string(),
        from_volume: record.from_volume,
        to_volume: record.to_volume,
        method: record.method.clone(),
        runner_up_median_30: text(minutes.map(|minutes| minutes.median)),
        spread_min: text(minutes.map(|minutes| minutes.min)),
        spread_max: text(minutes.map(|minutes| minutes.max)),
        stale_session_minutes: record.stale_session_minutes,
        cumulative_adjustment: record.cumulative_adjustment.to_string(),
        cumulative_factor: record.cumulative_factor.clone().unwrap_or_default(),
        to_time: Some(timestamp(record.to_time.unwrap_or(record.spread_time))),
        // The rest of the evidence is computed where it is asked for.
        ..wire::Roll::default()
    }
}

/// The stored bars of a contract.
pub(crate) fn contract_bars(manifest: &ContractManifest) -> wire::ContractBars {
    wire::ContractBars {
        contract: manifest.contract.to_string(),
        rows: manifest.rows,
        first_time: Some(timestamp(manifest.first_time)),
        last_time: Some(timestamp(manifest.last_time)),
    }
}
