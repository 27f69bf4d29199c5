//! The same for files of several contracts, of bars and of settlements: a kill may come between two contracts, each of them
//! is whole then, and the same file again completes them.

use std::path::Path;

use peaktrade_domain::UnixNanos;
use peaktrade_store::BarStore;
use peaktrade_wire::dataset::v1 as wire;

use super::{Chance, Killed, ROUNDS_OF_STORE, Tally, connect, import, rounds};
use crate::server::{Server, serve_calendar, tree};

const CONTRACTS: [&str; 3] = ["NQM5", "NQU5", "NQZ5"];

fn day(round: u64) -> u64 {
    [1, 2, 3, 4, 7][usize::try_from(round / 2 % (ROUNDS_OF_STORE / 2)).unwrap()]
}

/// Bars of a day in Databento's CSV, minute by minute.
fn bars(round: u64) -> String {
    let mut text = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n".to_owned();
    let from: UnixNanos = format!("2025-04-{:02}T14:00:00Z", day(round)).parse().unwrap();
    for minute in 0..240 {
        let ts = from.nanos() + minute * UnixNanos::MINUTE;
        for (id, symbol) in (1..).zip(CONTRACTS) {
            let price = "20000000000000";
            text += &format!("{ts},33,1,{id},{price},{price},{price},{price},{},{symbol}\n", minute + 1);
        }
    }
    text
}

fn settlements(round: u64) -> String {
    let line = |symbol| format!("{symbol},2025-04-{:02},20000,100\n", day(round));
    let lines: String = ["NQM2025", "NQU2025", "NQZ2025"].map(line).concat();
    format!("contract,trade_date,settlement,open_interest\n{lines}")
}

/// Bars in even rounds, settlements in odd ones; whether the file was acknowledged.
async fn import_round(endpoint: &str, round: u64) -> bool {
    if round.is_multiple_of(2) {
        let header = wire::ImportHeader {
            format: "databento".into(),
            root: "NQ".into(),
            file_name: "glbx.ohlcv-1m.csv".into(),
            ..Default::default()
        };
        return import(endpoint, header, bars(round)).await;
    }
    use wire::import_settlements_request::Part;
    let Some(mut client) = connect(endpoint).await else { return false };
    let header = wire::SettlementsHeader {
        format: "csv".into(),
        root: "NQ".into(),
        file_name: "settlements.csv".into(),
        supersede: Vec::new(),
    };
    let parts = [Part::Header(header), Part::Chunk(settlements(round).into_bytes())];
    let messages = parts.map(|part| wire::ImportSettlementsRequest { part: Some(part) });
    client.import_settlements(futures_util::stream::iter(messages)).await.is_ok()
}

/// Bars or settlements of each contract, all of them read.
async fn stored(folder: &Path, round: u64) -> Vec<u64> {
    let store = BarStore::open(folder).await.unwrap();
    let root = "NQ".parse().unwrap();
    let mut counts = Vec::new();
    if round.is_multiple_of(2) {
        for manifest in store.contracts(root).await.unwrap() {
            counts.push(store.read(&manifest).await.unwrap().len() as u64);
        }
    } else {
        for manifest in store.settlements(root).await.unwrap() {
            counts.push(store.read_settlements(&manifest).await.unwrap().len() as u64);
        }
    }
    counts.resize(CONTRACTS.len(), 0);
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_contracts_is_made_good_by_the_same_file_again() {
    let calendar = serve_calendar().await;
    let mut chance = Chance(20_250_915);
    let mut tally = Tally::default();
    let mut undisturbed = Vec::new();
    let prepared = tempfile::tempdir().unwrap();
    let program = Killed::start(prepared.path(), &calendar);
    for round in 0..ROUNDS_OF_STORE {
        assert!(import_round(&program.endpoint, round).await, "round {round}");
        undisturbed.push(tree(&prepared.path().join("dataset")));
    }
    drop(program);
    let mut folder = tempfile::tempdir().unwrap();
    let mut between = 0;
    for round in 0..rounds() {
        let of_store = round % ROUNDS_OF_STORE;
        if of_store == 0 {
            folder = tempfile::tempdir().unwrap();
        }
        let moment = chance.moment(&["seals", "content", "contracts", "settlement_files", "settlements"]);
        let case = format!("round {round}, {moment:?}, seed {}", chance.0);
        let store_folder = folder.path().join("dataset");
        let program = Killed::start(folder.path(), &calendar);
        let before = stored(&store_folder, of_store).await;
        let endpoint = program.endpoint.clone();
        let importing = tokio::spawn(async move { import_round(&endpoint, of_store).await });
        program.kill_at(moment, &store_folder, || importing.is_finished()).await;
        let is_acknowledged = importing.await.unwrap();

        let after = stored(&store_folder, of_store).await;
        let grown = if of_store.is_multiple_of(2) { 240 } else { 1 };
        let is_new: Vec<bool> = before.iter().zip(&after).map(|(before, after)| *after == before + grown).collect();
        let is_old = before.iter().zip(&after).map(|(before, after)| after == before);
        assert!(is_new.iter().zip(is_old).all(|(is_new, is_old)| *is_new || is_old), "{case}: {before:?}, {after:?}");
        assert!(is_new.is_sorted_by(|one, next| one >= next), "{case}: {before:?}, then {after:?}");
        assert!(!is_acknowledged || is_new[2], "{case}: {before:?}, then {after:?}");
        between += u64::from(is_new[0] && !is_new[2]);
        tally.count(is_new[2], is_acknowledged);
        let program = Killed::start(folder.path(), &calendar);
        assert!(import_round(&program.endpoint, of_store).await, "{case}");
        drop(program);
        assert_eq!(tree(&store_folder), undisturbed[usize::try_from(of_store).unwrap()], "{case}");
    }
    eprintln!("{} kills in files of several contracts, {between} between two: {tally:?}", rounds());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_leaves_all_contracts_of_its_settlements_or_none() {
    let server = Server::start().await;
    let endpoint = server.endpoint();
    let dates = async || {
        let request = wire::ListSettlementsRequest { root: "NQ".into(), contract: String::new() };
        let listed = server.control.clone().list_settlements(request).await.unwrap().into_inner().contracts;
        listed.iter().map(|of_contract| of_contract.settlements).collect::<Vec<_>>()
    };
    for round in 0..5 {
        for millis in 0..12 {
            let leaving = import_round(&endpoint, 2 * round + 1);
            let _left = tokio::time::timeout(std::time::Duration::from_millis(millis), leaving).await;
            // What was begun ends without its caller.
            let whole = async {
                loop {
                    let dates = dates().await;
                    if dates.is_empty() || (dates.len() == 3 && dates.iter().all(|count| *count == dates[0])) {
                        return;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            };
            let is_whole = tokio::time::timeout(std::time::Duration::from_secs(10), whole).await;
            assert!(is_whole.is_ok(), "round {round}, left after {millis} ms: {:?}", dates().await);
        }
    }
}
