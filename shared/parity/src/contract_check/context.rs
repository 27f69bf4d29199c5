//! Facts of a violation, printed as Python prints a dict.

use std::fmt;

/// Facts by name, in the order in which they were found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Context(Vec<(&'static str, ContextValue)>);

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextValue {
    /// Nothing.
    None,
    /// A number of rows.
    Count(usize),
    /// A name.
    Text(String),
    /// Names.
    Texts(Vec<String>),
}

impl Context {
    pub(crate) fn of(name: &'static str, value: ContextValue) -> Self {
        Self(vec![(name, value)])
    }

    pub(crate) fn and(mut self, name: &'static str, value: ContextValue) -> Self {
        self.0.push((name, value));
        self
    }

    /// A fact by its name.
    pub fn get(&self, name: &str) -> Option<&ContextValue> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (name, value)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}'{name}': {value}")?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for ContextValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Texts(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
                write!(f, "[{}]", quoted.join(", "))
            }
        }
    }
}
