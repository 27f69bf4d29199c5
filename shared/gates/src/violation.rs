//! What a gate has to say when it does not hold.

use std::fmt;

/// Characters of a wrong value that are shown; enough to recognise it, too few to flood a log.
const SHOWN_CHARS_MAX: usize = 80;

/// One gate that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// The variable is not set.
    Absent {
        /// Name of the variable.
        name: &'static str,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The variable has a value that is not allowed.
    Wrong {
        /// Name of the variable.
        name: &'static str,
        /// The value, cut to 80 characters.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The environment holds the variable more than once, and programs disagree about which one counts.
    Repeated {
        /// Name of the variable.
        name: &'static str,
        /// How often it is set.
        times: usize,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A variable that by its name holds a broker's credential; the value is never kept.
    Credential {
        /// Name of the variable.
        name: String,
    },
}

impl Violation {
    /// Name of the variable.
    pub fn name(&self) -> &str {
        match self {
            Self::Absent { name, .. } | Self::Wrong { name, .. } | Self::Repeated { name, .. } => name,
            Self::Credential { name } => name,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { name, allowed } => write!(f, "gate {name} is not set, allowed is {allowed}"),
            Self::Wrong { name, value, allowed } => write!(f, "gate {name} is {value:?}, allowed is {allowed}"),
            Self::Repeated { name, times, allowed } => {
                write!(f, "gate {name} is set {times} times, allowed is once: {allowed}")
            }
            Self::Credential { name } => {
                write!(f, "variable {name} looks like a broker credential, allowed is none in the environment")
            }
        }
    }
}

/// Every gate that does not hold, gates first, then credentials by name; displayed one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateViolations(pub Vec<Violation>);

impl fmt::Display for GateViolations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for GateViolations {}

pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}
