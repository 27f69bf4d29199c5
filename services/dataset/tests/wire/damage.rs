//! Every file of a store damaged in turn, in every way: an answer is then the right one or names what is wrong, and never
//! holds other bars.

use std::collections::BTreeMap;
use std::path::Path;

use peaktrade_domain::Calendar;
use peaktrade_wire::dataset::v1 as wire;
use tonic::Status;

use crate::server::{Server, back_adjust, copy, rows, tree};

/// What a file suffers.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// It loses its second half.
    Cut,
    /// It loses all its bytes.
    Emptied,
    /// One bit of it turns over, at this part of its length in thousandths.
    Flipped(usize),
    /// It is gone.
    Removed,
    /// It holds the bytes of another file of its folder.
    Replaced,
}

const ALL: [Damage; 7] = [
    Damage::Cut,
    Damage::Emptied,
    Damage::Flipped(0),
    Damage::Flipped(431),
    Damage::Flipped(999),
    Damage::Removed,
    Damage::Replaced,
];

fn to_march_19(price: i64) -> String {
    rows("2025-03-12T22:00:00Z", "2025-03-19T20:00:00Z", |minute| price + minute % 40)
}

/// Two generations of a contract, and series of both; what could be asked after the first is the answer.
async fn prepare(server: &Server) -> BTreeMap<String, Result<String, String>> {
    let front = rows("2025-03-10T22:00:00Z", "2025-03-19T20:00:00Z", |minute| 80_000 + minute % 40);
    server.import("NQ 03-25.Last.txt", &front).await.unwrap();
    server.import("NQ 06-25.Last.txt", &to_march_19(80_800)).await.unwrap();
    build(server, "NONE").await.unwrap();
    build(server, "BACK_ADJUST").await.unwrap();
    let earlier = ask_all(server).await;
    let later = rows("2025-03-19T22:00:00Z", "2025-04-02T20:00:00Z", |minute| 80_800 + minute % 40);
    server.import("NQ 06-25.Last.txt", &later).await.unwrap();
    build(server, "BACK_ADJUST").await.unwrap();
    earlier
}

async fn build(server: &Server, method: &str) -> Result<wire::Dataset, Status> {
    server.build(wire::BuildContinuousRequest { method: method.into(), ..back_adjust() }).await
}

/// All that can be asked, each answer in one word for comparing, or the refusal.
async fn ask_all(server: &Server) -> BTreeMap<String, Result<String, String>> {
    let mut answers = BTreeMap::new();
    let mut answered = |question: &str, answer: Result<String, Status>| {
        answers
            .insert(question.to_owned(), answer.map_err(|status| format!("{:?}: {}", status.code(), status.message())));
    };
    for path in [
        ["continuous", "NQ", "1m", "NONE"].as_slice(),
        ["continuous", "NQ", "1m", "BACK_ADJUST"].as_slice(),
        ["contract", "NQH2025", "1m"].as_slice(),
        ["contract", "NQM2025", "1m"].as_slice(),
    ] {
        let bars = server.bars(path).await.map(|bars| peaktrade_continuous::content_digest(&bars).to_string());
        answered(&path.join("/"), bars);
    }
    let mut control = server.control.clone();
    let listed = control.list_datasets(wire::ListDatasetsRequest::default()).await;
    let listed = listed.map(|answer| answer.into_inner().datasets);
    answered("list", listed.clone().map(|datasets| format!("{datasets:?}")));
    for dataset in listed.unwrap_or_default() {
        let dataset_id = dataset.dataset_id.clone();
        let request = wire::ListDatasetFilesRequest { dataset_id };
        let files = control.list_dataset_files(request).await.map(|answer| {
            // Sizes are those on the disk as it is.
            let mut inputs = answer.into_inner().inputs;
            inputs.iter_mut().flat_map(|input| &mut input.files).for_each(|file| file.bytes = 0);
            format!("{inputs:?}")
        });
        answered(&format!("files of {} {}", dataset.method, dataset.to), files);
    }
    let request = wire::ValidateDatasetRequest { root: "NQ".into(), ..Default::default() };
    answered("validate", validate(server, request).await);
    for method in ["NONE", "BACK_ADJUST"] {
        answered(&format!("build {method}"), build(server, method).await.map(|dataset| format!("{dataset:?}")));
    }
    let import = server.import("NQ 06-25.Last.txt", &to_march_19(80_800)).await;
    answered("import", import.map(|answer| format!("{:?}", answer.contracts[0].bars)));
    answers
}

