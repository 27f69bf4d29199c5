//! The synthetic market in a store: imported, validated, built. Never into a store that holds other bars.

use peaktrade_domain::UnixNanos;
use peaktrade_market::{ContractBars, Market, write_ninjatrader};
use peaktrade_wire::dataset::v1 as dataset;

use crate::datasets;
use crate::documents::{ImportDocument, ValidationDocument};
use crate::failure::Failure;
use crate::output::Output;
use crate::services::{self, DatasetClient};
use crate::vendor_file::VendorFile;

/// Seed of the demo's market; another one would be another market with another run_id.
pub(crate) const SEED: u64 = 1;
/// Product root of the market.
pub(crate) const ROOT: &str = "NQ";

/// The market as it lies in a store.
pub(crate) struct DemoMarket {
    /// Imported files.
    pub(crate) imports: Vec<ImportDocument>,
    /// What validation found.
    pub(crate) validation: ValidationDocument,
    /// The back-adjusted series.
    pub(crate) dataset: dataset::Dataset,
}

/// Makes the market, imports its files, validates them and builds the back-adjusted series.
pub(crate) async fn load(client: &mut DatasetClient, output: Output) -> Result<DemoMarket, Failure> {
    let market = Market::demo(SEED);
    refuse_other_bars(client, &market).await?;
    let mut imports = Vec::new();
    for contract in &market.contracts {
        let file = write_ninjatrader(&market, contract);
        let header = dataset::ImportHeader {
            format: "ninjatrader".to_owned(),
            root: ROOT.to_owned(),
            file_name: file.name,
            ..Default::default()
        };
        let file = VendorFile::made(header, file.bytes);
        imports.push(datasets::import(client, file, output).await?);
    }
    let request = dataset::ValidateDatasetRequest { root: ROOT.to_owned(), ..Default::default() };
    let validation = datasets::validate(client, request, output).await?;
    if validation.errors() > 0 {
        return Err(Failure::Check(format!("the demo's bars have {} findings that are errors", validation.errors())));
    }
    let request = dataset::BuildContinuousRequest {
        root: ROOT.to_owned(),
        bar: "1m".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        ..Default::default()
    };
    let dataset = datasets::build(client, request, output).await?;
    Ok(DemoMarket { imports, validation, dataset })
}

/// Synthetic bars must never stand beside real ones: a series over both would be neither.
async fn refuse_other_bars(client: &mut DatasetClient, market: &Market) -> Result<(), Failure> {
    let request = dataset::ListContractBarsRequest { root: ROOT.to_owned() };
    let stored = services::call("listing stored bars", client.list_contract_bars(request)).await?.contracts;
    match stored.iter().find(|stored| !market.contracts.iter().any(|contract| is_same(stored, contract))) {
        None => Ok(()),
        Some(foreign) => Err(Failure::Input(format!(
            "the store holds {} bars of {} that are not the demo's; the demo needs a store of its own",
            foreign.rows, foreign.contract
        ))),
    }
}

fn is_same(stored: &dataset::ContractBars, contract: &ContractBars) -> bool {
    let time = |bar: Option<&peaktrade_market::TickBar>| bar.map(|bar| bar.open_time);
    let stored_time =
        |stamp: Option<prost_types::Timestamp>| -> Option<UnixNanos> { peaktrade_wire::instant(stamp, "time").ok() };
    stored.contract == contract.symbol.to_string()
        && stored.rows == contract.bars.len() as u64
        && stored_time(stored.first_time) == time(contract.bars.first())
        && stored_time(stored.last_time) == time(contract.bars.last())
}
