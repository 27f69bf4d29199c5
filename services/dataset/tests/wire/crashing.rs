//! The program itself, killed while it imports and while it builds: what was acknowledged stays, nothing is ever half there,
//! and doing the same again gives the bytes of an undisturbed run.
//!
//! `PEAKTRADE_KILLS` sets how often it is killed; half of that falls on imports, half on builds.

mod several;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peaktrade_continuous::content_digest;
use peaktrade_gates::SAFE_VALUES;
use peaktrade_runtime::client;
use peaktrade_store::BarStore;
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;
use peaktrade_wire::dataset::v1::import_bars_request::Part;
use tonic::Status;

use crate::server::{Server, back_adjust, copy, rows, serve_calendar, tree};

/// Kills where the variable does not set them: a few seconds.
const KILLS: u64 = 20;

/// Longer than an import or a build takes, so that some are acknowledged before the kill.
const KILL_WITHIN_MS: u64 = 100;

/// Rounds on one store; then a new one begins, so that late rounds are not about ever larger files.
const ROUNDS_OF_STORE: u64 = 10;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After a time.
    After(Duration),
    /// As soon as the names below one of the store's folders change.
    Change(&'static str),
}

/// Instants of chance; the seed stands in every message.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    /// Half of the moments are any, half are aimed at publishing.
    fn moment(&mut self, folders: &[&'static str]) -> Moment {
        match self.next(2) {
            0 => Moment::After(Duration::from_micros(self.next(KILL_WITHIN_MS * 1_000))),
            _ => Moment::Change(folders[usize::try_from(self.next(folders.len() as u64)).unwrap()]),
        }
    }
}

/// The dataset program on free ports, killed when dropped.
struct Killed {
    child: Child,
    endpoint: String,
}

