//! The risk policy: one TOML file.

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_domain::{Calendar, ContractRoot, Sha256, Usd};
use serde::Deserialize;

use super::exposure::Contracts;

/// Version of the policy file that this program reads.
const SCHEMA_VERSION: u32 = 1;

/// Longest life of a permit, in seconds of event time: an order that is not accepted within the hour needs a new look.
const PERMIT_SECONDS_MAX: u32 = 3600;

/// Limits in force. An absent limit stands for zero: what it would bound is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    sha256: Sha256,
    file: PolicyFile,
}

/// Limits of one root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootLimits {
    /// Most contracts in one order.
    pub max_order_qty: Option<u32>,
}

/// Limits of one family, in contracts of its largest member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyLimits {
    /// Most contracts long, and most short, in the worst case of all working orders.
    pub max_contracts: Option<Contracts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    schema_version: u32,
    permit_seconds: u32,
    mark_stale_session_minutes_max: Option<u32>,
    daily_loss_usd_max: Option<Usd>,
    allowlist: Option<BTreeSet<ContractRoot>>,
    #[serde(default)]
    root: BTreeMap<ContractRoot, RootLimits>,
    #[serde(default)]
    family: BTreeMap<ContractRoot, FamilyLimits>,
}

/// A policy file that cannot be used; every problem found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("risk policy: {}", problems.join("; "))]
pub struct PolicyError {
    /// What is wrong and what is allowed.
    pub problems: Vec<String>,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Where it is not TOML, has a key that no limit has, is of another version, or holds a value out of range.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: PolicyFile = toml::from_str(text)
            .map_err(|error| PolicyError { problems: vec![error.to_string().trim().to_owned()] })?;
        let mut problems = Vec::new();
        if file.schema_version != SCHEMA_VERSION {
            problems.push(format!("schema_version is {}, this program reads {SCHEMA_VERSION}", file.schema_version));
        }
        if !(1..=PERMIT_SECONDS_MAX).contains(&file.permit_seconds) {
            problems.push(format!("permit_seconds is {}, 1 to {PERMIT_SECONDS_MAX} are allowed", file.permit_seconds));
        }
        if file.daily_loss_usd_max.is_some_and(|limit| limit < Usd::ZERO) {
            problems.push("daily_loss_usd_max is negative; it is the size of a loss".to_owned());
        }
        for (family, limits) in &file.family {
            if limits.max_contracts.is_some_and(|limit| limit < Contracts::ZERO) {
                problems.push(format!("family.{family}.max_contracts is negative"));
            }
        }
        if !problems.is_empty() {
            return Err(PolicyError { problems });
        }
        Ok(Self { sha256: Sha256::of(text.as_bytes()), file })
    }

    /// Checks that every name in the policy is a root, or a family, of the calendar: a limit under a misspelt name would
    /// bound nothing.
    ///
    /// # Errors
    /// Names every root and family that the calendar does not have.
    pub fn check_names(&self, calendar: &Calendar) -> Result<(), PolicyError> {
        let mut problems = Vec::new();
        for root in self.file.root.keys().chain(self.file.allowlist.iter().flatten()) {
            if let Err(error) = calendar.spec(*root) {
                problems.push(error.to_string());
            }
        }
        for family in self.file.family.keys() {
            if !calendar.specs().iter().any(|spec| spec.family == *family) {
                problems.push(format!("family.{family} is no family of the calendar"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(PolicyError { problems }) }
    }

    /// SHA-256 of the file's bytes.
    pub const fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// How long a permit holds, in seconds of event time.
    pub const fn permit_seconds(&self) -> u32 {
        self.file.permit_seconds
    }

    /// Greatest age of a mark, in minutes of open market, so that nights and weekends do not count.
    pub const fn mark_stale_session_minutes_max(&self) -> Option<u32> {
        self.file.mark_stale_session_minutes_max
    }

    /// Loss of a trade date at which trading stops.
    pub const fn daily_loss_usd_max(&self) -> Option<Usd> {
        self.file.daily_loss_usd_max
    }

    /// Most contracts in one order of a root.
    pub fn max_order_qty(&self, root: ContractRoot) -> Option<u32> {
        self.file.root.get(&root)?.max_order_qty
    }

    /// Most contracts of a family on one side, in contracts of its largest member.
    pub fn max_contracts(&self, family: ContractRoot) -> Option<Contracts> {
        self.file.family.get(&family)?.max_contracts
    }

    /// The allowlist of the environment as narrowed by the policy; the policy never widens it.
    pub fn narrow(&self, allowlist: BTreeSet<ContractRoot>) -> BTreeSet<ContractRoot> {
        match &self.file.allowlist {
            None => allowlist,
            Some(allowed) => allowlist.into_iter().filter(|root| allowed.contains(root)).collect(),
        }
    }
}
