//! Command-line arguments of the form `--flag value`, `--flag=value` and `--switch`.

use std::collections::BTreeSet;

use crate::load::{Problem, Source};

/// Arguments taken apart; what is wrong with them is kept and reported with everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    pub(crate) values: Vec<(String, String)>,
    switches: BTreeSet<String>,
    pub(crate) problems: Vec<Problem>,
}

impl Arguments {
    /// Takes arguments apart, the program's name left out. Switches are the flags that take no value, without dashes.
    pub fn parse(arguments: impl IntoIterator<Item = String>, switches: &[&str]) -> Self {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let Some(flag) = argument.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
                parsed.refuse(&argument, None, "unexpected, only flags of the form --flag value are taken");
                continue;
            };
            if switches.contains(&flag) {
                parsed.switches.insert(flag.to_owned());
            } else if let Some((flag, value)) = flag.split_once('=') {
                parsed.put(flag, value.to_owned());
            } else {
                match arguments.next_if(|value| !value.starts_with("--")) {
                    Some(value) => parsed.put(flag, value),
                    None => parsed.refuse(&argument, None, "stands without a value"),
                }
            }
        }
        parsed
    }

    /// Whether a switch was given.
    pub fn has(&self, switch: &str) -> bool {
        self.switches.contains(switch)
    }

    /// Takes out the value of a flag that is not a setting, such as the one that names the configuration file.
    pub fn take(&mut self, flag: &str) -> Option<String> {
        let index = self.values.iter().position(|(name, _)| name == flag)?;
        Some(self.values.remove(index).1)
    }

    fn put(&mut self, flag: &str, value: String) {
        if self.values.iter().any(|(name, _)| name == flag) {
            self.refuse(&format!("--{flag}"), Some(value), "is given twice, allowed is once");
        } else {
            self.values.push((flag.to_owned(), value));
        }
    }

    fn refuse(&mut self, argument: &str, value: Option<String>, problem: &str) {
        self.problems.push(Problem {
            source: Source::Flag,
            key: argument.to_owned(),
            value,
            problem: problem.to_owned(),
        });
    }
}
