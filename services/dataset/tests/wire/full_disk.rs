//! A disk that fills up: refused with the folder and the need, nothing lost, and all well again when there is room.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use peaktrade_wire::dataset::v1 as wire;
use tonic::Code;

use crate::server::{Server, back_adjust, rows, tree};

/// A disk of a few megabytes in memory, gone when dropped. Mounting is not allowed everywhere.
pub(crate) struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    pub(crate) fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self { folder })
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Leaves room for so many pages of 4 KiB.
    fn fill(&self, pages_left: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        let mut bytes = 0;
        while let Ok(written) = filler.write(&[0; 4_096]) {
            bytes += written as u64;
        }
        filler.set_len(bytes.saturating_sub(4_096 * pages_left)).unwrap();
    }

    fn make_room(&self) {
        let _ = std::fs::remove_file(self.filler());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

fn file(day: usize) -> String {
    rows(&format!("2025-04-{day:02}T14:00:00Z"), &format!("2025-04-{day:02}T20:00:00Z"), |_| 80_000)
}

fn has(folder: &Path, before: &std::collections::BTreeMap<String, Vec<u8>>) -> bool {
    let now = tree(folder);
    before.iter().filter(|(name, _)| !name.starts_with("bars/")).all(|(name, bytes)| now.get(name) == Some(bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_named_and_costs_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        // Where it is said that mounting is allowed, the test must not pass by not running.
        assert!(std::env::var_os("PEAKTRADE_MOUNTS").is_none(), "mounting a small disk failed");
        eprintln!("not run: mounting a small disk is not allowed here");
        return;
    };
    let data = tempfile::Builder::new().prefix("data").tempdir_in(disk.folder.path()).unwrap();
    let store = data.path().join("dataset");
    let server = Server::start_on(data, "NQ,MNQ").await;
    server.import("NQ 06-25.Last.txt", &file(1)).await.unwrap();
    server.build(back_adjust()).await.unwrap();
    let (mut refused_imports, mut refused_builds) = (0, 0);
    for (day, pages_left) in [2, 3, 4, 7, 8, 9, 10, 11, 14, 15].into_iter().zip(0..) {
        let before = tree(&store);
        disk.fill(pages_left);
        let import = server.import("NQ 06-25.Last.txt", &file(day)).await;
        if let Err(status) = &import {
            refused_imports += 1;
            assert_eq!(status.code(), Code::ResourceExhausted, "{pages_left} pages: {status}");
            for part in ["no space left on the disk of", &*store.to_string_lossy()] {
                assert!(status.message().contains(part), "{pages_left} pages: {status}");
            }
        }
        assert!(has(&store, &before), "{pages_left} pages");
        disk.make_room();
        let again = server.import("NQ 06-25.Last.txt", &file(day)).await.unwrap();
        assert!(import.is_err() || again.already_present, "{pages_left} pages");

        let request = wire::BuildContinuousRequest { from: "2025-04-01".into(), ..back_adjust() };
        let before = tree(&store);
        disk.fill(pages_left / 2);
        let build = server.build(request.clone()).await;
        if let Err(status) = &build {
            refused_builds += 1;
            assert_eq!(status.code(), Code::ResourceExhausted, "{pages_left} pages: {status}");
            assert!(status.message().contains(&*store.to_string_lossy()), "{pages_left} pages: {status}");
        }
        assert!(has(&store, &before), "{pages_left} pages");
        disk.make_room();
        let again = server.build(request).await.unwrap();
        assert!(build.is_err() || build.unwrap() == again, "{pages_left} pages");
        server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    }
    eprintln!("refused on a full disk: {refused_imports} imports, {refused_builds} builds of 10 each");
    assert!(refused_imports > 2 && refused_builds > 1, "{refused_imports}, {refused_builds}");
}
