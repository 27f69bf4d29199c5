//! A setting's name, default and type.

use std::fmt;
use std::marker::PhantomData;

use crate::value::Value;

/// One setting of a program. The type says what its text must be.
pub struct Key<T> {
    name: &'static str,
    default: Option<&'static str>,
    help: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T: Value> Key<T> {
    /// A setting with a default. The name is the environment variable's. Example: `DATA_DIR`.
    pub const fn with_default(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self { name, default: Some(default), help, value: PhantomData }
    }

    /// A setting that must be given: a program does not start without it.
    pub const fn required(name: &'static str, help: &'static str) -> Self {
        Self { name, default: None, help, value: PhantomData }
    }
}

impl<T: Value> Key<Option<T>> {
    /// A setting that may be left out.
    pub const fn optional(name: &'static str, help: &'static str) -> Self {
        Self { name, default: None, help, value: PhantomData }
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("name", &self.name).field("default", &self.default).finish_non_exhaustive()
    }
}

/// What a program's list of settings holds: keys of any type.
pub trait Setting: Sync {
    /// Name of the environment variable.
    fn name(&self) -> &'static str;
    /// Text taken where nobody gives one.
    fn default_text(&self) -> Option<&'static str>;
    /// What the setting is for.
    fn help(&self) -> &'static str;
    /// What is allowed.
    fn allowed(&self) -> &'static str;
    /// Whether a text is allowed.
    fn allows(&self, text: &str) -> bool;
    /// Whether the setting must be given.
    fn is_required(&self) -> bool;

    /// Name in a file. Example: "data_dir".
    fn file_key(&self) -> String {
        self.name().to_ascii_lowercase()
    }

    /// Name on the command line, without the leading dashes. Example: "data-dir".
    fn flag(&self) -> String {
        self.file_key().replace('_', "-")
    }
}

impl<T: Value> Setting for Key<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn default_text(&self) -> Option<&'static str> {
        self.default
    }

    fn help(&self) -> &'static str {
        self.help
    }

    fn allowed(&self) -> &'static str {
        T::ALLOWED
    }

    fn allows(&self, text: &str) -> bool {
        T::parse(text).is_some()
    }

    fn is_required(&self) -> bool {
        self.default.is_none() && T::absent().is_none()
    }
}
