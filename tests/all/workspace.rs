//! The workspace as cargo sees it: which crate depends on which, resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Crates by package id, and which of them are ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) packages: BTreeMap<String, Package>,
    pub(crate) members: BTreeSet<String>,
}

/// One resolved package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Ids of normal dependencies: what ends up in a shipped binary.
    pub(crate) normal: BTreeSet<String>,
    /// Ids of dependencies of any kind.
    pub(crate) any: BTreeSet<String>,
}

/// Root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Self {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(root())
            // Only this platform: packages of others may not be on the machine, and none of them is ever linked.
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"])
            .output()
            .unwrap();
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Self::from_metadata(&serde_json::from_slice(&output.stdout).unwrap())
    }

    fn from_metadata(metadata: &Value) -> Self {
        let names: BTreeMap<&str, &str> = array(&metadata["packages"])
            .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
            .collect();
        let packages = array(&metadata["resolve"]["nodes"])
            .map(|node| {
                let id = node["id"].as_str().unwrap();
                let mut package = Package { name: names[id].to_owned(), ..Package::default() };
                for dependency in array(&node["deps"]) {
                    let dependency_id = dependency["pkg"].as_str().unwrap();
                    package.any.insert(dependency_id.to_owned());
                    if array(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null()) {
                        package.normal.insert(dependency_id.to_owned());
                    }
                }
                (id.to_owned(), package)
            })
            .collect();
        let members = array(&metadata["workspace_members"]).map(|id| id.as_str().unwrap().to_owned()).collect();
        Self { packages, members }
    }

    /// A workspace of members alone, from `name -> normal dependencies`; for tests of the rules.
    pub(crate) fn of_members(crates: &[(&str, &[&str])]) -> Self {
        let mut workspace = Self::default();
        for (name, dependencies) in crates {
            let ids: BTreeSet<String> = dependencies.iter().map(|name| (*name).to_owned()).collect();
            workspace.members.insert((*name).to_owned());
            workspace
                .packages
                .insert((*name).to_owned(), Package { name: (*name).to_owned(), normal: ids.clone(), any: ids });
        }
        workspace
    }

    /// Names of everything that a member links, itself excluded.
    pub(crate) fn reachable(&self, member: &str) -> BTreeSet<&str> {
        let mut pending: Vec<&String> = self.members.iter().filter(|id| self.packages[*id].name == member).collect();
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        while let Some(id) = pending.pop() {
            for dependency in &self.packages[id].normal {
                if seen.insert(dependency) {
                    pending.push(dependency);
                }
            }
        }
        seen.into_iter().map(|id| self.packages[id].name.as_str()).collect()
    }
}

fn array(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().expect("an array in cargo's metadata").iter()
}

/// Files below the root that git knows or would add, as paths relative to it, sorted.
pub(crate) fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(root(), &mut found);
    found.sort();
    found
}

/// Folders that hold no source: build output, version control, local runs.
const SKIPPED: [&str; 7] = [".git", "target", "evidence", "dist", "__pycache__", ".venv", ".pytest_cache"];

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            let relative = path.strip_prefix(root()).unwrap();
            // `evidence` is skipped at the root only: `shared/evidence` is a crate.
            let is_skipped = SKIPPED.iter().any(|name| {
                relative == Path::new(name) || (*name != "evidence" && path.file_name().is_some_and(|own| own == *name))
            });
            if !is_skipped {
                collect(&path, found);
            }
        } else {
            found.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
}
