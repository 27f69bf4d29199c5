//! ImportSettlements and ListSettlements: settlement prices and open interest, beside the bars.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use peaktrade_continuous::DailyFact;
use peaktrade_domain::Sha256;
use peaktrade_store::{
    FactFate, ImportError, ImportedSettlements, SettlementFormat, SettlementManifest, import_settlements,
};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::import_bars_request::Part;
use peaktrade_wire::{FieldError, symbol, timestamp};
use tonic::Status;
use tracing::Instrument as _;

use crate::import::{self, caller::Caller};
use crate::library::Library;
use crate::status;

/// Takes the stream to its end, then imports it.
pub(crate) async fn run(
    library: &Arc<Library>,
    requests: impl Stream<Item = Result<wire::ImportSettlementsRequest, Status>> + Unpin,
) -> Result<wire::ImportSettlementsResponse, Status> {
    let mut requests = requests.map(|request| request.map(as_bars));
    let header = import::header(&mut requests).await?;
    let root = library.admit(&header.root)?;
    let format = SettlementFormat::parse(&header.format).map_err(|error| status::of_import(&error))?;
    let file_name = header.file_name;
    import::check_file_name(&file_name)?;
    let supersede = import::read_supersede(&header.supersede)?;
    let spooling = import::spool_permit(library)?;
    let (spool, file_sha256) = import::receive(library, requests).await?;
    let turn = library.heavy_work.turn().await?;
    let calendar = library.calendar.clone();
    let (caller, spool) = Caller::heard(spool);
    // The permits go with the work: the reading of a file ends at its next bytes where its caller left, not at once.
    let (imported, turn) = import::in_background(move || {
        let imported = import_settlements(spool, format, root, &calendar);
        drop(spooling);
        (imported, turn)
    })
    .await?;
    let fault = caller.fault();
    drop(caller);
    let imported = imported.map_err(|error: ImportError| fault.unwrap_or_else(|| status::of_import(&error)))?;
    // From here on a caller that leaves changes nothing: all contracts of its file are published, or none.
    let library = Arc::clone(library);
    let publishing = async move {
        let _turn = turn;
        publish(&library, &imported, &file_name, file_sha256, &supersede).await
    };
    let published = tokio::spawn(publishing.in_current_span()).await;
    published.map_err(|error| Status::internal(format!("publishing stopped: {error}")))?
}

/// Publishes a file that was read.
async fn publish(
    library: &Library,
    imported: &ImportedSettlements,
    file_name: &str,
    file_sha256: Sha256,
    supersede: &[Sha256],
) -> Result<wire::ImportSettlementsResponse, Status> {
    let published = library.store.publish_settlements(imported, file_name, file_sha256, supersede).await;
    let published = published.map_err(|error| status::of_store(&error))?;
    let already_present = published.iter().all(|published| published.already_present);
    tracing::info!(
        contracts = imported.contracts.len(),
        format = imported.format,
        file_name,
        %file_sha256,
        rows = %imported.dispositions,
        already_present,
        "settlements imported"
    );
    let counts = &imported.dispositions;
    let disposition =
        |fate: FactFate| wire::SettlementDisposition { kind: fate.name().to_owned(), rows: counts.of(fate) };
    Ok(wire::ImportSettlementsResponse {
        file_sha256: file_sha256.to_string(),
        rows_in: counts.rows_in(),
        dispositions: FactFate::ALL.into_iter().map(disposition).collect(),
        already_present,
        contracts: published.iter().map(|published| of_contract(&published.manifest, &[])).collect(),
    })
}

/// What is stored of a root, with the facts of one contract where it is named.
pub(crate) async fn list(
    library: &Library,
    request: &wire::ListSettlementsRequest,
) -> Result<wire::ListSettlementsResponse, Status> {
    let root = library.admit(&request.root)?;
    let failed = |error| status::of_store(&error);
    if request.contract.is_empty() {
        let stored = library.store.settlements(root).await.map_err(failed)?;
        let contracts = stored.iter().map(|manifest| of_contract(manifest, &[])).collect();
        return Ok(wire::ListSettlementsResponse { contracts });
    }
    let contract = symbol(&request.contract, "contract")?;
    if contract.root() != root {
        return Err(FieldError::new("contract", format!("{contract} is not of root {root}")).into());
    }
    let stored = library.store.settlements_of(contract).await.map_err(failed)?;
    let manifest = stored.ok_or_else(|| Status::not_found(format!("no settlements of {contract} are stored")))?;
    let facts = library.store.read_settlements(&manifest).await.map_err(failed)?;
    Ok(wire::ListSettlementsResponse { contracts: vec![of_contract(&manifest, &facts)] })
}

/// The same message in the words of an import of bars, so that both are received in one place.
fn as_bars(request: wire::ImportSettlementsRequest) -> wire::ImportBarsRequest {
    use wire::import_settlements_request::Part as Of;
    let part = request.part.map(|part| match part {
        Of::Header(wire::SettlementsHeader { format, root, file_name, supersede }) => {
            Part::Header(wire::ImportHeader { format, root, file_name, supersede, ..wire::ImportHeader::default() })
        }
        Of::Chunk(chunk) => Part::Chunk(chunk),
    });
    wire::ImportBarsRequest { part }
}

fn of_contract(manifest: &SettlementManifest, facts: &[DailyFact]) -> wire::ContractSettlements {
    wire::ContractSettlements {
        contract: manifest.contract.to_string(),
        content_sha256: manifest.content_sha256.to_string(),
        settlements: manifest.settlements,
        open_interests: manifest.open_interests,
        first_trade_date: manifest.first_trade_date.to_string(),
        last_trade_date: manifest.last_trade_date.to_string(),
        source_sha256: manifest.sources.iter().map(|source| source.sha256.to_string()).collect(),
        facts: facts.iter().map(fact).collect(),
    }
}

fn fact(fact: &DailyFact) -> wire::DailyFact {
    wire::DailyFact {
        trade_date: fact.trade_date.to_string(),
        settlement: fact.settlement.map(|known| known.value.to_string()).unwrap_or_default(),
        settlement_known_at: fact.settlement.map(|known| timestamp(known.known_at)),
        open_interest: fact.open_interest.map(|known| known.value),
        open_interest_known_at: fact.open_interest.map(|known| timestamp(known.known_at)),
    }
}