impl Killed {
    fn start(folder: &Path, calendar: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dataset"))
            .envs(SAFE_VALUES)
            .env("DATA_DIR", folder)
            .env("CALENDAR_ENDPOINT", calendar)
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let served = log.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            (line["msg"] == "serving").then(|| line["address"].as_str().map(str::to_owned))?
        });
        // The rest of the log is read by nobody; it must not fill the pipe.
        std::thread::spawn(move || log.count());
        Self { child, endpoint: format!("http://{}", served.expect("the program says where it serves")) }
    }

    /// Waits for the moment, or for the end of the work, and kills.
    async fn kill_at(self, moment: Moment, store: &Path, is_done: impl Fn() -> bool) {
        match moment {
            Moment::After(time) => tokio::time::sleep(time).await,
            Moment::Change(folder) => {
                let folder = store.join(folder);
                let before = names(&folder);
                let began = Instant::now();
                while names(&folder) == before && !is_done() && began.elapsed() < Duration::from_secs(20) {
                    tokio::task::yield_now().await;
                }
            }
        }
        drop(self);
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Names below a folder. One that goes while it is looked at is a change all the same.
fn names(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

async fn connect(endpoint: &str) -> Option<DatasetServiceClient<client::Channel>> {
    client::connect(endpoint, client::Options::default()).await.ok().map(DatasetServiceClient::new)
}

/// Imports one file; whether it was acknowledged.
async fn import(endpoint: &str, header: wire::ImportHeader, text: String) -> bool {
    let Some(mut client) = connect(endpoint).await else { return false };
    let parts = [Part::Header(header), Part::Chunk(text.into_bytes())];
    let messages = parts.map(|part| wire::ImportBarsRequest { part: Some(part) });
    client.import_bars(futures_util::stream::iter(messages)).await.is_ok()
}

/// Builds one series; the dataset where it was acknowledged.
async fn build(endpoint: &str, request: wire::BuildContinuousRequest) -> Option<wire::Dataset> {
    use wire::build_continuous_response::Part;
    let mut answers = connect(endpoint).await?.build_continuous(request).await.ok()?.into_inner();
    while let Ok(Some(answer)) = answers.message().await {
        if let Some(Part::Dataset(dataset)) = answer.part {
            return Some(dataset);
        }
    }
    None
}

/// What the file of one contract is.
fn june() -> wire::ImportHeader {
    wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: "NQ 06-25.Last.txt".into(),
        ..Default::default()
    }
}

fn rounds() -> u64 {
    let kills = std::env::var("PEAKTRADE_KILLS").ok().map_or(KILLS, |kills| kills.parse().unwrap());
    kills.div_ceil(2)
}

/// What became of the work that a kill struck.
#[derive(Debug, Default)]
struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    fn count(&mut self, is_there: bool, is_acknowledged: bool) {
        let outcome = match (is_there, is_acknowledged) {
            (false, _) => "nothing was published",
            (true, false) => "published, not acknowledged",
            (true, true) => "published and acknowledged",
        };
        *self.0.entry(outcome).or_default() += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_an_import_loses_nothing_and_halves_nothing() {
    let calendar = serve_calendar().await;
    let mut chance = Chance(20_250_317);
    let mut tally = Tally::default();
    // A day of minutes each time, the first hours of most of them known already.
    let file = |round: u64| {
        let day = [1, 2, 3, 4, 7, 8, 9, 10, 11, 14][usize::try_from(round).unwrap()];
        rows(&format!("2025-04-{day:02}T02:00:00Z"), &format!("2025-04-{:02}T08:00:00Z", day + 1), |_| 80_000)
    };
    // The stores of an undisturbed service after each of the files.
    let mut undisturbed = Vec::new();
    let server = Server::start().await;
    for round in 0..ROUNDS_OF_STORE {
        server.import("NQ 06-25.Last.txt", &file(round)).await.unwrap();
        undisturbed.push(tree(&server.folder.path().join("dataset")));
    }
    let mut folder = tempfile::tempdir().unwrap();
    let mut stored = 0;
    for round in 0..rounds() {
        let of_store = round % ROUNDS_OF_STORE;
        if of_store == 0 {
            (folder, stored) = (tempfile::tempdir().unwrap(), 0);
        }
        let moment = chance.moment(&["pending", "content", "seals", "contracts", "bars"]);
        let case = format!("round {round}, {moment:?}, seed {}", chance.0);
        let store_folder = folder.path().join("dataset");
        let program = Killed::start(folder.path(), &calendar);
        let (endpoint, text) = (program.endpoint.clone(), file(of_store));
        let importing = tokio::spawn(async move { import(&endpoint, june(), text).await });
        program.kill_at(moment, &store_folder, || importing.is_finished()).await;
        let is_acknowledged = importing.await.unwrap();

        let store = BarStore::open(&store_folder).await.unwrap();
        let manifest = store.contract("NQM2025".parse().unwrap()).await.unwrap();
        let rows = manifest.as_ref().map_or(0, |manifest| manifest.rows);
        assert!(rows > stored || (rows == stored && !is_acknowledged), "{case}: {stored}, then {rows}");
        if let Some(manifest) = &manifest {
            assert_eq!(store.read(manifest).await.unwrap().len() as u64, rows, "{case}");
        }
        tally.count(rows > stored, is_acknowledged);
        // The same again, undisturbed.
        let program = Killed::start(folder.path(), &calendar);
        assert!(import(&program.endpoint, june(), file(of_store)).await, "{case}");
        drop(program);
        let place = usize::try_from(of_store).unwrap();
        assert_eq!(tree(&store_folder), undisturbed[place], "{case}");
        stored = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap().rows;
    }
    eprintln!("{} kills in imports: {tally:?}", rounds());
}

/// Bars of the last days before a roll and the first after it.
async fn import_roll(server: &Server) {
    let front = rows("2025-03-10T22:00:00Z", "2025-03-19T20:00:00Z", |minute| 80_000 + minute % 40);
    let back = rows("2025-03-12T22:00:00Z", "2025-03-27T20:00:00Z", |minute| 80_800 + minute % 40);
    server.import("NQ 03-25.Last.txt", &front).await.unwrap();
    server.import("NQ 06-25.Last.txt", &back).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_a_build_leaves_the_old_series_or_the_new() {
    let calendar = serve_calendar().await;
    let mut chance = Chance(20_250_616);
    let mut tally = Tally::default();
    let request = |round: u64| wire::BuildContinuousRequest {
        method: if round.is_multiple_of(2) { "BACK_ADJUST" } else { "NONE" }.into(),
        to: format!("2025-03-{:02}", [17, 18, 19, 20, 21][usize::try_from(round / 2).unwrap()]),
        ..back_adjust()
    };
    let server = Server::start().await;
    import_roll(&server).await;
    let prepared = tempfile::tempdir().unwrap();
    copy(server.folder.path(), prepared.path());
    let mut undisturbed = Vec::new();
    for round in 0..ROUNDS_OF_STORE {
        let built = server.build(request(round)).await.unwrap();
        undisturbed.push((built, tree(&server.folder.path().join("dataset"))));
    }
    let mut folder = tempfile::tempdir().unwrap();
    for round in 0..rounds() {
        let of_store = round % ROUNDS_OF_STORE;
        if of_store == 0 {
            folder = tempfile::tempdir().unwrap();
            copy(prepared.path(), folder.path());
        }
        let place = usize::try_from(of_store).unwrap();
        let moment = chance.moment(&["pending", "seals", "datasets", "builds"]);
        let case = format!("round {round}, {moment:?}, seed {}", chance.0);
        let store_folder = folder.path().join("dataset");
        let program = Killed::start(folder.path(), &calendar);
        let endpoint = program.endpoint.clone();
        let building = tokio::spawn(async move { build(&endpoint, request(of_store)).await });
        program.kill_at(moment, &store_folder, || building.is_finished()).await;
        let acknowledged = building.await.unwrap();

        let store = BarStore::open(&store_folder).await.unwrap();
        let datasets = store.datasets("NQ".parse().unwrap(), "1m").await.unwrap();
        assert!(datasets.len() == place || datasets.len() == place + 1, "{case}: {}", datasets.len());
        assert!(acknowledged.is_none() || datasets.len() == place + 1, "{case}");
        for (dataset, (expected, _)) in datasets.iter().zip(&undisturbed) {
            assert_eq!(dataset.dataset_id.to_string(), expected.dataset_id, "{case}");
            assert_eq!(dataset.content_sha256.to_string(), expected.content_sha256, "{case}");
        }
        tally.count(datasets.len() > place, acknowledged.is_some());
        let program = Killed::start(folder.path(), &calendar);
        let (expected, files) = &undisturbed[place];
        assert_eq!(build(&program.endpoint, request(of_store)).await.as_ref(), Some(expected), "{case}");
        drop(program);
        assert_eq!(&tree(&store_folder), files, "{case}");
    }
    eprintln!("{} kills in builds: {tally:?}", rounds());
    // What the last store holds is served, each series with the digest of its build.
    let server = Server::start_on(folder, "NQ,MNQ").await;
    let last = usize::try_from((rounds() - 1) % ROUNDS_OF_STORE).unwrap();
    for (dataset, _) in &undisturbed[..=last] {
        let pin = format!("@{}", dataset.dataset_id);
        let served: Result<_, Status> = server.bars(&["continuous", "NQ", "1m", &dataset.method, &pin]).await;
        assert_eq!(content_digest(&served.unwrap()).to_string(), dataset.content_sha256);
    }
}