async fn validate(server: &Server, request: wire::ValidateDatasetRequest) -> Result<String, Status> {
    use wire::validate_dataset_response::Part;
    let mut answers = server.control.clone().validate_dataset(request).await?.into_inner();
    let mut report = String::new();
    while let Some(answer) = answers.message().await? {
        if let Some(Part::Report(found)) = answer.part {
            report = format!("{found:?}");
        }
    }
    Ok(report)
}

/// Damages a file; `false` where that changes nothing.
fn damage(folder: &Path, name: &str, how: Damage) -> bool {
    let path = folder.join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    let before = bytes.clone();
    match how {
        Damage::Cut => bytes.truncate(before.len() / 2),
        Damage::Emptied => bytes.clear(),
        Damage::Flipped(at) => {
            let at = (before.len() * at / 1_000).min(before.len() - 1);
            bytes[at] ^= 0x01;
        }
        Damage::Removed => {
            std::fs::remove_file(path).unwrap();
            return true;
        }
        Damage::Replaced => {
            let mut others: Vec<_> = std::fs::read_dir(path.parent().unwrap())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|other| *other != path)
                .collect();
            others.sort();
            // Where it is alone in its folder, that of the other contract.
            let other = folder.join(name.replace("NQM2025", "NQH2025"));
            let other = others.into_iter().next().or_else(|| (other != path && other.exists()).then_some(other));
            let Some(other) = other else { return false };
            bytes = std::fs::read(other).unwrap();
        }
    }
    std::fs::write(path, &bytes).unwrap();
    bytes != before
}

/// What a message about a damaged file must contain one of: its name, or what it is the file of.
fn names_of(name: &str) -> Vec<String> {
    let stem = name.rsplit('/').next().unwrap().split('.').next().unwrap().to_owned();
    let contract = name.split('/').find(|part| part.starts_with("NQM") || part.starts_with("NQH"));
    [name.to_owned(), stem].into_iter().chain(contract.map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_named_and_never_becomes_other_bars() {
    let server = Server::start().await;
    let earlier = prepare(&server).await;
    let whole = tempfile::tempdir().unwrap();
    copy(server.folder.path(), whole.path());
    let right = ask_all(&server).await;
    assert!(right.values().all(Result::is_ok), "{right:#?}");
    let (mut cases, mut refused, mut not_started) = (0, 0, 0);
    for name in tree(&whole.path().join("dataset")).into_keys().filter(|name| !name.starts_with("bars/")) {
        for how in ALL {
            // What a seal holds is for people; only its name counts.
            if name.starts_with("seals/") && !matches!(how, Damage::Removed | Damage::Replaced) {
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            copy(whole.path(), folder.path());
            if !damage(&folder.path().join("dataset"), &name, how) {
                continue;
            }
            cases += 1;
            let case = format!("{name} {how:?}");
            let is_named = |text: &str| names_of(&name).iter().any(|name| text.contains(name));
            let started = Server::try_start(folder, "NQ,MNQ", Calendar::SHIPPED_FILE.to_owned()).await;
            let server = match started {
                Ok(server) => server,
                Err(error) => {
                    let text = format!("{error:?} {error}");
                    assert!(is_named(&text), "{case}: the start is refused with {text}");
                    not_started += 1;
                    continue;
                }
            };
            // What was lost with the newest document of a chain is the newest version: the one before is in force.
            let is_newest_lost =
                matches!(how, Damage::Removed) && (name.starts_with("contracts/") || name.starts_with("builds/"));
            let answers = ask_all(&server).await;
            for (question, answer) in &answers {
                match answer {
                    Ok(answer) if right.get(question) == Some(&Ok(answer.clone())) => {}
                    Ok(answer) if question.contains('/') => {
                        let is_earlier = earlier.get(question) == Some(&Ok(answer.clone()));
                        assert!(is_newest_lost && is_earlier, "{case}: {question} gives {answer}");
                    }
                    Ok(answer) => assert!(is_newest_lost, "{case}: {question} gives {answer}"),
                    Err(text) => {
                        refused += 1;
                        assert!(is_named(text) || is_newest_lost, "{case}: {question} is refused with {text}");
                    }
                }
            }
        }
    }
    eprintln!("{cases} damages: {refused} answers refused by name, {not_started} starts");
    assert!(cases > 80 && refused > 40, "{cases}, {refused}");
}
